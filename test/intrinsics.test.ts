import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import { startEmulator } from '../src/index.js'
import { path } from './support/emulator.js'

const root = fileURLToPath(new URL('../', import.meta.url))

test('a process whose Error and whose other intrinsics are frozen is served as any', (t) => {
  const program = `
    const { startEmulator } = require('./dist/index.cjs')
    const headers = { accept: 'application/vnd.atlas.2025-03-12+json', 'content-type': 'application/json' }
    startEmulator({ auth: 'off' }).then(async ({ url, control, close }) => {
      const create = async (body) => (await fetch(url + '${path}', { method: 'POST', headers, body })).status
      const told = [
        await create('{"cloudProvider":"AWS","regionName":"US_EAST_1"}'),
        await create('{"cloudProvider":"AWS","regionName":"NOWHERE"}'),
        await create('{"__proto__":{}}'),
        (await control.clock.advance('5m')).offset,
        (await control.state.import(await control.state.export({ secrets: true }))).privateEndpoints,
      ]
      await close()
      console.log(JSON.stringify(told))
    })`
  const told = execFileSync(process.execPath, ['--frozen-intrinsics', '--no-warnings', '--eval', program], {
    cwd: root,
  })
  t.strictSame(JSON.parse(String(told)), [201, 400, 400, 300_000, 1])
  t.end()
})

test('an attribute that all objects share is refused by its name, and one that no loop finds is none of ours', async (t) => {
  const share = (enumerable: boolean) =>
    Object.defineProperty(Object.prototype, 'clone', { value: () => {}, enumerable, configurable: true })
  t.teardown(() => Reflect.deleteProperty(Object.prototype, 'clone'))
  share(true)
  const refused = startEmulator().catch((error: Error) => error)
  share(false)
  t.match(await refused, {
    name: 'UsageError',
    message:
      'Object.prototype has the attribute "clone", which every loop over an object’s attributes then finds. Define it with enumerable: false.',
  })
  const emulator = await startEmulator()
  t.match(await emulator.control.health(), { status: 'ok' })
  await emulator.close()
})
