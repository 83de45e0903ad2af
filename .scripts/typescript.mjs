// Has Node load TypeScript by way of esbuild, for the tests: tap's own way takes four seconds for each file of tests.
import { register } from 'node:module'

register('./typescript-hooks.mjs', import.meta.url)
