import { once } from 'node:events'
import { get } from 'node:http'
import type { Socket } from 'node:net'
import { test } from 'tap'
import { type Exchange, Journal, toJournalEntry } from '../../src/journal/journal.js'
import { KeptText } from '../../src/journal/kept-text.js'
import { find } from '../../src/journal/search.js'
import { authorize, nonceOf } from '../support/digest.js'
import { accept, account, apiKey, basic, path, project, start } from '../support/emulator.js'
import { exchange, open, rest } from '../support/socket.js'

/** A request as the journal keeps it, without bodies. */
const kept: Exchange = {
  time: 0,
  method: 'GET',
  url: '/',
  operation: undefined,
  project: undefined,
  organization: undefined,
  credential: undefined,
  secret: undefined,
  refusal: undefined,
  status: 404,
  errorCode: 'X',
  unserved: false,
  duration: 1,
  fault: undefined,
  requestHeaders: [],
  requestBody: '',
  remaining: undefined,
  responseHeaders: {},
  responseBody: '',
  answeredAt: 0,
  from: '127.0.0.1',
  replayOf: undefined,
}

const form = { 'content-type': 'application/x-www-form-urlencoded' }

test('the journal tells what was asked, by whom, and what became of it', async (t) => {
  const bench = await start(t)
  const { call, command } = bench
  await command('DELETE', '/requests')
  const body = { cloudProvider: 'AWS', regionName: 'US_EAST_1' }
  const { id } = await bench.create(body)
  const { requests, count } = (await command('GET', '/requests')).json()
  t.equal(count, 1)
  t.match(requests, [
    {
      id: Number,
      time: '2026-01-01T00:00:00.000Z',
      method: 'POST',
      url: path,
      operation: 'createGroupBackupPrivateEndpoint',
      project,
      credential: account.id,
      status: 201,
      errorCode: null,
      duration: Number,
      fault: null,
      requestHeaders: { authorization: 'Bearer [removed]', 'content-type': 'application/json' },
      requestBody: body,
      responseHeaders: { 'content-type': 'application/vnd.atlas.2024-11-13+json;charset=utf-8' },
      responseBody: { id, status: 'INITIATING' },
    },
  ])
  t.ok(requests[0].duration > 0)
  await call('GET', `${path}/nope?envelope`)
  await call('PATCH', '/api/atlas/v2/x?y=1')
  await call('GET', path, { bare: true })
  await call('HEAD', path)
  await call('POST', path, { body: 'no json', headers: { 'content-type': 'application/json' } })
  await call('GET', path, { headers: { 'x-emulator-fault': 'NO_CAPACITY' } })
  t.match((await command('GET', '/requests')).json().requests.slice(1), [
    {
      status: 404,
      errorCode: 'RESOURCE_NOT_FOUND',
      responseBody: { status: 404, content: { errorCode: 'RESOURCE_NOT_FOUND' } },
    },
    {
      method: 'PATCH',
      url: '/api/atlas/v2/x?y=1',
      operation: null,
      project: null,
      credential: account.id,
      status: 404,
    },
    { status: 401, errorCode: 'UNEXPECTED_ERROR', credential: null },
    { method: 'HEAD', status: 200, responseBody: null },
    { status: 400, errorCode: 'MALFORMED_JSON', requestBody: 'no json' },
    { status: 409, errorCode: 'NO_CAPACITY', fault: 'NO_CAPACITY' },
  ])
})

