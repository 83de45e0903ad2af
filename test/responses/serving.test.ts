import { gunzipSync } from 'node:zlib'
import { type Test, test } from 'tap'
import type { Fixture } from '../../src/fixture/schema.js'
import type { ResponseEntry } from '../../src/responses/response.js'
import { authorize, nonceOf } from '../support/digest.js'
import {
  accept,
  account,
  defaultWorld,
  fixtureFile,
  memoryLogger,
  path,
  project,
  start,
  tokenFor,
} from '../support/emulator.js'
import { open, rest } from '../support/socket.js'

const org = '32b6e34b3d91647abb20e7a0'
const other = 'f'.repeat(24)
const api = '/api/atlas/v2'
const alerts = `${api}/groups/${project}/alerts`
const page = { links: [], results: [{ id: 'a' }], totalCount: 1 }

/** An emulator whose fixture has these answers of one's own. */
function serving(t: Test, responses: ResponseEntry[], flags: string[] = [], world: Fixture = defaultWorld()) {
  return start(t, ['--fixtures', fixtureFile(t, { ...world, responses }), ...flags])
}

/** An answer to the list of alerts. */
const answer = (rest: Partial<ResponseEntry> = {}): ResponseEntry => ({
  method: 'GET',
  path: '/groups/*/alerts',
  body: page,
  ...rest,
})

/** The header that asks for the version of a date. */
const dated = (date: string) => ({ headers: { accept: `application/vnd.atlas.${date}+json` } })

test('a method and path that no operation has are answered as the fixture says [own-answers]', async (t) => {
  const { call } = await serving(t, [answer({ version: '2023-01-01' })])
  const { statusCode, headers, body } = await call('GET', `${alerts}?status=OPEN`)
  t.equal(statusCode, 200)
  t.equal(body, JSON.stringify(page))
  const { date: _, connection: __, server: ___, ...rest } = headers
  t.strictSame(rest, {
    'content-length': String(body.length),
    'content-type': 'application/vnd.atlas.2023-01-01+json;charset=utf-8',
    'referrer-policy': 'strict-origin-when-cross-origin',
    'strict-transport-security': 'max-age=31536000; includeSubdomains;',
    vary: 'Accept-Encoding',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'x-permitted-cross-domain-policies': 'none',
  })
  t.equal((await call('GET', `${alerts}/`)).statusCode, 200, 'one trailing slash')
  t.equal((await call('GET', `${api}/%67roups/${project}/%61lerts`)).statusCode, 200, 'percent-encoded')
  const head = await call('HEAD', alerts)
  t.strictSame([head.statusCode, head.body], [200, ''])
  for (const name of ['content-length', 'content-type', 'vary']) t.equal(head.headers[name], headers[name], name)
})

test('other paths and methods stay unserved, and Allow names what there is [own-answers] [unserved-marked]', async (t) => {
  const { call } = await serving(t, [
    answer(),
    { method: 'PUT', path: '/groups/{groupId}/alerts/', status: 204 },
    answer({ method: 'PUT', path: '/groups/*/backup/AWS/privateEndpoints' }),
  ])
  const strange = [
    `${alerts}/x`,
    `${api}/alerts`,
    `${api}/groups/${project}`,
    `/api/atlas/v1.0/groups/${project}/alerts`,
  ]
  for (const url of strange) {
    const { headers } = await call('PATCH', `${url}/y`)
    t.ok('x-emulator-unserved' in headers, url)
  }
  t.notOk('x-emulator-unserved' in (await call('GET', alerts)).headers)
  t.equal((await call('GET', `${api}//groups/${project}/alerts`)).statusCode, 404)
  t.equal((await call('GET', `${api}/groups//alerts`)).statusCode, 404)
  const lacking = await call('POST', alerts)
  t.strictSame([lacking.statusCode, lacking.headers.allow], [405, 'GET,PUT,OPTIONS'])
  t.equal(lacking.headers['x-emulator-unserved'], 'POST /groups/{groupId}/alerts')
  const options = await call('OPTIONS', alerts, { bare: true })
  t.strictSame([options.statusCode, options.headers.allow], [200, 'GET,PUT,OPTIONS'])
  t.equal((await call('PATCH', path)).headers.allow, 'POST,GET,PUT,OPTIONS', 'beside an operation')
  t.equal((await call('PUT', path)).json().totalCount, 1)
  t.equal((await call('GET', path)).json().totalCount, 0)
})

