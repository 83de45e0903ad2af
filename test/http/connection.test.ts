import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'tap'
import { accept, memoryLogger, path, start } from '../support/emulator.js'
import { type Answer, exchange, open, parseAnswer, rest } from '../support/socket.js'

const head = (method: string, url: string, ...headers: string[]) =>
  `${[`${method} ${url} HTTP/1.1`, ...headers].join('\r\n')}\r\n\r\n`

/** The headers that let a request in. */
const asAccount = (token: string) => ['Host: x', `Authorization: Bearer ${token}`, `Accept: ${accept}`]

function error(answer: Answer): { errorCode: string; detail: string; error: number; parameters: unknown[] } {
  return JSON.parse(answer.body)
}

test('what is not HTTP, names no host or is badly framed is a malformed request [connection-malformed]', async (t) => {
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
    `GET ${path}\r\nHost: x\r\n\r\n`,
    `GET ${path} HTTP/0.9\r\nHost: x\r\n\r\n`,
    `GET ${path} HTTP/2.0\r\nHost: x\r\n\r\n`,
    head('GET', path, 'Host: [::x]:80'),
    head('GET', path, 'Host: [:::::]'),
    head('GET', path, 'Host: [1.2.3.4]'),
    head('GET', path, 'Host: [::1%25eth0]'),
    head('GET', path, 'Host: [v1.x]'),
    head('GET', path, 'Host: []'),
    head('GET', `http://user@x${path}`, 'Host: x'),
    head('GET', `http://user:secret@x:80${path}`, 'Host: x'),
    head('GET', `HTTPS://[:::::]${path}`, 'Host: x'),
    head('GET', `http://${path}`, 'Host: x'),
    head('GET', 'http://user@x/%zz', 'Host: x'),
    `POST ${path} HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `POST ${path} HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n`,
    head('GET', path, 'Host: x:80,y'),
    head('POST', path, 'Host: x', 'Transfer-Encoding: gzip, chunked'),
    head('POST', path, 'Expect: tea'),
    head('POST', path, 'Expect: 100-continue'),
    head('GET', '/%'),
    head('PUT', '/api/atlas/v2/groups/%zz'),
    head('PROPFIND', '/api/atlas/v2/groups/%zz'),
    head('GET', '/%#', 'Host: x'),

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

test('a header or a URL over 16 KiB is too large [connection-errors]', async (t) => {
  const { emulator } = await start(t)
  const url = await emulator.listen()
  const large = [
    head('GET', path, 'Host: x', `X: ${'x'.repeat(17_000)}`),
    head('GET', `/${'x'.repeat(17_000)}`, 'Host: x'),
    head('GET', path, 'Host: x', 'Connection: close', `X: ${'x'.repeat(16_384)}`),
  ]
  for (const filling of [`X: ${'x'.repeat(16_000)}`, `X: ${'x'.repeat(8000)}\r\nY: ${'x'.repeat(8000)}`]) {
    const answer = await exchange(url, head('GET', path, 'Host: x', 'Connection: close', filling))
    t.equal(answer.statusLine, 'HTTP/1.1 401 Unauthorized', 'not over 16 KiB')
  }
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

test('headers or a body that come too slowly time out [connection-errors]', async (t) => {
  const { emulator, token } = await start(t, ['--header-timeout', '300ms', '--request-timeout', '500ms'])
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

test('an expectation other than 100-continue fails [connection-errors]', async (t) => {
  const { emulator } = await start(t)
  const url = await emulator.listen()
  const answer = await exchange(url, head('POST', `${path}?envelope`, 'Host: x', 'Expect: tea', 'Content-Length: 2'))
  t.equal(answer.statusLine, 'HTTP/1.1 417 Expectation Failed')
  t.match(answer.body, /^\{"content":\{"detail":"Expectation Failed\.","error":417,"errorCode":"EXPECTATION_FAILED"/)
  t.equal(answer.headers.connection, 'close')
})

test('an HTTP/1.0 request need not name a host; its links are on the address it came in at', async (t) => {
  const { emulator, token } = await start(t)
  const url = await emulator.listen()
  const headers = `Accept: application/vnd.atlas.2025-03-12+json\r\nAuthorization: Bearer ${token}\r\n`
  const answer = await exchange(url, `GET ${path} HTTP/1.0\r\n${headers}\r\n`)
  t.equal(answer.statusLine, 'HTTP/1.1 200 OK')
  t.equal(JSON.parse(answer.body).links[0].href, `${url}${path}?pageNum=1&itemsPerPage=100`)
})

test('a host may be an IPv6 address in brackets, with or without a port', async (t) => {
  const { emulator, token } = await start(t)
  const url = await emulator.listen()
  for (const host of ['[::1]', '[::1]:8080', '[2001:DB8::ffff:192.0.2.1]', '[::]:']) {
    const headers = [`Host: ${host}`, ...asAccount(token).slice(1), 'Connection: close']
    const answer = await exchange(url, head('GET', path, ...headers))
    t.equal(JSON.parse(answer.body).links?.[0].href, `http://${host}${path}?pageNum=1&itemsPerPage=100`)
    t.match(await exchange(url, head('GET', `http://${host}${path}`, ...headers)), { statusLine: /200/ })
  }
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
  const other = await exchange(
    url,
    head('GET', `https://y:1${path}`, ...headers, 'Accept: application/vnd.atlas.2025-03-12+json'),
  )
  t.equal(JSON.parse(other.body).links[0].href, `https://y:1${path}?pageNum=1&itemsPerPage=100`, 'it wins over Host')
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

/** The status lines of all answers in `text`. */
function statuses(text: string): string[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status as string)
}

