// Builds dist/main.js; with --if-stale, only when a source is newer than it.
import { chmodSync, readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('../', import.meta.url)
const outfile = 'dist/main.js'
const modified = (path) => statSync(new URL(path, root), { throwIfNoEntry: false })?.mtimeMs ?? 0

function isStale() {
  const sources = readdirSync(new URL('src', root), { recursive: true }).map((path) => `src/${path}`)
  return modified(outfile) < Math.max(...[...sources, 'package-lock.json'].map(modified))
}

if (!process.argv.includes('--if-stale') || isStale()) {
  const { bundle } = await import('./bundle.mjs')
  await bundle('src/main.ts', outfile)
  chmodSync(fileURLToPath(new URL(outfile, root)), 0o755)
}
