// Writes what is generated from the code; see test/support/generated.ts.
import { writeFileSync } from 'node:fs'
import { bundle } from './bundle.mjs'

const root = new URL('../', import.meta.url)
await bundle('test/support/generated.ts', 'dist')
const { generated } = await import(new URL('dist/generated.js', root).href)
for (const [path, text] of generated(root)) writeFileSync(new URL(path, root), text)