/** A create, as bytes. */
function create(token: string, regionName: string): string {
  const body = JSON.stringify({ cloudProvider: 'AWS', regionName })
  return `${head('POST', path, ...asAccount(token), 'Content-Type: application/json', `Content-Length: ${body.length}`)}${body}`
}

/** Sends the parts, each once the server has had the one before, and reads until the connection ends. */
async function inParts(url: string, ...parts: string[]): Promise<string> {
  const socket = await open(url)
  socket.setNoDelay(true)
  for (const part of parts) {
    socket.write(part, 'latin1')
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  }
  return rest(socket)
}

test('what is wrong behind a request that is under way is answered in its turn', async (t) => {
  const { emulator, token, call } = await start(t)
  const url = await emulator.listen()
  const chunked = head(
    'POST',
    path,
    ...asAccount(token),
    'Content-Type: application/json',
    'Transfer-Encoding: chunked',
  )
  const faults = [`${chunked}zz\r\n`, head('CONNECT', 'x:1', 'Host: x'), 'garbage\r\n\r\n']
  for (const [i, fault] of faults.entries()) {
    const region = ['EU_WEST_1', 'EU_WEST_2', 'EU_WEST_3'][i] as string
    t.same(statuses(await inParts(url, create(token, region) + fault)), ['201', '400'], JSON.stringify(fault))
  }
  const slow = head('GET', '/api/atlas/v2/groups', ...asAccount(token), 'X-Emulator-Fault: delay=50ms')
  for (const fault of faults) t.same(statuses(await inParts(url, slow, fault)), ['200', '400'], JSON.stringify(fault))
  t.equal((await call('GET', path)).json().totalCount, 3)
})

test('a request that has its answer gets no second one for what is wrong with its body', async (t) => {
  const { emulator, token } = await start(t)
  const url = await emulator.listen()
  const chunked = 'Transfer-Encoding: chunked'
  t.same(statuses(await inParts(url, `${head('POST', '/nope', 'Host: x', chunked)}zz\r\n`)), ['404'])
  t.same(statuses(await inParts(url, head('POST', '/nope', 'Host: x', chunked), 'HEAD /x?pretty HTTP/1.1\r\n')), [
    '404',
  ])
  const socket = await open(url)
  socket.write(head('GET', '/api/atlas/v2/groups', ...asAccount(token), chunked))
  const [answer] = await once(socket, 'data')
  t.same(statuses(String(answer)), ['200'])
  socket.write('zz\r\n')
  t.equal(await rest(socket), '')
  const unread = await inParts(
    url,
    `${head('HEAD', path, ...asAccount(token), 'X-Emulator-Fault: delay=50ms', chunked)}zz\r\n`,
  )
  t.match(unread, /^HTTP\/1\.1 400 .*\r\n\r\n$/s, 'a HEAD gets no body')
  t.same(statuses(await inParts(url, `${head('GET', path, 'Host: x', 'Expect: x')}GARBAGE\r\n\r\n`)), ['417'])
})

