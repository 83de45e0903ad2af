import { once } from 'node:events'
import { connect } from 'node:tls'
import { type Test, test } from 'tap'
import { RefusalLog } from '../../src/http/refusal-log.js'
import { certificate } from '../support/certificate.js'
import { memoryLogger, path, start } from '../support/emulator.js'
import { exchange, open, rest } from '../support/socket.js'

/** The flags with which the emulator speaks TLS. */
function tlsFlags(t: Test): string[] {
  const files = t.testdir({ 'cert.pem': certificate.cert, 'key.pem': certificate.key })
  return ['--tls-cert', `${files}/cert.pem`, '--tls-key', `${files}/key.pem`]
}

test('Each kind of refusal is told at most once a second', (t) => {
  const lines: string[] = []
  let now = 5000
  const log = new RefusalLog(
    (_details, text) => lines.push(text),
    () => now,
  )
  const told = (incident: Parameters<RefusalLog['note']>[0]) => {
    lines.length = 0
    log.note(incident)
    return lines.length
  }
  t.equal(told('malformed'), 1)
  t.equal(told('malformed'), 0)
  t.equal(told('timed-out'), 1, 'another kind is told at once')
  now += 999
  t.equal(told('malformed'), 0)
  now += 1
  t.equal(told('malformed'), 1)
  t.equal(told('malformed'), 0)
  t.end()
})

test('What the parser refuses leaves a line with advice', async (t) => {
  const { logger, lines } = memoryLogger()
  const { emulator } = await start(t, [], { logger })
  // On a busy machine a client may connect, and send what it has to say a good while later.
  const { emulator: impatient } = await start(t, ['--header-timeout', '500ms'], { logger })
  const url = await emulator.listen()
  const impatientUrl = await impatient.listen()
  const refused: [url: string, text: string, line: RegExp][] = [
    [url, 'nonsense\r\n\r\n', /HPE_INVALID_METHOD.*\(400\): it is not HTTP/],
    [url, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', /speaks TLS to this port.*http:\/\/.*--tls-cert/],
    [url, `GET / HTTP/1.1\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`, /\(431\).*16384 bytes/],
    [impatientUrl, `GET ${path} HTTP/1.1\r\nHost`, /\(408\).*--header-timeout/],
  ]
  for (const [url, text, line] of refused) {
    lines.length = 0
    t.match(await exchange(url, text), { statusLine: /^HTTP\/1\.1 4/ })
    t.equal(lines.length, 1)
    t.match(lines[0], line)
  }
})

test('A connection that is not used leaves no line', async (t) => {
  const { logger, lines } = memoryLogger()
  const { emulator } = await start(t, ['--header-timeout', '20ms'], { logger })
  const url = await emulator.listen()
  lines.length = 0
  t.match(await exchange(url, ''), { statusLine: 'HTTP/1.1 408 Request Timeout' })
  t.same(lines, [])
})

test('Plain HTTP to the port of TLS, and a handshake that fails, leave a line with advice', async (t) => {
  const { logger, lines } = memoryLogger()
  const { emulator } = await start(t, tlsFlags(t), { logger })
  const { port } = new URL(await emulator.listen())
  lines.length = 0
  const plain = await open(`http://127.0.0.1:${port}`)
  plain.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
  t.equal(await rest(plain).catch(() => ''), '')
  t.equal(lines.length, 1)
  t.match(lines[0], /plain HTTP to this port.*https:\/\//)

  lines.length = 0
  const failed = once(emulator.app.server, 'tlsClientError')
  const old = connect({
    port: Number(port),
    host: '127.0.0.1',
    ca: certificate.cert,
    ciphers: 'PSK',
    maxVersion: 'TLSv1.2',
  })
  await once(old, 'error')
  await failed
  t.equal(lines.length, 1)
  t.match(lines[0], /ERR_SSL_.*handshake failed.*--tls-cert/)
})

test('A connection that does not shake hands is closed after the header timeout', async (t) => {
  const { emulator } = await start(t, [...tlsFlags(t), '--header-timeout', '20ms'])
  const { port } = new URL(await emulator.listen())
  const silent = await open(`http://127.0.0.1:${port}`)
  t.equal(await rest(silent).catch(() => ''), '')
})
