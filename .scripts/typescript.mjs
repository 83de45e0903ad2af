// Has Node load TypeScript by way of esbuild, for the tests: tap's own way takes four seconds for each file of tests. That
// would be loaded all the same, in a second, were it not for TAP_TYPE_STRIP_ONLY, which package.json gives to each file.
import { register } from 'node:module'

register('./typescript-hooks.mjs', import.meta.url)