test('a body that breaks off has its request answered, and nothing after it', async (t) => {
  const { emulator, token } = await start(t)
  const socket = await open(await emulator.listen())
  socket.end(`${head('POST', path, ...asAccount(token), 'Content-Type: application/json', 'Content-Length: 9')}{`)
  t.same(statuses(await rest(socket)), ['400'])
})

test('a client that has ended its side gets its answers, late ones too', async (t) => {
  const { emulator, token } = await start(t)
  const url = await emulator.listen()
  const list = head('GET', '/api/atlas/v2/groups', ...asAccount(token))
  const slow = head('GET', '/api/atlas/v2/groups', ...asAccount(token), 'X-Emulator-Fault: delay=30ms')
  for (const request of [list, slow, list + slow, create(token, 'EU_WEST_1')]) {
    const socket = await open(url)
    socket.end(request)
    t.same(new Set(statuses(await rest(socket))), new Set([request.startsWith('POST') ? '201' : '200']))
  }
})

test('of a request that would speak another protocol nothing is left to be taken for a request', async (t) => {
  const { emulator, token } = await start(t)
  const url = await emulator.listen()
  const upgrade = head('GET', '/api/atlas/v2/groups', ...asAccount(token), 'Connection: Upgrade', 'Upgrade: h2c')
  const answer = await exchange(url, upgrade)
  t.match(answer, { statusLine: 'HTTP/1.1 200 OK', headers: { connection: 'close' } })
  t.same(statuses(await inParts(url, upgrade + head('GET', '/nope', 'Host: x'))), ['200'])
  const broken = head('POST', path, ...asAccount(token), 'Upgrade: h2c', 'Transfer-Encoding: chunked')
  t.same(statuses(await inParts(url, broken, 'zz\r\n')), ['400'])
  for (const text of [broken, broken.replace('Upgrade:', 'Connection: Upgrade\r\nUpgrade:')]) {
    const socket = await open(url)
    socket.end(text)
    t.same(statuses(await rest(socket)), ['400'])
  }
  const half = 'GET /first HTTP/1.1\r\nHost: x\r\nX: '
  t.same(statuses(await inParts(url, upgrade + half, head('GET', '/smuggled', 'Host: x'))), ['200'])
})

test('what comes behind a last answer is not looked at', async (t) => {
  const { emulator, token, call } = await start(t)
  const url = await emulator.listen()
  t.same(statuses(await inParts(url, head('GET', '/nope') + create(token, 'EU_WEST_1'))), ['400'])
  const broken = head('GET', '/api/atlas/v2/groups', ...asAccount(token), 'X-Emulator-Fault: delay=30ms')
  const socket = await open(url)
  socket.write(broken + create(token, 'EU_WEST_1') + create(token, 'EU_WEST_1'))
  const gone = once(emulator.app.server, 'request')
  await gone
  socket.resetAndDestroy()
  t.ok((await call('GET', path)).json().totalCount <= 1)
  t.equal(emulator.app.underWay.size <= 3, true)
})

test('a large upload that is refused gets its answer all the same', async (t) => {
  const { emulator, token } = await start(t)
  const url = await emulator.listen()
  const megabytes = 'x'.repeat(20 * 1024 * 1024)
  const refused: [string, string[]][] = [
    ['413', [...asAccount(token), 'Content-Type: application/json']],
    ['417', [...asAccount(token), 'Expect: tea']],
    ['400', ['X: y']],
  ]
  for (const [status, headers] of refused) {
    const request = head('POST', path, ...headers, `Content-Length: ${megabytes.length}`)
    t.same(statuses(await inParts(url, request + megabytes)), [status])
  }
})