test('an operation has the paths that are its own, and an answer those that it leaves', async (t) => {
  const { call } = await serving(t, [answer()])
  t.equal((await call('GET', `${api}/groups/byName/alerts`)).json().errorCode, 'NOT_IN_GROUP')
  t.equal((await call('GET', alerts)).statusCode, 200)
})

test('of several paths that fit, the most particular one is answered', async (t) => {
  const say = (where: string): ResponseEntry => ({ method: 'GET', path: where, body: { where } })
  const paths = ['/groups/*/*/x', '/groups/*/alerts/*', '/groups/*/alerts/x', `/groups/${project}/alerts/*`]
  const { call } = await serving(t, paths.map(say), ['--auth', 'off'], {
    ...defaultWorld(),
    projects: [project, other].map((id) => ({ id, orgId: org, name: id })),
  })
  const where = async (url: string) => (await call('GET', api + url)).json().where
  t.equal(await where(`/groups/${project}/alerts/x`), `/groups/${project}/alerts/*`)
  t.equal(await where(`/groups/${other}/alerts/x`), '/groups/*/alerts/x')
  t.equal(await where(`/groups/${other}/alerts/y`), '/groups/*/alerts/*')
  t.equal(await where(`/groups/${other}/events/x`), '/groups/*/*/x')
})

test('an answer passes what operations pass, in their order [own-answers]', async (t) => {
  const world = defaultWorld()
  world.organizations.push({ id: other, name: 'Other' })
  world.projects.push({ id: other, orgId: other, name: 'Other' })
  const [first] = world.serviceAccounts
  world.serviceAccounts.push({ ...first, clientId: account.id.replace('01', '02'), accessList: ['10.0.0.1'] } as never)
  world.serviceAccounts.push({ ...first, clientId: account.id.replace('01', '03'), roles: [] } as never)
  const bench = await serving(
    t,
    [answer({ version: '2024-01-01', bucket: 'Clusters' })],
    ['--rate-limit', '1/1/60'],
    world,
  )
  const as = async (number: string) => ({
    headers: {
      authorization: `Bearer ${await tokenFor(bench.emulator, { ...account, id: account.id.replace('01', number) })}`,
    },
  })
  const codes = async (url: string, call: object = {}) => {
    const { statusCode, headers } = await bench.call('GET', url, call)
    return [statusCode, headers['x-error-code'], headers['ratelimit-remaining']]
  }
  const listed = (await as('02')).headers
  t.strictSame(await codes(alerts, { bare: true }), [401, undefined, undefined])
  t.strictSame(await codes(alerts, { headers: { ...listed, accept: 'x' } }), [
    403,
    'IP_ADDRESS_NOT_ON_ACCESS_LIST',
    undefined,
  ])
  t.strictSame(await codes(`${api}/groups/x/alerts`, dated('2023-12-31')), [406, 'INVALID_VERSION_DATE', undefined])
  t.strictSame(await codes(`${api}/groups/x/alerts`), [404, 'INVALID_GROUP_ID', undefined])
  t.strictSame(await codes(`${api}/groups/${org}/alerts`), [404, 'GROUP_NOT_FOUND', undefined])
  t.strictSame(await codes(`${api}/groups/${other}/alerts`), [401, 'USER_UNAUTHORIZED', undefined])
  t.strictSame(await codes(alerts, await as('03')), [401, 'USER_UNAUTHORIZED', undefined])
  t.strictSame(await codes(`${alerts}?pretty=perhaps`), [400, 'INVALID_QUERY_PARAMETER', '0'])
  t.strictSame(await codes(alerts), [429, 'RATE_LIMITED_TOKEN_BUCKET', '0'])
  bench.clock.advance(60_000)
  t.strictSame(await codes(alerts), [200, undefined, '0'])
  const { headers } = await bench.call('GET', alerts)
  t.equal(headers['ratelimit-limit'], '1')
})

