// Builds dist/main.js; with --if-stale, only when a source is newer than it.
import { chmodSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const outfile = join(root, 'dist', 'main.js')
const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

function isStale() {
  const sources = readdirSync(join(root, 'src'), { recursive: true }).map((path) => join(root, 'src', path))
  const newest = Math.max(...[...sources, join(root, 'package-lock.json')].map(modified))
  return modified(outfile) < newest
}

if (!process.argv.includes('--if-stale') || isStale()) {
  const { build } = await import('esbuild')
  await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    logLevel: 'warning',
  })
  chmodSync(outfile, 0o755)
}
