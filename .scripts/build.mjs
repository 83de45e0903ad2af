// Builds the command and the library, with types and a bill of materials; with --if-stale, without these two and only when
// a source is newer.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
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

/** The types of the library in one file that needs no other package. */
async function writeTypes() {
  const { rollup } = await import('rollup')
  const { dts } = await import('rollup-plugin-dts')
  const bundle = await rollup({
    input: join(root, 'src/index.ts'),
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
  const needed = /^import .* from '(?!node:)[^']*'/m.exec(code)
  if (needed) throw new Error(`The library's types need another package: ${needed[0]}`)
  // The same for both kinds of module.
  writeFileSync(join(dist, 'index.d.ts'), code)
  writeFileSync(join(dist, 'index.d.cts'), code)
}

const ifStale = process.argv.includes('--if-stale')
if (!ifStale || isStale()) {
  const { bundle, bundleProduct, bundleText } = await import('./bundle.mjs')
  rmSync(dist, { recursive: true, force: true })
  mkdirSync(dist)
  const packages = await bundleProduct('dist')
  await bundle('src/cli/healthcheck.ts', 'dist', { sourcemap: false })
  writeFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), licences(packages))
  const { library } = createRequire(import.meta.url)('../dist/core.cjs')
  const names = Object.keys(library()).join(', ')
  // An import of CommonJS would have Node read all of it, to find its names.
  const required = `const { ${names} } = module.createRequire(import.meta.url)('./core.cjs').library()`
  writeFileSync(join(dist, 'index.js'), `import module from 'node:module'\n\n${required}\nexport { ${names} }\n`)
  writeFileSync(
    join(dist, 'index.cjs'),
    `const { ${names} } = require('./core.cjs').library()\n\nmodule.exports = { ${names} }\n`,
  )
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
  await writeTypes()
}
