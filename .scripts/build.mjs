// Builds the command and the library with its types; with --if-stale, the two alone, and only when a source is newer.
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const command = join(root, 'dist/main.js')
const modified = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0

function isStale() {
  const sources = readdirSync(join(root, 'src'), { recursive: true }).map((path) => `src/${path}`)
  return modified('dist/main.js') < Math.max(...[...sources, 'package-lock.json'].map(modified))
}

function globOf(folder, names) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder)).flatMap((name) => (names.test(name) ? [`${folder}/${name}`] : []))
}

const ifStale = process.argv.includes('--if-stale')
if (!ifStale || isStale()) {
  const { bundle } = await import('./bundle.mjs')
  for (const old of globOf('dist', /\.js(\.map)?$/)) rmSync(join(root, old))
  await bundle(['src/main.ts', 'src/index.ts'], 'dist')
  chmodSync(command, 0o755)
}
if (!ifStale) {
  const compiler = fileURLToPath(import.meta.resolve('typescript/bin/tsc'))
  execFileSync(process.execPath, [compiler, '-p', join(root, '.scripts/tsconfig.types.json')], { stdio: 'inherit' })
}