test('an answer below an organization is for its members, and any other for whoever has a credential [own-answers]', async (t) => {
  const world = defaultWorld()
  world.organizations.push({ id: other, name: 'Other' })
  const { call } = await serving(
    t,
    [
      answer({ path: '/orgs/*/invoices', bucket: 'Organizations' }),
      answer({ path: '/clouds/*' }),
      answer({ path: '/groups/x/y' }),
    ],
    [],
    world,
  )
  const codes = async (url: string) => {
    const { statusCode, headers } = await call('GET', api + url)
    return [statusCode, headers['x-error-code']]
  }
  t.strictSame(await codes(`/orgs/${org}/invoices`), [200, undefined])
  t.strictSame(await codes('/orgs/x/invoices'), [404, 'INVALID_ORG_ID'])
  t.strictSame(await codes(`/orgs/${project}/invoices`), [404, 'ORG_NOT_FOUND'])
  t.strictSame(await codes(`/orgs/${other}/invoices`), [401, 'USER_UNAUTHORIZED'])
  t.strictSame(await codes('/clouds/1'), [200, undefined])
  t.strictSame(await codes('/groups/x/y'), [200, undefined], 'a name in the place of an id is no project')
  t.equal((await call('GET', `${api}/orgs/${org}/invoices`)).headers['ratelimit-limit'], '500')
  t.notOk('ratelimit-limit' in (await call('GET', `${api}/clouds/1`)).headers)
})

test('an API key may ask as well, and without credentials anyone may', async (t) => {
  const { call } = await serving(t, [answer()])
  const { headers } = await call('GET', alerts, { bare: true })
  const nonce = nonceOf(headers['www-authenticate'])
  t.equal(
    (await call('GET', alerts, { headers: { authorization: authorize({ uri: alerts, nonce }) } })).statusCode,
    200,
  )
  const open = await serving(t, [answer()], ['--auth', 'off'])
  t.equal((await open.call('GET', alerts, { bare: true, ...dated('2023-01-01') })).statusCode, 200)
  t.equal((await open.call('GET', `${api}/groups/${other}/alerts`)).json().errorCode, 'GROUP_NOT_FOUND')
})

test('without a version, any dated Accept will do, and its date is served [own-answers-any-version]', async (t) => {
  const { call, token } = await serving(t, [answer()])
  const type = async (accept: string) => {
    const { statusCode, headers } = await call('GET', alerts, { headers: { accept } })
    return statusCode === 200 ? headers['content-type'] : statusCode
  }
  const of = (date: string) => `application/vnd.atlas.${date}+json;charset=utf-8`
  t.equal(await type('application/vnd.atlas.1999-12-31+json'), of('1999-12-31'))
  const two = 'application/vnd.atlas.2023-01-01+json;q=0.5, application/vnd.atlas.2024-01-01+json;q=0.9'
  t.equal(await type(two), of('2024-01-01'))
  t.equal(await type('application/vnd.atlas.2023-01-01+json, application/vnd.atlas.2024-01-01+json'), of('2023-01-01'))
  for (const accept of [
    '*/*',
    'application/json',
    '',
    'application/vnd.atlas.2023-02-30+json',
    `${of('2023-01-01')};q=0`,
  ]) {
    t.equal(await type(accept), 406, accept)
  }
  const authorization = `Bearer ${token}`
  t.equal((await call('GET', alerts, { bare: true, headers: { authorization } })).statusCode, 406, 'none')
})