test('no secret is in it', async (t) => {
  const { call, command } = await start(t)
  await command('DELETE', '/requests')
  const token = (body: string, headers = {}) =>
    call('POST', '/api/oauth/token', { bare: true, headers: { ...form, ...headers }, body })
  await token('grant_type=client_credentials', { authorization: basic(account) })
  await token(`grant_type=client_credentials&client_id=${account.id}&client_secret=${account.secret}`)
  await token(`client_secret=${account.secret}&client_id=${account.id}&grant_type=nope`)
  const issued = (await token('grant_type=client_credentials', { authorization: basic(account) })).json().access_token
  await call('POST', '/api/oauth/revoke', {
    bare: true,
    headers: { ...form, authorization: basic(account) },
    body: `token=${issued}`,
  })
  await call('GET', `${path}?client_secret=${account.secret}&access_token=${issued}&x=${account.secret}`, {
    headers: { cookie: `a=${issued}`, 'x-mine': account.secret },
  })
  const nonce = nonceOf((await call('GET', path, { bare: true })).headers['www-authenticate'])
  const authorization = authorize({ uri: path, nonce, method: 'POST' })
  await call('POST', path, { headers: { authorization }, body: { cloudProvider: apiKey.secret, regionName: 'x' } })
  const told = (await command('GET', '/requests')).body
  for (const secret of [
    account.secret,
    apiKey.secret,
    issued,
    issued.split('.')[2] as string,
    basic(account).slice(6),
  ]) {
    t.notOk(told.includes(secret as string), secret as string)
  }
  t.match(told, `"url":"${path}?client_secret=[removed]&access_token=[removed]&x=[removed]"`)
  t.match(JSON.parse(told).requests, [
    { requestBody: 'grant_type=client_credentials', credential: account.id, operation: 'token' },
    { requestBody: `grant_type=client_credentials&client_id=${account.id}&client_secret=[removed]` },
    { status: 400, requestBody: `client_secret=[removed]&client_id=${account.id}&grant_type=nope` },
    { responseBody: { access_token: '[removed]', token_type: 'Bearer' } },
    { operation: 'revoke', requestBody: 'token=[removed]', responseBody: null },
    { requestHeaders: { authorization: 'Bearer [removed]', cookie: '[removed]', 'x-mine': '[removed]' } },
    { status: 401 },
    { requestHeaders: { authorization: 'Digest [removed]' }, requestBody: { cloudProvider: '[removed]' } },
  ])
})

test('a secret in the place of a project’s id, or of an attribute’s name, is not told', async (t) => {
  const { call, command } = await start(t)
  await command('DELETE', '/requests')
  await call('GET', `/api/atlas/v2/groups/${account.secret}/backup/AWS/privateEndpoints`)
  await call('POST', path, { body: { [account.secret]: 1, [`${apiKey.secret}x`]: 2 } })
  const told = await command('GET', '/requests')
  t.notMatch(told.body, account.secret)
  t.match(told.json().requests, [
    { project: '[removed]', url: '/api/atlas/v2/groups/[removed]/backup/AWS/privateEndpoints' },
    { project, requestBody: { '[removed]': 1 } },
  ])
})

test('requests are found by what they were', async (t) => {
  const bench = await start(t)
  const { call, command } = bench
  await command('DELETE', '/requests')
  const { id } = await bench.create()
  await command('POST', '/clock', { advance: '1m' })
  await call('GET', `${path}/${id}?pretty`, { headers: { 'x-mine': 'A: b' } })
  await call('GET', `${path}/nope`)
  await call('GET', '/api/atlas/v2/groups', { headers: { 'x-emulator-fault': 'NO_CAPACITY' } })
  await call('GET', path, { bare: true })
  const all = (await command('GET', '/requests')).json().requests as { id: number }[]
  const found = async (query: string) => {
    const response = await command('GET', `/requests?${query}`)
    t.equal(response.statusCode, 200, response.body)
    const { requests, count } = response.json()
    const counted = await command('GET', `/requests?${query}&count=true`)
    t.equal(counted.body, `{"count":${count}}\n`)
    return requests.map((one: { id: number }) => all.findIndex((entry) => entry.id === one.id)).join(' ')
  }
  t.equal(await found(''), '0 1 2 3 4')
  t.equal(await found('operation=getBackupPrivateEndpoint'), '1 2')
  t.equal(await found('method=post'), '0')
  t.equal(await found(`path=${path}/${id}`), '1')
  t.equal(await found(`project=${project}`), '0 1 2 4')
  t.equal(await found(`credential=${account.id}`), '0 1 2 3')
  t.equal(await found('status=404'), '2')
  t.equal(await found('status=4xx'), '2 3 4')
  t.equal(await found('status=none'), '')
  t.equal(await found('errorCode=NO_CAPACITY'), '3')
  t.equal(await found('fault=NO_CAPACITY'), '3')
  t.equal(await found('fault=any'), '3')
  t.equal(await found('fault=none'), '0 1 2 4')
  t.equal(await found('minDuration=0s&maxDuration=1h'), '0 1 2 3 4')
  t.equal(await found('minDuration=1h'), '')
  t.equal(await found('since=2026-01-01T00:01:00Z'), '1 2 3 4')
  t.equal(await found('until=2026-01-01T00:01:00Z'), '0')
  t.equal(await found('header=x-mine'), '1')
  t.equal(await found('header=X-Mine:A:%20b'), '1')
  t.equal(await found('header=x-mine:a'), '')
  t.equal(await found('body=US_EAST_1'), '0')
  t.equal(await found('answer=nope'), '2')
  await call('POST', path, { body: 'no json', headers: { 'content-type': 'application/json' } })
  t.equal((await command('GET', '/requests?body=no%20json&count=true')).json().count, 1)
  t.equal(await found('status=4xx&fault=none&method=GET'), '2 4')
  const limited = (await command('GET', '/requests?limit=2')).json()
  t.same([limited.count, limited.requests.length, limited.requests[0].id], [6, 2, all[4]?.id])
  for (const [query, parameter] of [
    ['statis=404', 'statis'],
    ['status=abc', 'status'],
    ['status=404&status=400', 'status'],
    ['since=yesterday', 'since'],
    ['until=2026-02-30T00:00:00Z', 'until'],
    ['limit=0', 'limit'],
    ['count=maybe', 'count'],
    ['method=', 'method'],
  ]) {
    t.match(
      (await command('GET', `/requests?${query}`)).json(),
      { status: 400, errors: [{ parameter }] },
      query as string,
    )
  }
  t.equal((await command('DELETE', '/requests')).statusCode, 204)
  t.same((await command('GET', '/requests')).json(), { count: 0, requests: [] })
})

