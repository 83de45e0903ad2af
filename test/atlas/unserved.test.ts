import type { FastifyReply, FastifyRequest } from 'fastify'
import { test } from 'tap'
import { mostUnserved, nameUnserved, Unserved } from '../../src/atlas/unserved.js'
import {
  account,
  defaultWorld,
  fixtureFile,
  memoryLogger,
  path,
  project,
  start,
  type TestBench,
} from '../support/emulator.js'

const org = '32b6e34b3d91647abb20e7a0'
const api = '/api/atlas/v2'
const alerts = `${api}/groups/${project}/alerts`
const hint = '(only /api/atlas/v2 is served)'

/** The lines that warn of what is not served. */
const warnings = (lines: readonly string[]) => lines.filter((line) => line.includes('is not served by this emulator'))

async function health({ command }: TestBench) {
  return (await command('GET', '/health')).json() as { counts: { unserved: number }; unserved: Record<string, number> }
}

test('a path that the emulator lacks is Atlas’s 404 with a mark [unserved-marked]', async (t) => {
  const { call } = await start(t)
  const { statusCode, headers, body } = await call('GET', `${alerts}?pageNum=1`)
  t.strictSame([statusCode, headers['x-error-code']], [404, 'RESOURCE_NOT_FOUND'])
  t.equal(headers['x-emulator-unserved'], 'GET /groups/{groupId}/alerts')
  t.strictSame(JSON.parse(body), {
    detail: `Cannot find resource ${alerts}.`,
    error: 404,
    errorCode: 'RESOURCE_NOT_FOUND',
    parameters: [alerts],
    reason: 'Not Found',
  })
  const head = await call('HEAD', alerts)
  t.strictSame([head.statusCode, head.body], [404, ''])
  t.equal(head.headers['x-emulator-unserved'], 'GET /groups/{groupId}/alerts')
})

test('a method that the emulator lacks is a 405 without body, with a mark [unserved-marked]', async (t) => {
  const { call } = await start(t)
  const { statusCode, headers, body } = await call('PUT', path, { bare: true })
  t.strictSame([statusCode, body, headers.allow, headers['content-length']], [405, '', 'POST,GET,OPTIONS', '0'])
  t.equal(headers['x-emulator-unserved'], 'PUT /groups/{groupId}/backup/AWS/privateEndpoints')
  t.equal('content-type' in headers, false)
})

test('what Atlas refuses, or has not, is not marked [unserved-marked]', async (t) => {
  const bench = await start(t)
  const { call } = bench
  const cases: [string, string, number, object][] = [
    ['GET', `${path}/32b6e34b3d91647abb20e7c9`, 404, {}],
    ['GET', `${path}/nope`, 404, {}],
    ['GET', `${api}/groups/${org}`, 404, {}],
    ['GET', alerts, 401, { bare: true }],
    ['OPTIONS', path, 200, {}],
    ['GET', '/api/nope', 404, {}],
    ['GET', '/api/oauth/token', 405, {}],
    ['GET', '/api/oauth/nope', 404, {}],
    ['GET', `${api}//groups`, 404, {}],
    ['GET', `${api}/groups/%zz`, 404, {}],
    ['GET', path, 200, {}],
  ]
  for (const [method, url, status, options] of cases) {
    const { statusCode, headers } = await call(method, url, options)
    t.equal(statusCode, status, `${method} ${url}`)
    t.notOk('x-emulator-unserved' in headers, `${method} ${url}`)
  }
  t.equal((await health(bench)).counts.unserved, 0)
  t.equal((await bench.command('GET', '/requests?unserved=true&count=true')).json().count, 0)
})