test('the versions of an answer are negotiated as those of an operation are', async (t) => {
  const { call, token } = await serving(t, [
    answer({ version: '2024-08-05', body: { version: 'new' } }),
    answer({ version: '2023-01-01', body: { version: 'old' }, headers: { Sunset: 'Thu, 1 Jul 2027 00:00:00 GMT' } }),
  ])
  const old = await call('GET', alerts, dated('2024-08-04'))
  t.match(old.headers, {
    'content-type': 'application/vnd.atlas.2023-01-01+json;charset=utf-8',
    deprecation: 'Mon, 5 Aug 2024 00:00:00 GMT',
    sunset: 'Thu, 1 Jul 2027 00:00:00 GMT',
  })
  t.equal(old.json().version, 'old')
  const newest = await call('GET', alerts, dated('2026-01-01'))
  t.strictSame([newest.json().version, 'deprecation' in newest.headers], ['new', false])
  t.equal((await call('GET', alerts, dated('2022-12-31'))).json().errorCode, 'INVALID_VERSION_DATE')
  const authorization = `Bearer ${token}`
  t.equal((await call('GET', alerts, { bare: true, headers: { authorization } })).statusCode, 406, 'without Accept')
})

test('bodies are given in turn, and the last one stays; HEAD, failed calls and those that a fault touched take none', async (t) => {
  const body = [{ state: 'CREATING' }, { state: 'CREATING' }, [{ state: 'IDLE' }]]
  const { call, command } = await serving(t, [answer({ body })])
  const ask = async (options = {}, method = 'GET') => (await call(method, alerts, options)).body
  await ask({}, 'HEAD')
  await ask({ bare: true })
  await ask({ headers: { 'x-emulator-fault': 'NO_CAPACITY' } })
  t.match('{"state":"CREATING"}', await ask({ headers: { 'x-emulator-fault': 'malformed-json' } }))
  t.equal(await ask(), '{"state":"CREATING"}')
  t.equal((await command('GET', '/state')).json().responses[0].turn, 1)
  await command('PUT', '/snapshots/here')
  t.equal(await ask(), '{"state":"CREATING"}')
  t.equal(await ask(), '[{"state":"IDLE"}]')
  t.equal(await ask(), '[{"state":"IDLE"}]')
  t.match((await command('GET', '/responses')).json(), { responses: [{ body, turn: 2 }] })
  await command('POST', '/snapshots/here/restore')
  t.equal(await ask(), '{"state":"CREATING"}')
  t.equal(await ask(), '[{"state":"IDLE"}]')
})

test('a body may be whatever JSON can be, and there may be none', async (t) => {
  const bodies: [ResponseEntry['body'], string][] = [
    [true, 'true'],
    [null, 'null'],
    ['x', '"x"'],
    [[[]], '[]'],
    [[[1, { b: 1, a: 2 }]], '[1,{"b":1,"a":2}]'],
  ]
  const { call } = await serving(t, [
    ...bodies.map(([body], i) => answer({ path: `/x/${i}`, body })),
    { method: 'DELETE', path: '/x/0', status: 204 },
    { method: 'GET', path: '/x/none' },
    { method: 'GET', path: '/x/teapot', status: 418 },
    { method: 'GET', path: '/x/text', text: ' {"b" : 10.0,\n"a":"\\" \\u00e9 "} ' },
    { method: 'POST', path: '/x', status: 201, headers: { location: 'http://localhost:8080//api' }, body: {} },
  ])
  for (const [i, [, text]] of bodies.entries()) t.equal((await call('GET', `${api}/x/${i}`)).body, text)
  const gone = await call('DELETE', `${api}/x/0`)
  t.strictSame([gone.statusCode, gone.body, 'content-length' in gone.headers], [204, '', false])
  t.equal(gone.headers['content-type'], 'application/vnd.atlas.2025-03-12+json;charset=utf-8')
  const none = await call('GET', `${api}/x/none`)
  t.strictSame([none.statusCode, none.headers['content-length']], [200, '0'])
  const teapot = await call('GET', `${api}/x/teapot`)
  t.strictSame([teapot.statusCode, teapot.body, teapot.headers['content-type']], [418, '', undefined])
  t.equal((await call('GET', `${api}/x/text`)).body, '{"b":10.0,"a":"\\" \\u00e9 "}')
  const made = await call('POST', `${api}/x`, { headers: { host: 'atlas.test' }, body: { any: 1 } })
  t.match([made.statusCode, made.headers.location], [201, 'http://atlas.test//api'])
})