test('the oldest requests make room for the newest', async (t) => {
  const { call, command } = await start(t, ['--journal', '3'])
  for (let i = 0; i < 5; i += 1) await call('GET', `/nope/${i}`)
  const { requests } = (await command('GET', '/requests')).json()
  t.same(
    requests.map(({ url }: { url: string }) => url),
    ['/nope/2', '/nope/3', '/nope/4'],
  )
  t.equal((await command('GET', '/health')).json().counts.requests, 3)
})

test('the journal is bounded in bytes too, and keeps of a body what there is room for', async (t) => {
  const journal = new Journal(1_000_000)
  const long = 'é'.repeat(100_000)
  for (let i = 0; i < 1000; i += 1) {
    const requestBody = journal.keepBody(Buffer.from(long))
    journal.add({ ...kept, requestBody, responseBody: journal.keepBody(long) })
  }
  t.ok(journal.size > 100 && journal.size < 150, String(journal.size))
  const [first, end] = journal.range
  t.equal(end, 1001)
  t.equal(journal.exchange(first - 1), undefined)
  const { requestBody, responseBody } = toJournalEntry(first, journal.exchange(first) as Exchange)
  for (const body of [requestBody, responseBody]) t.equal((body as string).length, 65_537)
  journal.clear()
  t.equal(journal.size, 0)
})

test('without a journal there is none to ask', async (t) => {
  const { call, command } = await start(t, ['--journal', 'off'])
  t.equal((await call('GET', path)).statusCode, 200)
  t.equal((await call('GET', path, { headers: { 'x-emulator-fault': 'NO_CAPACITY' } })).statusCode, 409)
  await t.rejects(call('GET', path, { headers: { 'x-emulator-fault': 'reset' } }))
  for (const [method, url] of [
    ['GET', '/requests'],
    ['DELETE', '/requests'],
    ['GET', '/requests/stream'],
  ] as const) {
    t.match((await command(method, url)).json(), { status: 409, detail: /--journal off/ })
  }
  t.equal((await command('POST', '/reset')).json().requests, 0)
})