test('the name has the ids replaced, by what comes before them, and is short [unserved-names]', async (t) => {
  const other = 'F'.repeat(24)
  const cases: [string, string, string][] = [
    ['GET', `${api}/groups/${project}/clusters/Cluster0/fts`, 'GET /groups/{groupId}/clusters/Cluster0/fts'],
    ['PATCH', `${api}/orgs/${org}/teams/${other}`, 'PATCH /orgs/{orgId}/teams/{id}'],
    ['HEAD', `${api}/orgs/${org}/`, 'GET /orgs/{orgId}'],
    ['DELETE', `${api}/${other}`, 'DELETE /{id}'],
    ['GET', api, 'GET /'],
    ['GET', `${api}/groups/${project}0/x`, `GET /groups/${project}0/x`],
    ['GET', `${api}/caf\u00e9\u0001`, 'GET /caf__'],
    ['GET', `${api}/x?mdb_sa_sk_abcdef`, 'GET /x?[removed]'],
    ['GET', `${api}/hush/x`, 'GET /[removed]/x'],
  ]
  for (const [method, url, name] of cases) t.equal(nameUnserved(method, url, 'hush'), name)
  const long = nameUnserved('GET', `${api}/${'x'.repeat(16_000)}`)
  t.strictSame([long.length, long.slice(-6)], [200, 'xxx...'])
  const older = nameUnserved('GET', `/api/atlas/v1.0/${'x'.repeat(16_000)}`)
  t.strictSame([older.length, older.slice(-hint.length - 4)], [200, `... ${hint}`])
})

test('an older API is an unknown path, whose mark and log line say v2 [older-apis-unserved]', async (t) => {
  const { logger, lines } = memoryLogger()
  const { call } = await start(t, [], { logger })
  for (const base of ['/api/atlas/v1.0', '/api/atlas/v1.5', '/api/atlas/v20']) {
    const { statusCode, headers } = await call('GET', `${base}/groups/${project}`)
    t.equal(statusCode, 404)
    t.equal(headers['x-emulator-unserved'], `GET ${base}/groups/{groupId} ${hint}`)
  }
  t.equal((await call('GET', '/api/atlas')).headers['x-emulator-unserved'], `GET /api/atlas ${hint}`)
  t.strictSame(
    warnings(lines).map((line) => line.includes(hint)),
    [true, true, true, true],
  )
})

test('the log warns once of each path, of whatever project', async (t) => {
  const { logger, lines } = memoryLogger()
  const { call, command } = await start(t, [], { logger })
  for (const id of [project, org, project]) await call('GET', `${api}/groups/${id}/alerts`)
  await call('POST', alerts)
  await call('PUT', path)
  await command('POST', '/reset')
  await call('GET', alerts)
  t.strictSame(
    warnings(lines).map((line) => /} (.*) is not served/.exec(line)?.[1]),
    [
      'GET /groups/{groupId}/alerts',
      'POST /groups/{groupId}/alerts',
      'PUT /groups/{groupId}/backup/AWS/privateEndpoints',
    ],
  )
})

test('health counts what is not served, and tells what was asked for most, until a reset', async (t) => {
  const bench = await start(t)
  const { call, command } = bench
  t.match(await health(bench), { counts: { unserved: 0 }, unserved: {} })
  await call('PUT', path)
  for (let i = 0; i < 3; i += 1) await call('GET', alerts)
  t.strictSame((await health(bench)).unserved, {
    'GET /groups/{groupId}/alerts': 3,
    'PUT /groups/{groupId}/backup/AWS/privateEndpoints': 1,
  })
  for (let i = 0; i < 30; i += 1) await call('GET', `${alerts}/${i}`)
  const told = await health(bench)
  t.equal(told.counts.unserved, 34)
  t.equal(Object.keys(told.unserved).length, 20)
  t.equal((await command('POST', '/reset')).json().unserved, 0)
  t.match(await health(bench), { counts: { unserved: 0 } })
  t.strictSame((await health(bench)).unserved, {})
})

