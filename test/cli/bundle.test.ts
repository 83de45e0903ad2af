import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import type { Script } from 'node:vm'
import { test } from 'tap'
import { cacheOf, compile, load } from '../../src/cli/bundle.js'
import type * as Library from '../../src/index.js'

const bundles = ['core.cjs', 'later.cjs'].map((name) => new URL(`../../dist/${name}`, import.meta.url).pathname)

/** As the build writes a bundle: a module that is a script too, whose value is the function around it. */
function writeBundle(path: string, text: string): void {
  const inFunction = `(function (exports, require, module, __filename, __dirname) {${text}})`
  const asModule = "if (typeof module === 'object') bundle(exports, require, module, __filename, __dirname)"
  writeFileSync(path, `{ const bundle = ${inFunction}; ${asModule}; bundle }`)
}

function bundleIn(folder: string): string {
  const path = `${folder}/bundle.cjs`
  writeBundle(
    path,
    `exports.told = () => [__filename, __dirname, typeof require.resolve, exports === module.exports]
     exports.beside = () => require('./beside.cjs')
     exports.nodes = require('node:os')`,
  )
  writeBundle(`${folder}/beside.cjs`, 'exports.where = __filename')
  return path
}

interface Told {
  told(): unknown[]
  beside(): { where: string }
  nodes: unknown
}

test('a bundle, and what it requires beside it, are loaded from what was compiled of them, as require would load them', (t) => {
  const path = bundleIn(t.testdir())
  const required: Told = createRequire(path)(path)
  t.equal(load(path), required, 'without anything compiled')
  const scripts = new Map<string, Script>()
  const first = load(path, (file) => {
    const script = compile(file)
    scripts.set(file, script)
    return script
  }) as Told
  t.equal(first.beside(), first.beside(), 'loaded once')
  t.strictSame([...scripts.keys()], [path, required.beside().where])
  for (const [file, script] of scripts) writeFileSync(cacheOf(file), script.createCachedData())
  const loaded = load(path) as Told
  t.not(loaded, required)
  t.strictSame(loaded.told(), required.told())
  t.strictSame(loaded.beside(), required.beside())
  t.equal(loaded.nodes, required.nodes)
  t.strictSame(required.told(), [path, t.testdirName, 'function', true])
  t.end()
})

test('what another V8 has compiled is passed over', (t) => {
  const path = bundleIn(t.testdir())
  writeFileSync(cacheOf(path), 'nothing that V8 knows')
  const { told, beside } = load(path) as Told
  t.equal(told()[0], path)
  t.equal(beside().where, `${t.testdirName}/beside.cjs`, 'one of which nothing was compiled is required')
  t.end()
})

test('the build has compiled the bundles for this Node, and V8 takes them', (t) => {
  for (const path of bundles) {
    t.ok(existsSync(cacheOf(path)), cacheOf(path))
    t.equal(compile(path, Buffer.alloc(8)).cachedDataRejected, true, 'it would tell')
    t.equal(compile(path, readFileSync(cacheOf(path))).cachedDataRejected, false)
  }
  t.end()
})

// After the test before it: what V8 has compiled in this process it finds again, whatever it is given.
test('what neither a start nor a challenge needs is loaded when it is first used', async (t) => {
  const loaded: string[] = []
  const { library } = load(bundles[0] as string, (file) => {
    loaded.push(basename(file))
    return compile(file)
  }) as { library: () => typeof Library }
  const emulator = await library().startEmulator()
  t.teardown(() => emulator.close())
  t.equal((await fetch(`${emulator.url}/_emulator/health`)).status, 200)
  t.equal((await fetch(`${emulator.url}/api/atlas/v2/groups`)).status, 401)
  t.strictSame(loaded, ['core.cjs'])
  await emulator.control.clock.advance('5m')
  t.strictSame(loaded, ['core.cjs', 'later.cjs'], 'a body is checked')
})
