import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'tap'
import { accept, path, start } from '../../support/emulator.js'
import { type Answer, exchange, open, parseAnswer, rest } from '../../support/socket.js'

const head = (method: string, url: string, ...headers: string[]) =>
  `${[`${method} ${url} HTTP/1.1`, ...headers].join('\r\n')}\r\n\r\n`

/** The headers that let a request in. */
const asAccount = (token: string) => ['Host: x', `Authorization: Bearer ${token}`, `Accept: ${accept}`]

function error(answer: Answer): { errorCode: string; detail: string; error: number; parameters: unknown[] } {
  return JSON.parse(answer.body)
}

test('what is not HTTP, names no host or is badly framed is a malformed request', async (t) => {
  const { emulator, token } = await start(t)
  const url = await emulator.listen()
  const malformed = [
    'nonsense\r\n\r\n',
    head('GET', path),
    head('POST', '/api/oauth/token'),
    head('GET', path, 'Host: x', 'host: y'),
    head('GET', path, 'Host: x y'),
    head('GET', `${path}#part`, 'Host: x'),
    'GET /\r\n\r\n',
    head('GET', '/', 'Host: x', 'no colon'),
    head('POST', path, 'Host: x', 'Content-Length: 1', 'Transfer-Encoding: chunked'),
    head('POST', path, 'Host: x', 'Content-Length: x'),
    head('NOPE', path, 'Host: x'),
    head('CONNECT', 'x:1', 'Host: x'),
    `${head('POST', path, ...asAccount(token), 'Transfer-Encoding: chunked', 'Content-Type: application/json')}zz\r\n`,
  ]
  for (const text of malformed) {
    const answer = await exchange(url, text)
    t.equal(answer.statusLine, 'HTTP/1.1 400 Bad Request', JSON.stringify(text))
    t.equal(
      answer.body,
      '{"detail":"Malformed request.","error":400,"errorCode":"VALIDATION_ERROR","parameters":[],"reason":"Bad Request"}',
    )
    t.match(answer.headers, {
      connection: 'close',
      'content-length': String(answer.body.length),
      'content-type': 'application/json',
      'x-error-code': 'VALIDATION_ERROR',
      'x-frame-options': 'DENY',
    })
  }
})

