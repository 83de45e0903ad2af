import { once } from 'node:events'
import { syncBuiltinESMExports } from 'node:module'
import v8 from 'node:v8'
import { test } from 'tap'
import { start } from '../support/emulator.js'
import { exchange, open, parseAnswer, rest } from '../support/socket.js'

const json = { 'content-type': 'application/json' }

test('what no route knows in a query or a body is refused, and nothing is done', async (t) => {
  const bench = await start(t)
  const { command } = bench
  const endpoint = await bench.create()
  const tenant = (await command('POST', '/tenants')).json()
  await command('POST', '/faults', { id: 'one', errorCode: 'NO_CAPACITY', when: { skip: 9 } })
  await command('PUT', '/snapshots/kept')
  const { operations } = (await command('GET', '/')).json() as { operations: string[] }
  const before = (await command('GET', '/state?secrets=true')).body
  for (const operation of operations) {
    const [method = '', path = ''] = operation.split(' ')
    // What is there: an id that nothing has is told before the body is read.
    const named = path
      .replace('/requests/:id', '/requests/1')
      .replace('/tenants/:id', `/tenants/${tenant.id}`)
      .replace('/privateEndpoints/:id', `/privateEndpoints/${endpoint.id}`)
    const url = named.slice('/_emulator'.length).replace(':name', 'kept').replace(':id', 'one')
    const query = await command(method, `${url}?prject=A`, method === 'PUT' || method === 'PATCH' ? {} : undefined)
    // Of a body that must hold something, what is missing is told first.
    if (method === 'HEAD') t.equal(query.statusCode, 400, operation)
    else t.match(query.json(), { status: 400, errors: [{}] }, operation)
    if (!['POST', 'PUT', 'PATCH'].includes(method)) continue
    const body = await command(method, url, { prject: 'A' })
    t.match(body.json(), { status: 400, detail: /found the unknown property "prject"|is missing/ }, operation)
  }
  t.equal((await command('GET', '/state?secrets=true')).body, before)
  t.match((await command('DELETE', '/faults?prject=A')).json(), {
    detail:
      /^The parameter prject: found the unknown property "prject"; allowed: operationId, project, organization, errorCode$/,
    errors: [{ parameter: 'prject' }],
  })
  t.match((await command('PUT', '/snapshots/kept?force=1')).json(), {
    detail: 'The parameter force: found a parameter that is not known here; allowed: none',
  })
  t.match((await command('POST', '/reset', { project: 'A' })).json(), {
    detail: 'The body: found the unknown property "project"; allowed: none',
  })
  for (const body of ['[]', '"x"', '1', 'null']) {
    t.match((await command('POST', '/reset', body, json)).json(), {
      status: 400,
      detail: `The body: found ${body}; allowed: no body, or {}`,
    })
  }
  t.equal((await command('POST', '/reset', {})).statusCode, 200)
})

test('a body is refused where none is read, so that no filter in it goes unheard', async (t) => {
  const { command, emulator } = await start(t)
  for (const [method, url] of [
    ['DELETE', '/requests'],
    ['DELETE', '/faults'],
    ['DELETE', '/snapshots/x'],
    ['GET', '/clock'],
  ] as const) {
    const answer = await command(method, url, { project: 'A' })
    t.match(answer.json(), { status: 400, detail: `${method} takes no body here, and one was sent.` })
  }
  const url = await emulator.listen()
  const chunked = async (body: string) =>
    (
      await exchange(
        url,
        `DELETE /_emulator/faults HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${body}`,
      )
    ).statusLine
  t.match(await chunked('2\r\n{}\r\n0\r\n\r\n'), '400')
  t.match(await chunked('0\r\n\r\n'), '204', 'chunks without a byte are no body')
})

test('a command without a body works whatever type the body that is not there has', async (t) => {
  const { command, emulator } = await start(t)
  for (const type of [
    'application/x-www-form-urlencoded',
    'text/plain',
    'multipart/form-data; boundary=x',
    undefined,
  ]) {
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type }
    t.equal((await command('POST', '/reset', '', headers)).statusCode, 200, type ?? 'none')
    t.equal((await command('PUT', '/snapshots/x', '', headers)).statusCode, 200, type ?? 'none')
    t.equal((await command('POST', '/reset', 'a=b', headers)).statusCode, 415, type ?? 'none')
    t.match((await command('POST', '/clock', '', headers)).json(), { status: 400, detail: /^The body: found null/ })
  }
  const form = { 'content-type': 'application/x-www-form-urlencoded', host: 'localhost' }
  for (const stranger of [{ origin: 'http://evil.test' }, { 'sec-fetch-site': 'cross-site' }]) {
    t.equal((await command('POST', '/reset', '', { ...form, ...stranger })).statusCode, 403)
  }
  const url = await emulator.listen()
  const chunked = await exchange(
    url,
    'POST /_emulator/reset HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  )
  t.match(chunked.statusLine, '200')
})

test('a body that comes byte by byte is read, and one that breaks off is a problem', async (t) => {
  const { emulator } = await start(t)
  const url = await emulator.listen()
  const head =
    'POST /_emulator/clock HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json'
  const body = '{"advance":"1s"}'
  const chunks = [...body].map((byte) => `1\r\n${byte}\r\n`).join('')
  const whole = await exchange(url, `${head}\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`)
  t.match(whole.statusLine, '200')
  const socket = await open(url)
  socket.end(`${head}\r\nContent-Length: 99\r\n\r\n${body}`)
  t.match(parseAnswer(await rest(socket)).statusLine, '400')
  const arrived = once(emulator.app.server, 'request')
  const empty = await open(url)
  empty.write(
    'POST /_emulator/reset HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n',
  )
  await arrived
  empty.end()
  t.match(parseAnswer(await rest(empty)).statusLine, '400', 'of which nothing came')
})

test('a body that is no UTF-8 is no JSON', async (t) => {
  const { command } = await start(t)
  const answer = await command('POST', '/clock', Buffer.from('{"advance":"\xff"}', 'latin1'), json)
  t.match(answer.json(), { status: 400, detail: /^The body is no JSON: / })
})

test('a clock that is not to run on is told what resume takes', async (t) => {
  const { command } = await start(t)
  t.match((await command('POST', '/clock', { resume: false })).json(), {
    detail: '/resume: found false; allowed: true (Lets the clock run on from where it is)',
  })
})

test('a snapshot has no name that clients take out of paths', async (t) => {
  const { emulator } = await start(t)
  const url = await emulator.listen()
  for (const name of ['.', '..', '%2e', '%2E.']) {
    const request = `PUT /_emulator/snapshots/${name} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`
    t.match(JSON.parse((await exchange(url, request)).body), { status: 400, errors: [{ parameter: 'name' }] }, name)
  }
})

test('a body that memory does not hold is refused before it ends the process', async (t) => {
  const { command } = await start(t)
  const { getHeapStatistics } = v8
  const restore = () => {
    v8.getHeapStatistics = getHeapStatistics
    syncBuiltinESMExports()
  }
  t.teardown(restore)
  v8.getHeapStatistics = () => ({ ...getHeapStatistics(), used_heap_size: 800, heap_size_limit: 1000 })
  syncBuiltinESMExports()
  t.match((await command('POST', '/clock', { advance: '1s' })).json(), {
    status: 413,
    detail: 'The body takes more memory than there is; see --max-old-space-size of Node.',
  })
  restore()
  t.equal((await command('POST', '/clock', { advance: '1s' })).statusCode, 200)
})