test('more connections than allowed are closed as they come, and the log says so once', async (t) => {
  const { logger, lines } = memoryLogger()
  const { emulator } = await start(t, ['--max-connections', '2'], { logger })
  const url = await emulator.listen()
  const kept = [await open(url), await open(url)]
  for (const socket of [await open(url), await open(url)]) t.equal(await rest(socket).catch(() => ''), '')
  t.equal(lines.filter((line) => line.includes('--max-connections')).length, 1)
  const ended = new Promise((resolve) => kept[0]?.once('close', resolve))
  kept[0]?.destroy()
  await ended
  t.match(await untilAnswered(url), /^HTTP\/1\.1 404 /, 'there is room again')
  kept[1]?.destroy()
})

/** Asks until the server has noticed that a connection is gone. */
async function untilAnswered(url: string): Promise<string> {
  for (;;) {
    const socket = await open(url)
    socket.write(head('GET', '/nope', 'Host: x', 'Connection: close'))
    const text = await rest(socket).catch(() => '')
    if (text !== '') return text
  }
}

test('whatever a trusted proxy says of host and scheme, links are links', async (t) => {
  const { call } = await start(t, ['--trust-proxy'])
  const headers = { host: 'x', 'x-forwarded-host': 'a b"c', 'x-forwarded-proto': 'javascript' }
  t.match((await call('GET', path, { headers })).json().links[0].href, /^http:\/\/x\//)
})

test('what the parser refuses of the control API is told as the control API tells it', async (t) => {
  const { emulator } = await start(t)
  const url = await emulator.listen()
  const refused: [number, string][] = [
    [400, head('GET', '/_emulator/health', 'Host: localhost', 'no colon')],
    [431, head('GET', '/_emulator/health', 'Host: localhost', `X: ${'x'.repeat(17_000)}`)],
    [417, head('GET', '/_emulator/health', 'Host: localhost', 'Expect: tea')],
    [
      400,
      `${head('POST', '/_emulator/clock', 'Host: localhost', 'Content-Type: application/json', 'Transfer-Encoding: chunked')}zz\r\n`,
    ],
    [400, head('GET', '/_emulator/%zz')],
  ]
  for (const [status, text] of refused) {
    const answer = await exchange(url, text)
    t.equal(answer.headers['content-type'], 'application/problem+json', text)
    t.equal(JSON.parse(answer.body).status, status)
    t.match(answer.statusLine, String(status))
  }
})

test('a connection that is reset while its last answer lingers does no harm', async (t) => {
  const { logger, lines } = memoryLogger()
  const { emulator, token } = await start(t, [], { logger })
  const url = await emulator.listen()
  const headers = [...asAccount(token), 'Content-Type: application/json']
  const requests = [
    `${head('POST', path, ...headers, 'Transfer-Encoding: chunked')}zz\r\n`,
    head('POST', path, ...headers, 'Content-Length: 2000000'),
    `${head('POST', path, ...headers, 'Expect: tea', 'Content-Length: 10')}{`,
  ]
  for (const request of requests) {
    const socket = await open(url)
    const accepted = once(emulator.app.server, 'request')
    socket.write(request)
    const [{ socket: served }] = await accepted
    const gone = new Promise((resolve) => served.once('close', resolve))
    const [chunk] = await once(socket, 'data')
    t.match(String(chunk), /^HTTP\/1\.1 4/)
    socket.resetAndDestroy()
    await gone
  }
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(emulator.app.underWay.size, 0)
  t.notOk(
    lines.some((line) => /already sent|ERR_/.test(line)),
    lines.join('\n'),
  )
})

test('a connection that is not used for a while is closed', async (t) => {
  const { emulator } = await start(t, ['--keep-alive', '1ms'])
  const socket = await open(await emulator.listen())
  socket.write(head('GET', '/nope', 'Host: x'))
  t.match(await rest(socket), /^HTTP\/1\.1 404 [\s\S]*connection: keep-alive/i)
})
