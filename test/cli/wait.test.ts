import dns from 'node:dns'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'tap'
import { wait } from '../../src/cli/wait.js'
import { startEmulator } from '../../src/index.js'
import { outcomeOf } from './built.js'

test('wait returns at once where an emulator is ready, the control API switched off or not', async (t) => {
  for (const options of [{}, { control: 'off' as const }]) {
    const { url, close } = await startEmulator(options)
    t.teardown(close)
    await wait(['--url', url], {})
    await wait(['--timeout', '1s'], { ATLAS_EMULATOR_PORT: new URL(url).port })
  }
})

test('wait goes on asking until the emulator answers, and not with a failure', async (t) => {
  const statuses = [500, 503, 200]
  let asked = 0
  const server = createServer((_request, response) => {
    response.statusCode = statuses[asked] ?? 200
    asked += 1
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  await wait([], { ATLAS_EMULATOR_PORT: String(port) })
  t.equal(asked, 3)
})

test('wait gives up in time, and says what it has seen', async (t) => {
  const server = createServer((_request, response) => void response.writeHead(503).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  await t.rejects(wait(['--url', url, '--timeout', '1ms'], {}), {
    message: `${url} is not ready after 1ms: it answers 503`,
  })
  await new Promise((resolve) => server.close(resolve))
  await t.rejects(wait(['--url', url, '--timeout', '1ms'], {}), {
    message: /is not ready after 1ms: connect ECONNREFUSED/,
  })
  await t.rejects(wait(['--timeout', 'soon'], {}), { name: 'UsageError', message: /^--timeout: found "soon"/ })
})

test('wait says what is wrong with a host that has several addresses', async (t) => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  t.intercept(dns, 'lookup', {
    value: (_host: string, _options: object, done: (error: null, addresses: object[]) => void) =>
      done(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '127.0.0.2', family: 4 },
      ]),
  })
  await t.rejects(wait(['--url', `http://several.invalid:${port}`, '--timeout', '1ms'], {}), {
    message: /is not ready after 1ms: ECONNREFUSED$/,
  })
})

test('env and wait are commands, with exit codes and one message for what is wrong', async (t) => {
  const { url, close } = await startEmulator()
  t.teardown(close)
  t.same(await outcomeOf(t, 'wait', '--url', url), { code: 0, stdout: '', stderr: '' })
  t.match(await outcomeOf(t, 'env', '--url', url, '--format', 'github'), {
    code: 0,
    stdout: /^ATLAS_URL=http/,
    stderr: '',
  })
  t.match(await outcomeOf(t, 'wait', '--timeout', 'soon'), {
    code: 2,
    stdout: '',
    stderr: /^atlas-backup-emulator: --timeout/,
  })
  await close()
  t.match(await outcomeOf(t, 'env', '--url', url), {
    code: 1,
    stdout: '',
    stderr: /^atlas-backup-emulator: .* cannot be asked/,
  })
})
