// Compares Atlas's published OpenAPI with what the emulator serves; see test/drift/main.ts.
import { bundle } from './bundle.mjs'

const root = new URL('../', import.meta.url)
// As deep as the sources, from where the package's own files are looked for.
await bundle('test/drift/main.ts', 'dist/drift')
const { main } = await import(new URL('dist/drift/main.js', root).href)
process.exitCode = await main(process.argv.slice(2), console.log)
