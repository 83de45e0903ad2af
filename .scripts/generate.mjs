// Writes what is generated from the code; see test/support/generated.ts.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = new URL('../', import.meta.url)
const outfile = fileURLToPath(new URL('dist/generated.js', root))

await build({
  absWorkingDir: fileURLToPath(root),
  entryPoints: ['test/support/generated.ts'],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
})
const { generated } = await import(outfile)
for (const [path, text] of generated(root)) writeFileSync(new URL(path, root), text)
