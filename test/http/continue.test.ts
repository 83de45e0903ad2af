import { once } from 'node:events'
import { test } from 'tap'
import { accept, account, basic, path, start } from '../support/emulator.js'
import { exchange, open, parseAnswer, rest } from '../support/socket.js'

const head = (method: string, url: string, ...headers: string[]) =>
  `${[`${method} ${url} HTTP/1.1`, 'Host: localhost', ...headers].join('\r\n')}\r\n\r\n`

const json = 'Content-Type: application/json'
const expect = 'Expect: 100-continue'

/** The status lines of all answers in `text`. */
function statuses(text: string): string[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status as string)
}

test('A client that expects a 100 Continue gets it before it sends the body', async (t) => {
  const { emulator, token } = await start(t)
  const url = await emulator.listen()
  const body = '{"cloudProvider":"AWS","regionName":"US_EAST_1"}'
  const asked = [`Authorization: Bearer ${token}`, `Accept: ${accept}`, json, `Content-Length: ${body.length}`]
  const socket = await open(url)
  socket.write(head('POST', path, ...asked, 'Expect: 100-Continue'))
  const [interim] = await once(socket, 'data')
  t.equal(String(interim), 'HTTP/1.1 100 Continue\r\n\r\n')
  socket.write(body)
  const [final] = await once(socket, 'data')
  t.match(parseAnswer(String(final)), { statusLine: 'HTTP/1.1 201 Created', headers: { connection: 'keep-alive' } })
  socket.end(head('GET', '/nope'))
  t.same(statuses(await rest(socket)), ['404'], 'the connection is of use for the next request')
})

test('A client of the other APIs gets its 100 Continue too', async (t) => {
  const { emulator } = await start(t)
  const url = await emulator.listen()
  const bodies: [string, string, string][] = [
    ['/_emulator/clock', json, '{"advance":"1s"}'],
    ['/api/oauth/token', 'Content-Type: application/x-www-form-urlencoded', 'grant_type=x'],
  ]
  for (const [target, type, body] of bodies) {
    const socket = await open(url)
    socket.write(head('POST', target, type, `Content-Length: ${body.length}`, 'Connection: close', expect))
    const [interim] = await once(socket, 'data')
    t.equal(String(interim), 'HTTP/1.1 100 Continue\r\n\r\n')
    socket.end(body)
    t.match(await rest(socket), /^HTTP\/1\.1 (?:200|401) /)
  }
})

test('A client that does not wait for its 100 Continue is answered as well', async (t) => {
  const { emulator, token } = await start(t)
  const asked = [`Authorization: Bearer ${token}`, `Accept: ${accept}`, json, 'Content-Length: 2', 'Connection: close']
  const text = `${head('POST', path, ...asked, expect)}{}`
  const answer = await exchange(await emulator.listen(), text)
  t.equal(answer.statusLine, 'HTTP/1.1 100 Continue')
  t.match(answer.body, /^HTTP\/1\.1 400 Bad Request\r\n.*MISSING_ATTRIBUTES/s)
})

