import { once } from 'node:events'
import { connect } from 'node:tls'
import { test } from 'tap'
import { certificate } from '../support/certificate.js'
import { accept, path, start, type TestBench } from '../support/emulator.js'
import { open, parseAnswer, rest } from '../support/socket.js'

const body = '{"cloudProvider":"AWS","regionName":"US_EAST_1"}\n'
/** The head of a create whose body is `body`. */
const createHead = ({ token }: TestBench) =>
  [
    `POST ${path} HTTP/1.1`,
    'Host: x',
    `Authorization: Bearer ${token}`,
    'Accept: application/vnd.atlas.2025-03-12+json',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    '\r\n',
  ].join('\r\n')

test('a request under way is answered, with Connection: close, before the database is closed', async (t) => {
  const bench = await start(t)
  const url = await bench.emulator.listen()
  const socket = await open(url)
  socket.write(createHead(bench))
  await once(bench.emulator.app.server, 'request')
  const closed = bench.emulator.close()
  socket.write(body)
  const answer = parseAnswer(await rest(socket))
  t.equal(answer.statusLine, 'HTTP/1.1 201 Created')
  t.equal(answer.headers.connection, 'close')
  await closed
})

test('connections that are idle, or never asked, do not hold up the end', async (t) => {
  const { emulator } = await start(t)
  const url = await emulator.listen()
  const [idle, silent, halfway] = [await open(url), await open(url), await open(url)]
  idle.write('GET /nope HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(idle, 'data')
  halfway.write('GET /nope HTTP/1.1\r\nHost')
  const ends = [idle, silent, halfway].map((socket) => rest(socket).catch(() => ''))
  await emulator.close()
  t.same(await Promise.all(ends), ['', '', ''], 'each has ended, without an answer')
})

test('a new request on an open connection gets 503, while another is still under way [connection-errors]', async (t) => {
  const bench = await start(t)
  const url = await bench.emulator.listen()
  const [first, second] = [await open(url), await open(url)]
  first.write(createHead(bench))
  await once(bench.emulator.app.server, 'request')
  const closed = bench.emulator.close()
  second.write('GET /nope?envelope HTTP/1.1\r\nHost: x\r\n\r\n')
  const refused = parseAnswer(await rest(second))
  t.equal(refused.statusLine, 'HTTP/1.1 503 Service Unavailable')
  t.equal(
    refused.body,
    '{"content":{"detail":"Service Unavailable.","error":503,"errorCode":"SERVICE_UNAVAILABLE","parameters":[],"reason":"Service Unavailable"},"status":503}',
  )
  t.equal(refused.headers.connection, 'close')
  first.write(body)
  t.match(await rest(first), /^HTTP\/1\.1 201 Created/)
  await closed
})

test('an upload that does not end is refused, and does not hold up the end', async (t) => {
  const bench = await start(t)
  const socket = await open(await bench.emulator.listen())
  socket.write(`${createHead(bench)}{`)
  await once(bench.emulator.app.server, 'request')
  const [closed, text] = [bench.emulator.close(), rest(socket)]
  t.match(parseAnswer(await text), { statusLine: 'HTTP/1.1 503 Service Unavailable', headers: { connection: 'close' } })
  await closed
})

test('over TLS too, answers that nobody can get any more are forgotten', async (t) => {
  const files = t.testdir({ 'cert.pem': certificate.cert, 'key.pem': certificate.key })
  const tls = ['--tls-cert', `${files}/cert.pem`, '--tls-key', `${files}/key.pem`]
  const { emulator, token } = await start(t, tls)
  const { port } = new URL(await emulator.listen())
  const socket = connect({ port: Number(port), ca: certificate.cert, host: '127.0.0.1' })
  await once(socket, 'secureConnect')
  const headers = `Host: x\r\nAuthorization: Bearer ${token}\r\nAccept: ${accept}`
  const request = `GET ${path} HTTP/1.1\r\n${headers}\r\nX-Emulator-Fault: hang\r\n\r\n`
  const seen = once(emulator.app.server, 'request')
  socket.write(request + request)
  const [{ socket: served }] = await seen
  const gone = new Promise((resolve) => served.once('close', resolve))
  socket.destroy()
  await gone
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(emulator.app.underWay.size, 0)
})

test('an upload that has been refused is not done, though the rest of it comes', async (t) => {
  const flags = ['--db', `${t.testdir()}/atlas.db`]
  const bench = await start(t, flags)
  const socket = await open(await bench.emulator.listen())
  socket.write(createHead(bench))
  await once(bench.emulator.app.server, 'request')
  const closed = bench.emulator.close()
  const [chunk] = await once(socket, 'data')
  t.match(String(chunk), /^HTTP\/1\.1 503 /)
  socket.write(body)
  t.equal(await rest(socket), '')
  await closed
  const again = await start(t, flags)
  t.equal((await again.call('GET', path)).json().totalCount, 0)
})

test('a request that was refused with all but its body still to come does not hold up the end', async (t) => {
  const { emulator } = await start(t)
  const socket = await open(await emulator.listen())
  socket.write('POST /%zz HTTP/1.1\r\nHost: x\r\nHost: y\r\nContent-Length: 10\r\n\r\n')
  const [chunk] = await once(socket, 'data')
  t.match(String(chunk), /^HTTP\/1\.1 400 /)
  const ended = rest(socket)
  await emulator.close()
  t.equal(await ended, '')
})

test('over TLS too, a connection that has not said anything does not hold up the end', async (t) => {
  const files = t.testdir({ 'cert.pem': certificate.cert, 'key.pem': certificate.key })
  const { emulator } = await start(t, ['--tls-cert', `${files}/cert.pem`, '--tls-key', `${files}/key.pem`])
  const { port } = new URL(await emulator.listen())
  const accepted = once(emulator.app.server, 'connection')
  const socket = await open(`http://127.0.0.1:${port}`)
  await accepted
  const ended = rest(socket).catch(() => '')
  await emulator.close()
  t.equal(await ended, '')
})
