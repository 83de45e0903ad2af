// Gathers what the container image adds to its base in image/: in /app the product as it is built, the fixtures, and
// better-sqlite3 with what it loads, since a compiled file cannot be bundled, and a bill of these materials; and the empty
// folder /data.
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './bundle.mjs'
import { billOfMaterials } from './sbom.mjs'

/** What better-sqlite3 needs at run time; the rest of it are sources, and a downloader for when it is installed. */
const packages = [
  'better-sqlite3/package.json',
  'better-sqlite3/LICENSE',
  'better-sqlite3/lib',
  'better-sqlite3/build/Release/better_sqlite3.node',
  'bindings/package.json',
  'bindings/LICENSE.md',
  'bindings/bindings.js',
  'file-uri-to-path/package.json',
  'file-uri-to-path/LICENSE',
  'file-uri-to-path/index.js',
].map((path) => `node_modules/${path}`)
// What V8 has compiled of the bundle is for the image's own Node, or passed over where another one has built it.
const caches = readdirSync(join(root, 'dist')).filter((name) => name.endsWith('.cache'))
const product = [
  'main.cjs',
  'core.cjs',
  'later.cjs',
  ...caches,
  'yaml.cjs',
  'healthcheck.js',
  'THIRD-PARTY-LICENSES.txt',
].map((name) => `dist/${name}`)

const image = join(root, 'image')
rmSync(image, { recursive: true, force: true })
for (const path of ['package.json', 'LICENSE', 'fixtures', ...product, ...packages]) {
  cpSync(join(root, path), join(image, 'app', path), { recursive: true })
}
writeFileSync(
  join(image, 'app/dist/sbom.cdx.json'),
  await billOfMaterials(['better-sqlite3', 'bindings', 'file-uri-to-path']),
)
mkdirSync(join(image, 'data'))
// Files come into the image as of user and group 0, and the group may do what the user may.
chmodSync(join(image, 'data'), 0o775)