test('a stream follows, and goes on where a follower left off', async (t) => {
  const { call, command, emulator } = await start(t)
  const url = await emulator.listen()
  /** Reads a stream until `count` requests have come. */
  const follow = async (target: string, headers = {}) => {
    const [response] = await once(get(`${url}/_emulator${target}`, { headers }), 'response')
    t.match(response.headers, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    let text = ''
    response.on('data', (chunk: Buffer) => {
      text += chunk
    })
    const urls = () =>
      [...text.matchAll(/^id: (\d+)\nevent: request\ndata: (.*)\n\n/gm)].map(([, id, data]) => [
        Number(id),
        JSON.parse(data as string).url,
      ])
    const until = async (count: number) => {
      while (urls().length < count) await once(response, 'data')
      return urls()
    }
    return { response, until }
  }
  const { response, until } = await follow('/requests/stream?status=4xx')
  await once(response, 'data')
  const before = (await command('GET', '/requests')).json().requests.at(-1).id
  await call('GET', path)
  await call('GET', '/a')
  await call('GET', '/b')
  t.same(await until(2), [
    [before + 2, '/a'],
    [before + 3, '/b'],
  ])
  response.destroy()
  await call('GET', '/c')
  const again = await follow('/requests/stream', { 'last-event-id': String(before + 2) })
  t.same(await again.until(2), [
    [before + 3, '/b'],
    [before + 4, '/c'],
  ])
  t.match((await command('GET', '/requests/stream?nope=1')).json(), { status: 400, errors: [{ parameter: 'nope' }] })
  const ended = once(again.response, 'end')
  await emulator.close()
  await ended
})

test('the headers of an answer are all there', async (t) => {
  const bench = await start(t)
  const { call, command } = bench
  const { id } = await bench.create()
  const form = { 'content-type': 'application/x-www-form-urlencoded', authorization: basic(account) }
  const fault = { 'x-emulator-fault': 'malformed-json' }
  const own = { method: 'GET', path: '/own', headers: { Location: '/here', Vary: 'X', Server: 'mine', 'X-Own': '1' } }
  t.equal((await command('POST', '/responses', own)).statusCode, 201)
  const asks = [
    () => call('GET', path),
    () => call('GET', `${path}/${id}`, { headers: fault }),
    () => call('POST', path, { body: { cloudProvider: 'AWS', regionName: 'EU_WEST_1' } }),
    () => call('DELETE', `${path}/${id}`),
    () => call('POST', '/api/oauth/token', { bare: true, headers: form, body: 'grant_type=client_credentials' }),
    () => call('POST', path, { body: {} }),
    () => call('OPTIONS', path),
    () => call('GET', '/own'),
  ]
  for (const ask of asks) {
    const { date: _, connection: __, 'content-length': ___, ...headers } = (await ask()).headers
    const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
    const { responseHeaders } = (await command('GET', '/requests?limit=1')).json().requests[0]
    // Where it comes from Node, nobody knows it before.
    const { 'content-length': _length, ...told } = responseHeaders
    t.same(Object.entries(told).sort(), Object.entries(sent).sort())
  }
})

test('a success that ends its connection is told with that', async (t) => {
  const { command, emulator, token } = await start(t)
  const url = await emulator.listen()
  const headers = [
    'Host: x',
    `Authorization: Bearer ${token}`,
    `Accept: ${accept}`,
    'Connection: Upgrade',
    'Upgrade: h2c',
  ]
  await exchange(url, `GET ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`)
  t.match((await command('GET', '/requests?limit=1')).json().requests[0], {
    status: 200,
    responseHeaders: { connection: 'close' },
  })
})

test('a header that came several times is told as one', async (t) => {
  const { command, emulator } = await start(t)
  const url = await emulator.listen()
  await exchange(url, 'GET /nope HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nx-a: 2\r\nConnection: close\r\n\r\n')
  t.match((await command('GET', '/requests?path=/nope')).json().requests[0].requestHeaders, {
    host: 'x',
    'x-a': '1, 2',
  })
})

/** Reads a stream from a connection until the id of an event has come. */
async function readUntil(socket: Socket, id: number): Promise<number[]> {
  let text = ''
  const ids = () => [...text.matchAll(/^id: (\d+)\n/gm)].map(([, found]) => Number(found))
  for await (const chunk of socket) {
    text += chunk
    if (ids().includes(id)) break
  }
  return ids()
}

test('a follower that does not keep up misses what has been forgotten, and is told of the rest', async (t) => {
  const { call, emulator } = await start(t, ['--journal', '100', '--rate-limit', 'off'])
  const socket = await open(await emulator.listen())
  t.teardown(() => socket.destroy())
  const begun = once(socket, 'data')
  socket.write('GET /_emulator/requests/stream HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await begun
  socket.pause()
  const body = 'x'.repeat(60_000)
  for (let i = 1; i <= 300; i += 1) {
    await call('POST', path, { body, headers: { 'content-type': 'application/json' } })
  }
  const ids = await readUntil(socket, 301)
  t.ok(ids.length < 300, `${ids.length} of 300`)
  t.strictSame(
    ids.slice(-100),
    Array.from({ length: 100 }, (_, i) => 202 + i),
    'what is remembered was all told',
  )
})

/** Follows the stream, and reads what is told until the id has come; `act` comes once it listens. */
async function followFrom(url: string, lastEventId: string, until: number, act = async () => {}): Promise<number[]> {
  const socket = await open(url)
  socket.write(`GET /_emulator/requests/stream HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: ${lastEventId}\r\n\r\n`)
  const begun = once(socket, 'readable')
  await begun
  await act()
  const ids = await readUntil(socket, until)
  socket.destroy()
  return ids
}

test('a follower that comes back gets all that is remembered, however much that is', async (t) => {
  const { call, emulator } = await start(t, ['--rate-limit', 'off'])
  const url = await emulator.listen()
  const body = 'x'.repeat(60_000)
  // The token of the start was the first request.
  for (let id = 2; id <= 151; id += 1) {
    await call('POST', path, { body, headers: { 'content-type': 'application/json' } })
  }
  t.strictSame(
    await followFrom(url, '1', 151),
    Array.from({ length: 150 }, (_, i) => i + 2),
  )
  for (const [lastEventId, next] of [
    ['1.5', 152],
    ['99999999', 153],
    ['-1', 154],
  ] as const) {
    const act = async () => {
      await call('GET', '/nope')
    }
    t.strictSame(await followFrom(url, lastEventId, next, act), [next], lastEventId)
  }
})

test('a follower that ends its side has left', async (t) => {
  const { command, emulator } = await start(t)
  const url = await emulator.listen()
  for (let i = 0; i < 101; i += 1) {
    const socket = await open(url)
    const begun = once(socket, 'data')
    socket.write('GET /_emulator/requests/stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    t.match(String(await begun), /^HTTP\/1\.1 200 /)
    socket.end()
    await rest(socket)
  }
  t.equal((await command('GET', '/health')).statusCode, 200)
})

test('a follower is told of what fits alone, whatever it is that must fit', async (t) => {
  const { call, emulator } = await start(t)
  const socket = await open(await emulator.listen())
  const begun = once(socket, 'readable')
  socket.write('GET /_emulator/requests/stream?errorCode=RESOURCE_NOT_FOUND HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await begun
  await call('GET', path)
  await call('GET', `${path}/x`)
  await call('GET', '/api/atlas/v2/groups/x')
  await call('GET', '/nope')
  t.strictSame(await readUntil(socket, 5), [3, 5])
  socket.destroy()
})

test('a hundred may follow at once', async (t) => {
  const { command, emulator } = await start(t)
  const url = await emulator.listen()
  const sockets = await Promise.all(Array.from({ length: 100 }, () => open(url)))
  await Promise.all(
    sockets.map(async (socket) => {
      socket.write('GET /_emulator/requests/stream HTTP/1.1\r\nHost: localhost\r\n\r\n')
      await once(socket, 'data')
    }),
  )
  t.match((await command('GET', '/requests/stream')).json(), { status: 409, detail: '100 follow already.' })
  const gone = new Promise((resolve) => sockets[0]?.once('close', resolve))
  sockets[0]?.destroy()
  await gone
  for (const socket of sockets) socket.destroy()
})

test('a request whose body is nested too deeply to be written again is told as it came', async (t) => {
  const { call, command } = await start(t)
  const deep = '['.repeat(50_000)
  const body = `{"privateKey":"hunter2","cloudProvider":${deep}${']'.repeat(50_000)},"regionName":"US_EAST_1"}`
  const response = await call('POST', path, { body, headers: { 'content-type': 'application/json' } })
  t.equal(response.json().errorCode, 'INVALID_ATTRIBUTE')
  const [entry] = (await command('GET', '/requests?limit=1')).json().requests
  t.match(entry, { status: 400, errorCode: 'INVALID_ATTRIBUTE' })
  t.match(entry.requestBody, '{"privateKey":[removed],"cloudProvider":[[[')
})

test('what every object has is no header', async (t) => {
  const { command } = await start(t)
  t.equal((await command('GET', '/requests?header=constructor')).json().count, 0)
  t.equal((await command('GET', '/requests?header=content-type')).json().count, 1)
})

test('a search gives way to other requests', async (t) => {
  const { call, command } = await start(t, ['--rate-limit', 'off'])
  const body = JSON.stringify({ a: Array.from({ length: 20_000 }, () => '') })
  for (let i = 0; i < 40; i += 1) {
    await call('POST', path, { body, headers: { 'content-type': 'application/json' } })
  }
  const order: string[] = []
  const search = command('GET', '/requests?body=nothing').then((response) => {
    order.push('search')
    return response
  })
  await call('GET', '/nope').then(() => order.push('request'))
  t.equal((await search).json().count, 0)
  t.strictSame(order, ['request', 'search'])
  t.match((await command('GET', '/requests?answer=INVALID_ATTRIBUTE&limit=2')).json(), { count: 40 })
})

test('the journal counts what many headers take', async (t) => {
  const journal = new Journal(1_000_000)
  const requestHeaders = Array.from({ length: 6000 }, (_, i) => (i % 2 === 0 ? `a${i}` : ''))
  for (let i = 0; i < 1000; i += 1) journal.add({ ...kept, requestHeaders })
  t.ok(journal.size < 130, String(journal.size))
})

test('entries that are forgotten during a search are passed over', async (t) => {
  const journal = new Journal(10)
  for (let i = 0; i < 10; i += 1) journal.add(kept)
  let looked = 0
  const found = await find(journal, {
    mayFit: () => {
      looked += 1
      if (looked === 5) journal.clear()
      return true
    },
    fits: undefined,
  })
  t.equal(found.length, 5)
})

test('requests that fit are forgotten, and the others stay findable under their ids', async (t) => {
  const { call, command } = await start(t, ['--journal', '6', '--rate-limit', 'off'])
  const ids = async () => (await command('GET', '/requests')).json().requests.map(({ id }: { id: number }) => id)
  await command('DELETE', '/requests')
  for (const method of ['GET', 'HEAD', 'GET', 'HEAD']) await call(method, path)
  t.same(await ids(), [2, 3, 4, 5])
  t.equal((await command('DELETE', '/requests?method=HEAD')).statusCode, 204)
  t.same(await ids(), [2, 4])
  t.equal((await command('GET', '/health')).json().counts.requests, 2)
  await command('DELETE', '/requests?method=PATCH')
  t.same(await ids(), [2, 4])
  for (const method of ['GET', 'GET', 'GET']) await call(method, path)
  t.same(await ids(), [4, 6, 7, 8], 'the oldest made room')
  await command('DELETE', '/requests?status=200&method=GET')
  t.same(await ids(), [])
  await call('GET', path)
  t.same(await ids(), [9])
  for (const query of ['prject=A', 'limit=1', 'since=yesterday', 'until=2026-02-30T00:00:00Z']) {
    t.equal((await command('DELETE', `/requests?${query}`)).statusCode, 400, query)
  }
  t.same(await ids(), [9])
})

test('entries that are left when those beside them are removed hold no memory but their own', async (t) => {
  const journal = new Journal(1_000_000)
  const short = (n: number) => `${n}`.padEnd(600, 's')
  for (let n = 1; n <= 500; n += 1) {
    const requestBody = journal.keepBody(n % 5 === 0 ? short(n) : 'l'.repeat(60_000))
    const id = journal.add({ ...kept, requestBody, responseBody: n % 10 === 0 ? journal.keepBody(short(-n)) : 'none' })
    if (n % 5 === 0) for (let before = 1; before < 5; before += 1) journal.remove(id - before)
  }
  const left = Array.from({ length: 100 }, (_, i) => journal.exchange(5 * (i + 1)) as Exchange)
  t.same(
    left.map(({ requestBody, responseBody }) => [String(requestBody), String(responseBody)]),
    left.map((_, i) => [short(5 * (i + 1)), i % 2 === 0 ? 'none' : short(-5 * (i + 1))]),
  )
  const segments = new Set(
    left.flatMap(({ requestBody }) => (requestBody instanceof KeptText ? [requestBody.segment.bytes] : [])),
  )
  const held = [...segments].reduce((sum, { length }) => sum + length, 0)
  t.ok(held < 12 * 2 ** 20, `${held} bytes`)
})

test('what has been read of an entry stays as it was once others have taken its place', async (t) => {
  const journal = new Journal(10)
  const body = (n: number) => `${n} `.padEnd(5000, 'b')
  const read: Exchange[] = []
  for (let n = 1; n <= 1000; n += 1) {
    const id = journal.add({
      ...kept,
      requestBody: journal.keepBody(body(n)),
      responseBody: journal.keepBody(body(-n)),
    })
    if (n % 100 === 0) read.push(journal.exchange(id) as Exchange)
  }
  t.same(
    read.map(({ requestBody, responseBody }) => [String(requestBody), String(responseBody)]),
    read.map((_, i) => [body(100 * (i + 1)), body(-100 * (i + 1))]),
  )
  const last = Array.from({ length: 10 }, (_, i) => journal.exchange(991 + i) as Exchange)
  t.same(
    last.map(({ requestBody }) => String(requestBody)),
    last.map((_, i) => body(991 + i)),
  )
})

test('an entry whose bodies are short stays as it is when those beside it are removed', async (t) => {
  const journal = new Journal(1000)
  const short = { ...kept, requestBody: 'asked', responseBody: 'told' }
  const id = journal.add(short)
  const long = Array.from({ length: 200 }, () =>
    journal.add({ ...kept, requestBody: journal.keepBody('l'.repeat(60_000)) }),
  )
  for (const one of long) journal.remove(one)
  t.strictSame(journal.exchange(id), short)
  t.equal(journal.size, 1)
})

test('a journal that was cleared holds nothing of what was in it', (t) => {
  const journal = new Journal(1)
  const headers = ['authorization', 'Digest response="1"']
  const before = journal.keepHeaders(headers)
  t.equal(journal.keepHeaders([...headers]), before, 'headers that come again are kept once')
  journal.clear()
  t.not(journal.keepHeaders([...headers]), before)
  t.strictSame(journal.keepHeaders([...headers]), headers)
  t.end()
})

test('an entry has nothing of the one whose place it takes', (t) => {
  const journal = new Journal(1)
  journal.add(kept)
  const another: Required<Exchange> = {
    time: 1.5,
    method: 'PATCH',
    url: '/another',
    operation: 'another',
    project: 'b'.repeat(24),
    organization: 'c'.repeat(24),
    credential: 'another',
    secret: 'another',
    refusal: 'another',
    status: 418,
    errorCode: 'ANOTHER',
    unserved: true,
    duration: 2.5,
    fault: 'another',
    requestHeaders: ['another', '1'],
    requestBody: 'another',
    remaining: 7,
    responseHeaders: { another: '1' },
    responseBody: 'another',
    answeredAt: 3.5,
    from: '127.0.0.2',
    replayOf: 4,
  }
  const values = Object.entries(another)
  t.notOk(
    values.some(([name, value]) => kept[name as keyof Exchange] === value),
    'no value is the same in both',
  )
  const before = journal.exchange(1)
  t.strictSame(journal.exchange(journal.add(another)), another)
  t.strictSame(before, kept, 'what was told of the one before stays')
  journal.clear()
  t.strictSame(journal.exchange(journal.add(kept)), kept)
  t.end()
})

test('an entry that is not there can be removed', async (t) => {
  const journal = new Journal(2)
  journal.remove(1)
  for (let i = 0; i < 3; i += 1) journal.add(kept)
  journal.remove(1)
  t.equal(journal.size, 2)
  journal.remove(3)
  journal.remove(3)
  t.same([journal.size, ...journal.range], [1, 2, 4])
  journal.clear()
  t.same([journal.size, ...journal.range], [0, 4, 4])
})
