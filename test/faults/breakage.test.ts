import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type Test, test } from 'tap'
import { regions } from '../../src/values/vocabulary.js'
import { accept, path, start, type TestBench } from '../support/emulator.js'
import { open, parseAnswer, rest } from '../support/socket.js'

const json = '{"cloudProvider":"AWS","regionName":"US_EAST_1"}'

/** An emulator that listens, and a connection to it. */
async function connected(t: Test) {
  const bench = await start(t)
  const url = await bench.emulator.listen()
  const ask = async (fault: string, { method = 'GET', target = path, body = '' } = {}) => {
    const socket = await open(url)
    socket.write(head(bench, method, target, fault, body))
    return socket
  }
  return { ...bench, url, ask }
}

function head({ token }: TestBench, method: string, target: string, fault: string, body: string): string {
  return [
    `${method} ${target} HTTP/1.1`,
    'Host: x',
    `Authorization: Bearer ${token}`,
    'Accept: application/vnd.atlas.2025-03-12+json',
    ...(fault ? [`X-Emulator-Fault: ${fault}`] : []),
    ...(body ? ['Content-Type: application/json', `Content-Length: ${body.length}`] : []),
    `\r\n${body}`,
  ].join('\r\n')
}

const failure = (socket: Socket) =>
  rest(socket).then(
    (text) => `ended with ${JSON.stringify(text)}`,
    ({ code }) => code,
  )

test('reset: the connection is reset, and nothing is done', async (t) => {
  const { ask, call } = await connected(t)
  t.equal(await failure(await ask('reset', { method: 'POST', body: json })), 'ECONNRESET')
  t.equal((await call('GET', path)).json().totalCount, 0)
})

test('drop: the connection is reset once the work is done', async (t) => {
  const { ask, call } = await connected(t)
  t.equal(await failure(await ask('drop', { method: 'POST', body: json })), 'ECONNRESET')
  t.equal((await call('GET', path)).json().totalCount, 1)
})

test('hang: no answer comes, until the client gives up', async (t) => {
  const { ask, call, command, emulator } = await connected(t)
  const arrived = once(emulator.app.server, 'request')
  const socket = await ask('hang', { method: 'POST', body: json })
  const [, response] = await arrived
  const gone = once(response, 'close')
  t.equal((await call('GET', path)).json().totalCount, 0)
  socket.destroy()
  await gone
  t.match((await command('GET', '/requests?fault=hang')).json().requests, [{ status: null, duration: Number }])
})

test('hang: a stop does not wait for it', async (t) => {
  const { ask, emulator } = await connected(t)
  const arrived = once(emulator.app.server, 'request')
  const socket = await ask('hang')
  const ended = failure(socket)
  await arrived
  await emulator.close()
  t.match(await ended, /^ended with ""|ECONNRESET$/)
})

