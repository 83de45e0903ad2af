// Writes what is generated from the code; see test/support/generated.ts.
import { writeFileSync } from 'node:fs'
import { bundle } from './bundle.mjs'

const root = new URL('../', import.meta.url)
// As deep as the sources, from where the package's own files are looked for.
await bundle('test/support/generated.ts', 'dist/generate')
const { generated } = await import(new URL('dist/generate/generated.js', root).href)
for (const [path, text] of generated(root)) writeFileSync(new URL(path, root), text)