test('Where the headers decide the answer, it comes without a 100 Continue, and is the last', async (t) => {
  const { emulator, token, call, command } = await start(t)
  const url = await emulator.listen()
  await command('POST', '/responses', { method: 'POST', path: '/tea', status: 201 })
  const bearer = `Authorization: Bearer ${token}`
  const asked = [bearer, `Accept: ${accept}`]
  const length = 'Content-Length: 48'
  const chunked = 'Transfer-Encoding: chunked'
  const form = 'Content-Type: application/x-www-form-urlencoded'
  const basicOf = (secret: string) => `Authorization: ${basic({ ...account, secret })}`
  const decided: [status: string, method: string, target: string, ...headers: string[]][] = [
    ['401', 'POST', path, `Accept: ${accept}`, json, length],
    ['404', 'POST', '/nope', ...asked, json, length],
    ['404', 'POST', '/api/atlas/v2/groups/%zz', ...asked, json, length],
    ['405', 'PUT', path, ...asked, json, length],
    ['406', 'POST', path, bearer, 'Accept: text/html', json, length],
    ['415', 'POST', path, ...asked, 'Content-Type: text/plain', length],
    ['413', 'POST', path, ...asked, json, 'Content-Length: 1048577'],
    ['400', 'POST', '/api/oauth/token', json, 'Content-Length: 65537'],
    ['404', 'POST', '/_emulator/nope', json, length],
    ['415', 'POST', '/_emulator/clock', 'Content-Type: text/plain', length],
    ['413', 'POST', '/_emulator/clock', json, 'Content-Length: 1073741825'],
    ['415', 'POST', path, ...asked, chunked],
    ['200', 'GET', path, ...asked, length],
    ['400', 'POST', '/api/oauth/token', json, length],
    ['400', 'POST', '/api/oauth/revoke', 'Content-Type: text/plain', basicOf(account.secret), chunked],
    ['401', 'POST', '/api/oauth/token', form, basicOf('wrong'), length],
    ['401', 'POST', '/api/oauth/revoke', form, basicOf('wrong'), chunked],
    ['400', 'POST', '/_emulator/clock?nope=1', json, length],
    ['400', 'POST', '/_emulator/reset?project=1', json, length],
    ['400', 'POST', '/_emulator/tenants?a=1&a=2', json, chunked],
    ['400', 'PUT', '/_emulator/snapshots/..%2f', json, length],
    ['404', 'POST', `/_emulator/reset?project=${'a'.repeat(24)}`, json, length],
    ['400', 'POST', path, ...asked, json, length, 'X-Emulator-Fault: NO_CAPACTY'],
    ['400', 'POST', '/api/atlas/v2/groups', ...asked, json, chunked, 'X-Emulator-Fault: delay'],
    ['400', 'POST', '/api/oauth/token', form, basicOf(account.secret), length, 'X-Emulator-Fault: NO_CAPACITY=1'],
    ['400', 'POST', '/api/atlas/v2/tea', ...asked, json, length, 'X-Emulator-Fault: close=x'],
    ['400', 'DELETE', '/_emulator/faults', json, length],
    ['415', 'POST', '/_emulator/clock', form, chunked],
    ['415', 'POST', '/_emulator/reset', chunked],
    ['403', 'POST', '/_emulator/reset', json, length, 'Origin: http://evil.test'],
    ['417', 'POST', path, ...asked, json, 'Content-Length: 48', 'Expect: tea'],
  ]
  const create = [...asked, json, 'Content-Length: 48']
  const check = async ([status, method, target, ...headers]: (typeof decided)[number]) => {
    const waiting = await open(url)
    waiting.write(head(method, target, ...headers, expect))
    const text = await rest(waiting)
    t.same(statuses(text), [status], `${method} ${target} ${status}`)
    t.equal(parseAnswer(text).headers.connection, 'close')
    const sending = await open(url)
    const body = '{"cloudProvider":"AWS","regionName":"US_EAST_1"}'
    const chunks = headers.includes(chunked) ? '2\r\n{}\r\n0\r\n\r\n' : ''
    sending.write(head(method, target, ...headers, expect) + chunks + head('POST', path, ...create) + body)
    t.same(statuses(await rest(sending)), [status], 'what comes behind is taken for no request')
  }
  await Promise.all(decided.map(check))
  t.equal((await call('GET', path)).json().totalCount, 0)
})

test('An answer without a body that leaves the body of its request unread is the last as well', async (t) => {
  const { emulator, token, create } = await start(t)
  const { id } = await create()
  const socket = await open(await emulator.listen())
  const asked = [`Authorization: Bearer ${token}`, `Accept: ${accept}`, 'Content-Length: 2']
  socket.write(head('DELETE', `${path}/${id}`, ...asked, expect))
  const [answer] = await once(socket, 'data')
  t.match(parseAnswer(String(answer)), { statusLine: 'HTTP/1.1 204 No Content', headers: { connection: 'close' } })
  socket.write('{}')
  t.equal(await rest(socket), '')
})

test('A 100 Continue does not end up inside of another answer', async (t) => {
  const { emulator, token } = await start(t)
  const body = '{"cloudProvider":"AWS","regionName":"EU_WEST_1"}'
  const asked = [`Authorization: Bearer ${token}`, `Accept: ${accept}`, json]
  const first = head('POST', path, ...asked, `Content-Length: ${body.length}`) + body
  const second = `${head('POST', path, ...asked, 'Content-Length: 2', 'Connection: close', expect)}{}`
  const socket = await open(await emulator.listen())
  socket.write(first + second)
  const text = await rest(socket)
  // The 100 may come between the two answers, or not at all, since the body has come without it.
  t.same(
    statuses(text).filter((status) => status !== '100'),
    ['201', '400'],
  )
  const created = parseAnswer(text)
  t.match(created.body.slice(Number(created.headers['content-length'])), /^HTTP\/1\.1 (?:100|400) /)
  const { headers, body: last } = parseAnswer(text.slice(text.indexOf('HTTP/1.1 400')))
  t.equal(last.length, Number(headers['content-length']))
})

