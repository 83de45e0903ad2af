// Builds the command and the library, with types and a bill of materials; with --if-stale, without these two and only when
// a source is newer.
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const dist = join(root, 'dist')
const modified = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0

function isStale() {
  const sources = readdirSync(join(root, 'src'), { recursive: true }).map((path) => `src/${path}`)
  const others = [
    'package.json',
    'package-lock.json',
    '.scripts/build.mjs',
    '.scripts/bundle.mjs',
    '.scripts/page.mjs',
    '.scripts/precompile.ts',
  ]
  return modified('dist/main.cjs') < Math.max(...[...sources, ...others].map(modified))
}

/** The licences of the packages that went into the bundle, which ask to be passed on with it. */
function licences(packages) {
  return packages
    .map(({ folder, name, version, license }) => {
      const file = readdirSync(join(root, folder)).find((entry) => /^licen[sc]e/i.test(entry))
      const text = file ? readFileSync(join(root, folder, file), 'utf8').trim() : `Licence: ${license}`
      return `${name} ${version}\n\n${text}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}

/**
 * The file that is run. It loads nothing itself before it has looked at Node's version and listens for signals, and
 * every version of Node can parse it. CommonJS, which Node has loaded a few milliseconds earlier than a module.
 */
async function command(bundleText) {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return bundleText(
    `
import module from 'node:module'
import { load } from './src/cli/bundle.ts'
import { refuseOlderNode } from './src/cli/node-version.ts'
import { stopSignal } from './src/cli/signals.ts'

refuseOlderNode('${engines.node.replace('>=', '')}')
const stop = stopSignal()
// From Node 22 on, what was compiled once need not be compiled at the next start.
module.enableCompileCache?.()
load(require.resolve('./core.cjs')).run(stop)
`,
    { target: 'node12', banner: { js: '#!/usr/bin/env node' }, format: 'cjs', external: ['./core.cjs'] },
  )
}

/**
 * Writes dist/FILE.js and .cjs, which hand on what a function of the bundle returns.
 * @param peer a package that must be there: asked for here, since Node shows the line in which one is missed, and the
 *   bundle has few
 */
function writeDoor(file, from, exported, peer) {
  const names = exported.join(', ')
  const lines = [...(peer ? [`require('${peer}')`] : []), `const { ${names} } = require('./core.cjs').${from}()\n`]
  // An import of CommonJS would have Node read all of it, to find its names.
  const require = `import module from 'node:module'\n\nconst require = module.createRequire(import.meta.url)`
  writeFileSync(join(dist, `${file}.js`), [require, ...lines, `export { ${names} }\n`].join('\n'))
  writeFileSync(join(dist, `${file}.cjs`), [...lines, `module.exports = { ${names} }\n`].join('\n'))
}

/**
 * The types of an entry in one file that needs no other package.
 * @param outside what it may need all the same
 */
async function writeTypes(file, outside = []) {
  const { rollup } = await import('rollup')
  const { dts } = await import('rollup-plugin-dts')
  const bundle = await rollup({
    input: join(root, `src/${file}.ts`),
    external: outside,
    plugins: [
      dts({
        tsconfig: join(root, '.scripts/tsconfig.types.json'),
        includeExternal: ['@sinclair/typebox', '@fastify/type-provider-typebox'],
      }),
    ],
    onLog(_level, { code, message }) {
      // What the sources import besides types is not looked for; whether any of it is left is checked below.
      if (code !== 'UNRESOLVED_IMPORT') throw new Error(message)
    },
  })
  const { output } = await bundle.generate({ format: 'es' })
  // What the server adds to Fastify's types is nothing to who uses the library, and would need Fastify.
  const code = output[0].code.replace(/^declare module 'fastify' \{\n.*?^\}\n/gms, '')
  await bundle.close()
  for (const [statement, needed] of code.matchAll(/^import .* from '(?!node:)([^']*)'/gm)) {
    if (!outside.includes(needed)) throw new Error(`The types of ${file} need another package: ${statement}`)
  }
  // The same for both kinds of module.
  writeFileSync(join(dist, `${file}.d.ts`), code)
  writeFileSync(join(dist, `${file}.d.cts`), code.replaceAll("from './index.js'", "from './index.cjs'"))
}

const ifStale = process.argv.includes('--if-stale')
if (!ifStale || isStale()) {
  const { bundle, bundleProduct, bundleText } = await import('./bundle.mjs')
  rmSync(dist, { recursive: true, force: true })
  mkdirSync(dist)
  const packages = await bundleProduct('dist')
  await bundle('src/cli/healthcheck.ts', 'dist', { sourcemap: false })
  writeFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), licences(packages))
  copyFileSync(join(root, 'src/control/llms.txt'), join(dist, 'llms.txt'))
  const { library } = createRequire(import.meta.url)('../dist/core.cjs')
  writeDoor('index', 'library', Object.keys(library()))
  // Named here, since this one needs its peer to be asked.
  const containers = ['AtlasEmulatorContainer', 'StartedAtlasEmulatorContainer']
  writeDoor('testcontainers', 'testcontainers', containers, 'testcontainers')
  writeFileSync(join(dist, 'main.cjs'), await command(bundleText))
  chmodSync(join(dist, 'main.cjs'), 0o755)
  await bundle('.scripts/precompile.ts', 'dist/build', { sourcemap: false })
  execFileSync(process.execPath, [join(dist, 'build/precompile.js'), join(dist, 'core.cjs')], {
    cwd: root,
    // The log of its start is no message of the build.
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  rmSync(join(dist, 'build'), { recursive: true })
}
if (!ifStale) {
  const { billOfMaterials } = await import('./sbom.mjs')
  writeFileSync(join(dist, 'sbom.cdx.json'), await billOfMaterials())
  await writeTypes('index')
  await writeTypes('testcontainers', ['./index.js', 'testcontainers'])
}