test('of more than a thousand paths, those are forgotten that nobody has asked for the longest', async (t) => {
  const { logger, lines } = memoryLogger()
  const unserved = new Unserved(() => 404)
  const ask = (name: number | string) => {
    const request = { method: 'GET', raw: { url: `${api}/x/${name}` }, log: logger }
    unserved.mark(request as unknown as FastifyRequest, { header: () => {} } as unknown as FastifyReply)
    return warnings(lines).length
  }
  for (let i = 0; i < mostUnserved; i += 1) ask(i)
  t.equal(ask(0), mostUnserved, 'all are remembered')
  t.equal(ask('new'), mostUnserved + 1)
  t.equal(ask(0), mostUnserved + 1, 'the one asked for again is')
  t.equal(ask(1), mostUnserved + 2, 'the oldest is not')
  t.equal(Object.keys(unserved.mostAsked(2 * mostUnserved)).length, mostUnserved)
})

test('the journal tells what was not served, and finds it', async (t) => {
  const { call, command } = await start(t)
  await command('DELETE', '/requests')
  await call('GET', path)
  await call('GET', alerts)
  await call('GET', `${path}/nope`)
  await call('DELETE', `${api}/groups`)
  const { requests } = (await command('GET', '/requests')).json()
  t.match(requests, [
    { status: 200, unserved: false },
    { status: 404, unserved: true, operation: null, credential: account.id },
    { status: 404, unserved: false },
    { status: 405, unserved: true, responseHeaders: { 'x-emulator-unserved': 'DELETE /groups' } },
  ])
  const urls = async (query: string) =>
    (await command('GET', `/requests?${query}`)).json().requests.map(({ url }: { url: string }) => url)
  t.strictSame(await urls('unserved=true'), [alerts, `${api}/groups`])
  t.strictSame(await urls('unserved=false'), [path, `${path}/nope`])
  t.equal((await command('GET', '/requests?unserved=yes')).statusCode, 400)
})

test('with 501, what is not served fails loudly, and names the emulator [unserved-not-implemented]', async (t) => {
  const { call } = await start(t, ['--unserved', '501'])
  const name = 'GET /groups/{groupId}/alerts'
  const { statusCode, headers, body } = await call('GET', alerts)
  t.equal(statusCode, 501)
  t.match(headers, {
    'x-emulator-unserved': name,
    'x-error-code': 'NOT_IMPLEMENTED',
    'content-type': 'application/json',
  })
  t.strictSame(JSON.parse(body), {
    detail: `atlas-backup-emulator does not serve ${name}.`,
    error: 501,
    errorCode: 'NOT_IMPLEMENTED',
    parameters: [name],
    reason: 'Not Implemented',
  })
  const method = await call('PUT', `${path}?envelope=true`, { bare: true })
  t.equal(method.statusCode, 501)
  t.match(method.json(), { status: 501, content: { errorCode: 'NOT_IMPLEMENTED' } })
  t.match((await call('GET', '/api/atlas/v1.0/groups')).json().detail, hint)
  t.equal((await call('GET', alerts, { bare: true })).statusCode, 401, 'credentials come first')
  t.equal((await call('GET', `${path}/nope`)).statusCode, 404, 'an id is not unserved')
  t.equal((await call('OPTIONS', path)).statusCode, 200)
})

test('a fixture says how what is not served is answered, whatever the setting, and an export says it again', async (t) => {
  const loud = await start(t, ['--fixtures', fixtureFile(t, { ...defaultWorld(), unserved: 501 })])
  t.equal((await loud.call('GET', alerts)).statusCode, 501)
  const state = (await loud.command('GET', '/state?secrets=true')).json()
  t.equal(state.unserved, 501)
  const quiet = await start(t, ['--unserved', '501'])
  t.notOk('unserved' in (await quiet.command('GET', '/state')).json())
  await quiet.command('PUT', '/state', { ...state, unserved: 404 })
  t.equal((await quiet.call('GET', alerts)).statusCode, 404)
  await quiet.command('POST', '/reset')
  t.equal((await quiet.call('GET', alerts)).statusCode, 501)
  t.match((await quiet.command('PUT', '/state', { ...state, unserved: 500 })).json(), {
    status: 400,
    errors: [{ pointer: '/unserved', detail: 'found 500; allowed: 404, 501' }],
  })
})