test('a delay ends when the server stops, and the request is answered', async (t) => {
  const { ask, call, emulator } = await connected(t)
  // The token is known from here on, so that nothing is waited for but the delay.
  await call('GET', path)
  const sockets = []
  for (const fault of ['delay=1h', 'delay-after=1h', 'delay=1h, delay=1h', 'delay=1h, hang']) {
    const arrived = once(emulator.app.server, 'request')
    sockets.push(await ask(fault))
    await arrived
  }
  await new Promise(setImmediate)
  const answers = sockets.map((socket) => failure(socket))
  const closed = emulator.close()
  const told = await Promise.all(answers)
  for (const answer of told.slice(0, 3)) t.match(answer, /^ended with "HTTP\/1\.1 200 OK/)
  t.match(told[3], /^ended with ""|ECONNRESET$/)
  await closed
})

test('a delay that begins after the client has ended its side is over in its time', async (t) => {
  const { ask, call } = await connected(t)
  await call('GET', path)
  const socket = await ask('delay=30ms, delay=1ms')
  socket.end()
  t.match(await rest(socket), /^HTTP\/1\.1 200 OK/)
})

test('malformed JSON: half of the body, with the length to it', async (t) => {
  const { ask } = await connected(t)
  const socket = await ask('malformed-json', { method: 'POST', body: json })
  let text = ''
  for await (const chunk of socket) {
    text += chunk
    if (text.includes('\r\n\r\n')) break
  }
  const { statusLine, headers, body } = parseAnswer(text)
  t.equal(statusLine, 'HTTP/1.1 201 Created')
  t.equal(headers['content-length'], String(body.length))
  t.throws(() => JSON.parse(body))
})

test('malformed JSON: a DELETE, which has no body, gets one', async (t) => {
  const { create, call } = await connected(t)
  const { id } = await create()
  const deleted = await call('DELETE', `${path}/${id}`, { headers: { 'x-emulator-fault': 'malformed-json' } })
  t.same([deleted.statusCode, deleted.body], [200, '{'])
  t.equal((await call('GET', `${path}/${id}`)).json().status, 'DELETING')
})

test('close: so many bytes of the answer, then the end', async (t) => {
  const { ask, command, call } = await connected(t)
  t.equal(await rest(await ask('close=12')), 'HTTP/1.1 200')
  t.equal(await rest(await ask('close')), '')
  const whole = parseAnswer(await rest(await ask('close=99999')))
  t.equal(whole.headers['content-length'], String(whole.body.length))
  t.equal(JSON.parse(whole.body).totalCount, 0)
  t.equal(await rest(await ask('close=12', { target: `${path}/nope` })), 'HTTP/1.1 404')
  await command('POST', '/faults', { break: 'close', bytes: 10, of: 'body' })
  const cut = parseAnswer(await rest(await ask('')))
  t.equal(cut.body, '{"links":[')
  t.ok(Number(cut.headers['content-length']) > 10)
  t.equal(cut.headers['x-emulator-fault'], 'close')
  await command('DELETE', '/faults')
  const created = parseAnswer(await rest(await ask('close=99999', { method: 'POST', body: json })))
  t.equal(created.statusLine, 'HTTP/1.1 201 Created')
  t.equal((await call('GET', path)).json().totalCount, 1)
})

test('an injected request, which has no connection, has none to break', async (t) => {
  const { call } = await start(t)
  for (const fault of ['reset', 'drop']) {
    await t.rejects(call('GET', path, { headers: { 'x-emulator-fault': fault } }))
  }
  t.equal((await call('GET', path, { headers: { 'x-emulator-fault': 'close=3' } })).statusCode, 200)
})

test('hang: a client that ends its side has given up', async (t) => {
  const { ask } = await connected(t)
  const socket = await ask('hang')
  socket.end()
  t.equal(await rest(socket).catch(() => ''), '')
})

test('close: of answers that are sent one behind the other, the right one is cut', async (t) => {
  const { url, token } = await connected(t)
  const socket = await open(url)
  const request = (fault: string) =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nAccept: ${accept}\r\nAuthorization: Bearer ${token}\r\nX-Emulator-Fault: ${fault}\r\n\r\n`
  socket.write(request('delay=20ms') + request('close=12'))
  const text = await rest(socket)
  t.match(text, /^HTTP\/1\.1 200 OK\r\n[\s\S]*\}HTTP\/1\.1 200$/)
})

test('a request that waits without a client is done in the end, at once when there are many of them', async (t) => {
  const { call, command, emulator, token, url } = await connected(t)
  await command('POST', '/faults', { id: 'wait', delay: '24h', match: { method: 'POST' } })
  // Over the network, since what is injected does not let anything in from there.
  const fired = async () => {
    const response = await fetch(`${url}/_emulator/faults`)
    return ((await response.json()) as { faults: [{ fired: number }] }).faults[0].fired
  }
  let waiting = 0
  const pairs = regions.slice(0, 17).flatMap((a) => regions.slice(0, 17).map((b) => [a, b] as const))
  for (const [regionName, vpcRegionName] of pairs.slice(0, 258)) {
    const body = JSON.stringify({ cloudProvider: 'AWS', regionName, vpcRegionName })
    const socket = await open(url)
    const accepted = once(emulator.app.server, 'request')
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nAccept: ${accept}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    const [{ socket: served }] = await accepted
    const gone = new Promise((resolve) => served.once('close', resolve))
    waiting += 1
    while ((await fired()) < waiting);
    socket.resetAndDestroy()
    await gone
  }
  const { totalCount } = (await call('GET', path)).json()
  t.equal(totalCount, 2, 'all but 256')
})