test('an error of one’s own is told as Atlas tells errors, with what its body has', async (t) => {
  const body = { detail: 'No.', error: 409, errorCode: 'MINE', parameters: ['a'], reason: 'Conflict', more: 1 }
  const { call } = await serving(t, [
    answer({ method: 'POST', status: 409, body }),
    answer({ status: 503, body: ['overloaded', { errorCode: 'not\none' }] }),
  ])
  const refused = await call('POST', alerts, { body: {} })
  t.equal(refused.statusCode, 409)
  t.equal(refused.body, JSON.stringify(body))
  t.match(refused.headers, { 'content-type': /^application\/json$/, 'x-error-code': 'MINE', vary: 'Accept-Encoding' })
  const enveloped = await call('POST', `${alerts}?envelope=true`, { body: {} })
  t.strictSame(enveloped.json(), { content: body, status: 409 })
  for (const text of ['"overloaded"', '{"errorCode":"not\\none"}']) {
    const broken = await call('GET', alerts)
    t.strictSame([broken.statusCode, broken.body, broken.headers['x-error-code']], [503, text, undefined])
  }
})

test('pretty, envelope and compression do what they do of operations', async (t) => {
  const one = { name: 'x'.repeat(10_000) }
  const { call } = await serving(t, [
    answer(),
    answer({ path: '/groups/*/alerts/a', body: one }),
    { method: 'GET', path: '/y' },
  ])
  t.equal(
    (await call('GET', `${alerts}?envelope`)).body,
    '{"links":[],"results":[{"id":"a"}],"totalCount":1,"status":200}',
  )
  t.match((await call('GET', `${alerts}?pretty=true`)).body, /^\{\n {2}"links" : \[ \],\n/)
  t.equal((await call('GET', `${alerts}?pageNum=0`)).json().errorCode, 'INVALID_QUERY_PARAMETER')
  t.equal((await call('GET', `${alerts}/a?pageNum=0`)).statusCode, 200)
  t.strictSame((await call('GET', `${alerts}/a?envelope`)).json(), { content: one, status: 200 })
  t.strictSame((await call('GET', `${api}/y?envelope`)).json(), { content: {}, status: 200 })
  const { headers, rawPayload } = await call('GET', `${alerts}/a`, { headers: { 'accept-encoding': 'gzip' } })
  t.strictSame([headers['content-encoding'], 'content-length' in headers], ['gzip', false])
  t.strictSame(JSON.parse(gunzipSync(rawPayload).toString()), one)
})

test('http://localhost:8080 is the base URL that the client uses [own-answers-recorded]', async (t) => {
  const body = { a: 'http://localhost:8080/api', b: 'http://localhost:80800', c: 'x http://localhost:8080' }
  const { call } = await serving(t, [answer({ body })])
  const told = async (host: string) => (await call('GET', alerts, { headers: { host } })).json()
  t.strictSame(await told('atlas.test:81'), {
    ...body,
    a: 'http://atlas.test:81/api',
    c: 'x http://atlas.test:81',
  })
  const named = await serving(t, [answer({ body })], ['--public-url', 'https://public.test/$1'])
  t.equal((await named.call('GET', alerts)).json().a, 'https://public.test/$1/api')
})

test('faults meet answers of one’s own, by the name stub, their path and the body that was sent', async (t) => {
  const { call, command } = await serving(t, [answer(), answer({ method: 'PUT', status: 200 })])
  const fault = async (match: object) => {
    await command('DELETE', '/faults')
    t.equal((await command('POST', '/faults', { errorCode: 'NO_CAPACITY', match })).statusCode, 201)
  }
  const put = async (body: unknown, headers = {}) => (await call('PUT', alerts, { body, headers })).statusCode
  await fault({ operationId: 'stub' })
  t.match((await call('GET', alerts)).headers, { 'x-emulator-fault': 'NO_CAPACITY' })
  t.equal((await call('GET', path)).statusCode, 200)
  await fault({ project, method: 'PUT', path: `${api}/groups/*/alerts` })
  t.strictSame([await put({}), (await call('GET', alerts)).statusCode], [409, 200])
  await fault({ body: { enabled: true } })
  t.strictSame(
    [await put({ enabled: true }), await put({ enabled: false }), await put('nonsense'), await put(undefined)],
    [409, 200, 200, 200],
  )
  const large = { 'content-type': 'application/octet-stream' }
  t.equal(await put(Buffer.alloc(1024 * 1024 + 1), large), 413)
  t.equal(await put(Buffer.alloc(1024 * 1024), large), 200)
})

test('the journal and the log call it stub, and nothing of it is in OpenAPI', async (t) => {
  const { logger, lines } = memoryLogger()
  const { call, command, emulator, token } = await start(t, [], {
    logger,
    fixture: {
      ...defaultWorld(),
      responses: [answer({ method: 'POST', status: 201, headers: { Location: '/here' } })],
    },
  })
  await command('DELETE', '/requests')
  await call('POST', alerts, { body: { sent: 1 } })
  await call('POST', alerts, { bare: true })
  const headers = { authorization: `Bearer ${token}`, ...dated('2025-01-01').headers, 'x-emulator-fault': 'reset' }
  await t.rejects(fetch(`${await emulator.listen()}${alerts}`, { method: 'POST', headers }))
  t.match((await command('GET', '/requests?operation=stub')).json(), {
    count: 3,
    requests: [
      {
        operation: 'stub',
        project,
        credential: account.id,
        status: 201,
        unserved: false,
        requestBody: { sent: 1 },
        responseHeaders: { location: '/here', 'content-type': /vnd\.atlas/ },
        responseBody: page,
      },
      { operation: 'stub', status: 401 },
      { operation: 'stub', status: null, fault: 'reset' },
    ],
  })
  t.ok(lines.some((line) => line.includes('"operation":"stub"') && line.includes('"status":201')))
  const { paths } = (await command('GET', '/openapi.json')).json()
  t.strictSame(
    Object.keys(paths).filter((known) => known.endsWith('/alerts')),
    [],
  )
  t.equal(JSON.stringify(paths).includes('"stub"'), false)
  t.equal((await command('GET', '/health')).json().counts.unserved, 0)
})

test('an answer of one’s own has each header once, and those of every answer as they always are', async (t) => {
  const headers = { Server: 'mine', Vary: 'X', 'X-Frame-Options': 'SAMEORIGIN', 'X-Own': '1' }
  const { call, emulator } = await serving(t, [answer({ headers })], ['--auth', 'off'])
  const usual = (await call('GET', path)).headers
  const socket = await open(await emulator.listen())
  socket.write(`GET ${alerts} HTTP/1.1\r\nHost: x\r\nAccept: ${accept}\r\nConnection: close\r\n\r\n`)
  const [head = ''] = (await rest(socket)).split('\r\n\r\n')
  const names = head
    .split('\r\n')
    .slice(1)
    .map((line) => line.slice(0, line.indexOf(':')).toLowerCase())
  t.strictSame(names.toSorted(), [...new Set(names)].toSorted())
  t.ok(names.includes('x-own'))
  for (const name of ['server', 'vary', 'x-frame-options'])
    t.match(head.toLowerCase(), `${name}: ${usual[name]}`.toLowerCase())
})

test('a fault that goes by the body passes over a body that is null', async (t) => {
  const { call, command } = await serving(t, [answer({ method: 'POST' })])
  await command('POST', '/faults', { errorCode: 'NO_CAPACITY', match: { body: { regionName: 'US_EAST_1' } } })
  const json = { 'content-type': 'application/json' }
  t.equal((await call('POST', alerts, { headers: json, body: 'null' })).statusCode, 200)
  const faulted = await call('POST', alerts, { headers: json, body: { regionName: 'US_EAST_1' } })
  t.equal(faulted.json().errorCode, 'NO_CAPACITY')
})