test('An id of the control API that nothing has is told before the body is asked for, on every route', async (t) => {
  const { emulator, command } = await start(t)
  const url = await emulator.listen()
  const { operations } = (await command('GET', '/')).json() as { operations: string[] }
  const takers = operations.filter((operation) => /^(?:PATCH|POST|PUT) .*:/.test(operation))
  // What makes the thing that its path names needs none.
  const named = takers.filter((operation) => operation !== 'PUT /_emulator/snapshots/:name')
  t.ok(named.length === takers.length - 1 && named.length > 3)
  for (const operation of named) {
    const [method = '', route = ''] = operation.split(' ')
    for (const id of ['a'.repeat(24), '7'.repeat(15)]) {
      const target = route.replace(/:[a-z]+/i, id)
      for (const framing of ['Content-Length: 48', 'Transfer-Encoding: chunked']) {
        const socket = await open(url)
        socket.write(head(method, target, json, framing, expect))
        const text = await rest(socket)
        const isOther = statuses(text)[0] === '400' && /"parameter":"id"/.test(text)
        if (!isOther) t.same(statuses(text), ['404'], `${method} ${target}`)
        t.equal(parseAnswer(text).headers.connection, 'close')
      }
    }
  }
})

test('What is gone once the body has come is told as what never was', async (t) => {
  const { emulator, command, create, call } = await start(t)
  const url = await emulator.listen()
  const { id } = await create()
  const { id: tenant } = (await command('POST', '/tenants')).json()
  await call('GET', path)
  const [request] = (await command('GET', '/requests?method=GET')).json().requests as { id: number }[]
  await command('PUT', '/snapshots/kept')
  const asked: [method: string, target: string, body: string][] = [
    ['PATCH', `/privateEndpoints/${id}`, '{"status":"ACTIVE"}'],
    ['POST', `/tenants/${tenant}/reset`, '{}'],
    ['POST', `/requests/${request?.id}/replay`, '{}'],
    ['POST', '/snapshots/kept/restore', '{}'],
  ]
  const sockets = []
  for (const [method, target, body] of asked) {
    const socket = await open(url)
    socket.write(
      head(method, `/_emulator${target}`, json, `Content-Length: ${body.length}`, 'Connection: close', expect),
    )
    const [interim] = await once(socket, 'data')
    t.equal(String(interim), 'HTTP/1.1 100 Continue\r\n\r\n', target)
    sockets.push({ socket, target, body })
  }
  await command('DELETE', `/tenants/${tenant}`)
  await command('DELETE', '/snapshots/kept')
  await command('POST', '/reset')
  for (const { socket, target, body } of sockets) {
    socket.end(body)
    t.match(await rest(socket), /^HTTP\/1\.1 404 /, target)
  }
})

test('Whoever answers before the body has come, it can still be sent', async (t) => {
  const { emulator } = await start(t)
  const { emulator: uncontrolled } = await start(t, ['--control', 'off'])
  const [url, other] = [await emulator.listen(), await uncontrolled.listen()]
  const asked: [status: string, url: string, target: string, accept: string][] = [
    ['302', url, '/', 'text/html'],
    ['404', url, '/', '*/*'],
    ['404', url, '/nope', '*/*'],
    ['404', url, '/_emulator/nope', '*/*'],
    ['404', other, '/', '*/*'],
    ['404', other, '/_emulator/clock', '*/*'],
  ]
  for (const [status, to, target, accepted] of asked) {
    const socket = await open(to)
    socket.write(head('GET', target, `Accept: ${accepted}`, 'Content-Length: 100000', expect))
    const [answer] = await once(socket, 'data')
    t.same(statuses(String(answer)), [status], `${target} as ${accepted}`)
    const closed = once(socket, 'close')
    for (let piece = 0; piece < 10; piece += 1) {
      socket.write('x'.repeat(10_000))
      await new Promise(setImmediate)
    }
    t.strictSame(await closed, [false], 'without an error')
  }
})