test('flags and Vary follow the request line, as far as it can be read', async (t) => {
  const { emulator } = await start(t)
  const url = await emulator.listen()
  const pretty = await exchange(url, head('GET', '/x?pretty=true&envelope', 'Host: x', 'bad header'))
  t.match(pretty.body, /^\{\n {2}"content" : \{\n/)
  t.equal(pretty.headers.vary, 'Accept-Encoding')
  const deletion = await exchange(url, head('DELETE', '/x', 'Host: x', 'bad header'))
  t.equal(deletion.headers.vary, undefined)
  const long = await exchange(url, head('GET', `/?pretty&x=${'x'.repeat(17_000)}`, 'Host: x'))
  t.match(long, { statusLine: /431/, headers: { vary: 'Accept-Encoding' }, body: /^\{\n/ })
  const bodyless = await exchange(url, head('HEAD', '/x', 'Host: x', 'bad header'))
  t.equal(bodyless.body, '')
})

test('a fault in a body follows the flags of its request, though it comes later', async (t) => {
  const { emulator, token } = await start(t)
  const socket = await open(await emulator.listen())
  const headers = [...asAccount(token), 'Transfer-Encoding: chunked', 'Content-Type: application/json']
  socket.write(head('POST', `${path}?pretty`, ...headers))
  await once(emulator.app.server, 'request')
  socket.write('zz\r\n')
  t.match(parseAnswer(await rest(socket)), { statusLine: /400/, headers: { vary: 'Accept-Encoding' }, body: /^\{\n/ })
})

test('what comes behind a request that is under way costs it nothing', async (t) => {
  const { emulator, token, call } = await start(t)
  const body = '{"cloudProvider":"AWS","regionName":"US_EAST_1"}'
  const create = head(
    'POST',
    `${path}?pretty`,
    ...asAccount(token),
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  )
  const both = await exchange(await emulator.listen(), `${create}${body}garbage\r\n\r\n`)
  t.equal(both.statusLine, 'HTTP/1.1 201 Created')
  t.match(both.body, /\}HTTP\/1\.1 400 Bad Request\r\n.*\r\n\r\n\{"detail":"Malformed request\."/s)
  t.equal((await call('GET', path)).json().totalCount, 1)
})

test('however many headers there are, each counts', async (t) => {
  const { emulator, token } = await start(t)
  const many = Array.from({ length: 1500 }, (_, i) => `a${i}:`)
  const answer = await exchange(
    await emulator.listen(),
    head('GET', path, ...many, 'Connection: close', ...asAccount(token)),
  )
  t.equal(answer.statusLine, 'HTTP/1.1 200 OK')
})

test('a header or a URL over 16 KiB is too large', async (t) => {
  const { emulator } = await start(t)
  const url = await emulator.listen()
  const large = [
    head('GET', path, 'Host: x', `X: ${'x'.repeat(17_000)}`),
    head('GET', `/${'x'.repeat(17_000)}`, 'Host: x'),
  ]
  for (const text of large) {
    const answer = await exchange(url, text)
    t.equal(answer.statusLine, 'HTTP/1.1 431 Request Header Fields Too Large')
    t.same(error(answer), {
      detail: 'Request Header Fields Too Large.',
      error: 431,
      errorCode: 'HEADERS_TOO_LARGE',
      parameters: [],
      reason: 'Request Header Fields Too Large',
    })
    t.equal(answer.headers.connection, 'close')
  }
})

test('headers or a body that come too slowly time out', async (t) => {
  const limits = { headersTimeout: 20, requestTimeout: 40, connectionsCheckingInterval: 10 }
  const { emulator, token } = await start(t, [], { limits })
  const url = await emulator.listen()
  const slow = [
    `GET ${path} HTTP/1.1\r\nHost: x\r\n`,
    `${head('POST', path, 'Host: x', 'Accept: application/vnd.atlas.2025-03-12+json', `Authorization: Bearer ${token}`, 'Content-Type: application/json', 'Content-Length: 10')}{`,
  ]
  for (const text of slow) {
    const answer = await exchange(url, text)
    t.equal(answer.statusLine, 'HTTP/1.1 408 Request Timeout')
    t.equal(error(answer).errorCode, 'REQUEST_TIMEOUT')
    t.equal(error(answer).detail, 'Request Timeout.')
    t.equal(answer.headers.connection, 'close')
    // A request whose body did not come in time has met the bucket.
    t.equal(answer.headers['ratelimit-remaining'], text.startsWith('POST') ? '1199' : undefined)
  }
})

test('an expectation other than 100-continue fails', async (t) => {
  const { emulator } = await start(t)
  const url = await emulator.listen()
  const answer = await exchange(url, head('POST', `${path}?envelope`, 'Host: x', 'Expect: tea', 'Content-Length: 2'))
  t.equal(answer.statusLine, 'HTTP/1.1 417 Expectation Failed')
  t.match(answer.body, /^\{"content":\{"detail":"Expectation Failed\.","error":417,"errorCode":"EXPECTATION_FAILED"/)
  t.equal(answer.headers.connection, 'close')
})

test('a client that expects 100-continue is told to go on; with another expectation beside it, it is not', async (t) => {
  const { emulator, token } = await start(t)
  const url = await emulator.listen()
  const headers = [...asAccount(token), 'Connection: close', 'Content-Type: application/json', 'Content-Length: 2']
  const continued = await exchange(url, `${head('POST', path, ...headers, 'Expect: 100-Continue')}{}`)
  t.equal(continued.statusLine, 'HTTP/1.1 100 Continue')
  t.match(continued.body, /^HTTP\/1\.1 400 Bad Request\r\n.*MISSING_ATTRIBUTES/s)
  const refused = await exchange(url, `${head('POST', path, ...headers, 'Expect: 100-continue, tea')}{}`)
  t.equal(refused.statusLine, 'HTTP/1.1 417 Expectation Failed')
})

test('an HTTP/1.0 request need not name a host; its links are on the address it came in at', async (t) => {
  const { emulator, token } = await start(t)
  const url = await emulator.listen()
  const headers = `Accept: application/vnd.atlas.2025-03-12+json\r\nAuthorization: Bearer ${token}\r\n`
  const answer = await exchange(url, `GET ${path} HTTP/1.0\r\n${headers}\r\n`)
  t.equal(answer.statusLine, 'HTTP/1.1 200 OK')
  t.equal(JSON.parse(answer.body).links[0].href, `${url}${path}?pageNum=1&itemsPerPage=100`)
})

test('a target may be absolute', async (t) => {
  const { emulator, token } = await start(t)
  const url = await emulator.listen()
  const headers = ['Host: x', 'Connection: close', `Authorization: Bearer ${token}`]
  const answer = await exchange(
    url,
    head('GET', `http://x${path}`, ...headers, 'Accept: application/vnd.atlas.2025-03-12+json'),
  )
  t.equal(answer.statusLine, 'HTTP/1.1 200 OK')
  t.equal(JSON.parse(answer.body).links[0].href, `http://x${path}?pageNum=1&itemsPerPage=100`)
  const missing = await exchange(url, head('GET', 'http://x/nope?y', ...headers))
  t.same(error(missing).parameters, ['/nope'])
  const foreign = await exchange(url, head('GET', `ftp://x${path}`, ...headers))
  t.same(error(foreign).parameters, [`ftp://x${path}`])
})

test('a connection outlives errors that leave nothing unread', async (t) => {
  const { emulator, token } = await start(t)
  const socket = await open(await emulator.listen())
  const headers = asAccount(token)
  const statuses: string[] = []
  const requests = [
    head('GET', '/nope', 'Host: x'),
    head('GET', path, 'Host: x'),
    `${head('POST', path, ...headers, 'Content-Type: text/plain', 'Content-Length: 3')}abc`,
    `${head('POST', path, ...headers, 'Content-Type: application/json', 'Content-Length: 3')}abc`,
    `${head('POST', path, ...headers, 'Content-Type: application/json', 'Content-Length: 2')}{}`,
    head('GET', path, ...headers),
  ]
  for (const request of requests) {
    socket.write(request)
    const [chunk] = await once(socket, 'data')
    const answer = parseAnswer(String(chunk))
    t.equal(answer.headers.connection, 'keep-alive')
    statuses.push(answer.statusLine.split(' ')[1] as string)
  }
  socket.destroy()
  t.same(statuses, ['404', '401', '415', '400', '400', '200'])
})

test('a body that is too large is refused, whether it tells its length or not', async (t) => {
  const { emulator, token } = await start(t)
  const url = await emulator.listen()
  const headers = [...asAccount(token), 'Content-Type: application/json']
  const tooMuch = 'x'.repeat(1024 * 1024 + 1)
  const announced = await exchange(url, head('POST', path, ...headers, `Content-Length: ${tooMuch.length}`))
  t.equal(announced.statusLine, 'HTTP/1.1 413 Payload Too Large')
  t.equal(announced.headers.connection, 'close')
  const size = tooMuch.length.toString(16)
  const chunked = await exchange(
    url,
    `${head('POST', path, ...headers, 'Transfer-Encoding: chunked')}${size}\r\n${tooMuch}\r\n`,
  )
  t.equal(chunked.statusLine, 'HTTP/1.1 413 Payload Too Large')
  t.same(error(chunked).parameters, [1048576])
})

test('a body in chunks may be none; only one that is needs a type', async (t) => {
  const { emulator, token } = await start(t)
  const url = await emulator.listen()
  const chunked = head('POST', path, ...asAccount(token), 'Connection: close', 'Transfer-Encoding: chunked')
  t.equal(error(await exchange(url, `${chunked}0\r\n\r\n`)).errorCode, 'INVALID_JSON')
  t.equal(error(await exchange(url, `${chunked}2\r\n{}\r\n0\r\n\r\n`)).errorCode, 'UNSUPPORTED_MEDIA_TYPE')
})

test('a tunnel that is reset does no harm', async (t) => {
  const { emulator } = await start(t)
  const url = await emulator.listen()
  const socket = await open(url)
  const connecting = once(emulator.app.server, 'connect')
  socket.write(head('CONNECT', 'x:1', 'Host: x'))
  const [, tunnel] = await connecting
  await once(socket, 'data')
  const closed = new Promise((resolve) => tunnel.on('close', resolve))
  socket.resetAndDestroy()
  await closed
  t.match(await exchange(url, head('GET', '/nope', 'Host: x', 'Connection: close')), { statusLine: /404/ })
})

test('a client that keeps its side open after a malformed request is cut off', async (t) => {
  const { emulator } = await start(t)
  const connecting = once(emulator.app.server, 'connection')
  const socket = connect({
    port: Number(new URL(await emulator.listen()).port),
    host: '127.0.0.1',
    allowHalfOpen: true,
  })
  const [served] = await connecting
  const closed = new Promise((resolve) => served.on('close', resolve))
  socket.write('garbage\r\n\r\n')
  t.match(await rest(socket), /^HTTP\/1\.1 400 /)
  await closed
  socket.destroy()
})

test('a client that goes away while sending does no harm', async (t) => {
  const { emulator, token } = await start(t)
  const url = await emulator.listen()
  const socket = await open(url)
  const headers = asAccount(token)
  socket.write(`${head('POST', path, ...headers, 'Content-Type: application/json', 'Content-Length: 9')}{`)
  const [request] = await once(emulator.app.server, 'request')
  socket.resetAndDestroy()
  await new Promise((resolve) => request.on('close', resolve))
  const next = await open(url)
  next.end(head('GET', '/nope', 'Host: x', 'Connection: close'))
  t.match(await rest(next), /^HTTP\/1\.1 404 /)
})
