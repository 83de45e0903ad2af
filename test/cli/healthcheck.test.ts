import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createSocketServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { type Test, test } from 'tap'
import { startEmulator } from '../../src/index.js'
import { certificate } from '../support/certificate.js'
import { runBuilt } from './built.js'

/** Runs the health check with these variables alone, ATLAS_EMULATOR_ left out. */
async function check(t: Test, variables: Readonly<Record<string, string | number>>) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('ATLAS_EMULATOR_'))
  const settings = Object.entries(variables).map(([name, value]) => [`ATLAS_EMULATOR_${name}`, String(value)])
  const child = runBuilt(t, 'healthcheck.js', [], Object.fromEntries([...inherited, ...settings]))
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  return { code, stderr }
}

/** The port of an emulator that runs until the test ends. */
async function emulator(t: Test, options: Parameters<typeof startEmulator>[0]) {
  const { url, close } = await startEmulator(options)
  t.teardown(close)
  return Number(new URL(url).port)
}

async function portOf(t: Test, server: ReturnType<typeof createSocketServer>, host = '127.0.0.1') {
  server.listen(0, host)
  await once(server, 'listening')
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

const healthy = { code: 0, stderr: '' }

test('a running emulator is healthy, on whatever address it listens', async (t) => {
  const [one, every] = await Promise.all([emulator(t, {}), emulator(t, { host: '0.0.0.0' })])
  t.same(await check(t, { PORT: one }), healthy)
  t.same(await check(t, { PORT: one, HOST: '', TLS_CERT: '' }), healthy, 'an empty variable counts as none')
  t.same(await check(t, { PORT: every, HOST: '0.0.0.0' }), healthy)
  t.same(await check(t, { PORT: every, HOST: '127.0.0.2' }), healthy)
})

test('an emulator that listens on an IPv6 address is healthy', async (t) => {
  const port = await emulator(t, { host: '::' }).catch(() => undefined)
  if (port === undefined) return t.comment('this machine has none')
  t.same(await check(t, { PORT: port, HOST: '::' }), healthy)
  t.same(await check(t, { PORT: port, HOST: '::1' }), healthy)
})

test('an emulator whose control API is off, or wants a token, is healthy', async (t) => {
  const [off, guarded] = await Promise.all([emulator(t, { control: 'off' }), emulator(t, { controlToken: 's3cret' })])
  t.same(await check(t, { PORT: off, CONTROL: 'off' }), healthy)
  t.same(await check(t, { PORT: guarded, CONTROL_TOKEN: 's3cret' }), healthy)
  t.same(await check(t, { PORT: guarded }), healthy, 'the token is a flag')
})

test('the health check asks as a loopback host, and with the control token where there is one', async (t) => {
  const asked: unknown[] = []
  const listener: RequestListener = ({ url, headers: { host, authorization } }, response) => {
    asked.push({ url, host, authorization })
    response.end()
  }
  const port = await portOf(t, createServer(listener))
  await check(t, { PORT: port, CONTROL_TOKEN: 's3cret' })
  await check(t, { PORT: port })
  t.same(asked, [
    { url: '/_emulator/health', host: 'localhost', authorization: 'Bearer s3cret' },
    { url: '/_emulator/health', host: 'localhost', authorization: undefined },
  ])
})

test('the health check asks by https where there is a certificate, which it does not verify', async (t) => {
  const port = await portOf(
    t,
    createTlsServer(certificate, (_request, response) => response.end()),
  )
  t.same(await check(t, { PORT: port, TLS_CERT: '/etc/tls/cert.pem' }), healthy)
  t.match(await check(t, { PORT: port }), { code: 1 }, 'http is no answer')
})

test('an emulator that answers 503, does not answer or is not there is not healthy', async (t) => {
  const unwritable = await portOf(
    t,
    createServer((_request, response) => response.writeHead(503).end()),
  )
  t.same(await check(t, { PORT: unwritable }), {
    code: 1,
    stderr: 'atlas-backup-emulator: The emulator answered 503\n',
  })
  const silent = await portOf(
    t,
    createSocketServer().on('connection', (socket) => t.teardown(() => socket.destroy())),
  )
  t.same(await check(t, { PORT: silent }), {
    code: 1,
    stderr: 'atlas-backup-emulator: The operation was aborted due to timeout\n',
  })
  const closed = createSocketServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port } = closed.address() as AddressInfo
  closed.close()
  await once(closed, 'close')
  t.match(await check(t, { PORT: port }), { code: 1, stderr: /^atlas-backup-emulator: connect ECONNREFUSED .*\n$/ })
  t.match(await check(t, { PORT: port, HOST: 'localhost' }), { code: 1, stderr: /ECONNREFUSED/ })
})

test('what a Service of Kubernetes puts into the port is passed over', async (t) => {
  const { code, stderr } = await check(t, { HOST: '127.0.0.3', PORT: 'tcp://10.96.12.7:8080' })
  t.ok(code === 0 || stderr.includes('127.0.0.3:8080') || stderr.includes('answered'), stderr)
})

test('a variable of the health check that cannot be used is told in one line', async (t) => {
  const port = await emulator(t, {})
  for (const variables of [{ PORT: 'x' }, { PORT: 99_999 }, { PORT: port, CONTROL_TOKEN: 'a\nb' }]) {
    t.match(await check(t, variables), { code: 1, stderr: /^atlas-backup-emulator: [^\n]+\n$/ })
  }
})

test('the health check asks at port 8080 when no port is set', async (t) => {
  // Whatever there is at that port, or nothing: it is asked.
  const { code, stderr } = await check(t, { HOST: '127.0.0.3' })
  t.ok(code === 0 || stderr.includes('127.0.0.3:8080') || stderr.includes('answered'), stderr)
})
