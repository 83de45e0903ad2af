import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'tap'
import { cacheOf, compile, load, runScript } from '../../src/cli/bundle.js'

const core = new URL('../../dist/core.cjs', import.meta.url).pathname

function bundleIn(folder: string): string {
  const path = `${folder}/bundle.cjs`
  writeFileSync(path, `exports.told = () => [__filename, __dirname, typeof require, exports === module.exports]`)
  return path
}

test('a bundle is loaded from what was compiled of it, as require would load it', (t) => {
  const path = bundleIn(t.testdir())
  const required = createRequire(path)(path)
  t.strictSame((load(path) as typeof required).told(), required.told(), 'without anything compiled')
  const script = compile(path)
  runScript(script, path)
  writeFileSync(cacheOf(path), script.createCachedData())
  t.strictSame((load(path) as typeof required).told(), required.told())
  t.strictSame(required.told(), [path, t.testdirName, 'function', true])
  t.end()
})

test('what another V8 has compiled is passed over', (t) => {
  const path = bundleIn(t.testdir())
  writeFileSync(cacheOf(path), 'nothing that V8 knows')
  const { told } = load(path) as { told: () => unknown[] }
  t.equal(told()[0], path)
  t.end()
})

test('the build has compiled the bundle for this Node, and V8 takes it', (t) => {
  t.ok(existsSync(cacheOf(core)), cacheOf(core))
  t.equal(compile(core, Buffer.alloc(8)).cachedDataRejected, true, 'it would tell')
  t.equal(compile(core, readFileSync(cacheOf(core))).cachedDataRejected, false)
  t.end()
})
