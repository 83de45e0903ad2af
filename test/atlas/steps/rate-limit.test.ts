import { test } from 'tap'
import { callerOf } from '../../../src/http/caller.js'
import {
  accept,
  defaultWorld,
  demo,
  fixtureFile,
  path,
  project,
  start,
  type TestBench,
} from '../../support/emulator.js'

const groups = '/api/atlas/v2/groups'
const of = (id: string) => `${groups}/${id}/backup/AWS/privateEndpoints`
const valid = { cloudProvider: 'AWS', regionName: 'US_EAST_1' }

/** Limit and remaining tokens as an answer tells them. */
async function told(bench: TestBench, method: string, url: string, body?: object) {
  const { headers } = await bench.call(method, url, { body })
  return [headers['ratelimit-limit'], headers['ratelimit-remaining']]
}

test('every answer from the bucket on tells the limit and what is left, whatever its status [bucket-headers] [bucket-remaining]', async (t) => {
  const bench = await start(t)
  t.same(await told(bench, 'GET', path), ['1200', '1199'])
  t.same(await told(bench, 'HEAD', path), ['1200', '1198'])
  t.same(await told(bench, 'POST', path, valid), ['1200', '1197'], '201')
  t.same(await told(bench, 'POST', path, valid), ['1200', '1196'], '409')
  t.same(await told(bench, 'POST', path, {}), ['1200', '1195'], '400')
  t.same(await told(bench, 'GET', `${path}/nope`), ['1200', '1194'], '404')
  t.same(await told(bench, 'GET', path.replace('AWS', 'AZURE')), ['1200', '1193'], 'a provider that is none')
  const { id } = (await bench.call('GET', path)).json().results[0]
  t.same(await told(bench, 'DELETE', `${path}/${id}`), ['1200', '1191'], '204')
})

test('what comes before the bucket takes nothing and tells nothing [bucket-not-before]', async (t) => {
  const bench = await start(t, ['--fixtures', 'demo'])
  const endpoints = of(demo.production)
  const earlier: [string, string, Record<string, string>?][] = [
    ['GET', '/api/atlas/v2/nope'],
    ['PATCH', endpoints],
    ['GET', endpoints, { authorization: 'Bearer x' }],
    ['GET', endpoints, { accept: 'application/json' }],
    ['GET', of('nope')],
    ['GET', of('ffffffffffffffffffffffff')],
    ['GET', of(demo.fleet)],
  ]
  for (const [method, url, headers = {}] of earlier) {
    const response = await bench.call(method, url, { headers })
    t.notOk('ratelimit-limit' in response.headers, url)
    t.notOk('ratelimit-remaining' in response.headers, url)
  }
  t.same(await told(bench, 'GET', endpoints), ['1200', '1199'])
})

test('an empty bucket answers 429, and the call after Retry-After succeeds [bucket-empty] [bucket-empty-link] [bucket-headers]', async (t) => {
  const bench = await start(t, ['--rate-limit', '2/1/60'])
  bench.clock.advance(250)
  t.same(await told(bench, 'GET', path), ['2', '1'])
  bench.clock.advance(4_500)
  t.same(await told(bench, 'GET', path), ['2', '0'])
  const response = await bench.call('GET', `${path}?pretty=false`)
  t.equal(response.statusCode, 429)
  const shown = path.slice(1)
  t.equal(
    response.body,
    `{"detail":"Rate limit exceeded for ${shown}. Please retry after 56 seconds. Request capacity: 2. Refill rate: 1 per 60 seconds. For more information, see: http://dochub.mongodb.org/core/atlas-api-rate-limit.","error":429,"errorCode":"RATE_LIMITED_TOKEN_BUCKET","parameters":["${shown}",56,2,1,60],"reason":"Too Many Requests"}`,
  )
  t.match(response.headers, {
    'retry-after': '56',
    'ratelimit-limit': '2',
    'ratelimit-remaining': '0',
    'x-error-code': 'RATE_LIMITED_TOKEN_BUCKET',
  })
  bench.clock.advance(55_000)
  t.equal((await bench.call('GET', path)).statusCode, 429)
  bench.clock.advance(1_000)
  t.same(await told(bench, 'GET', path), ['2', '0'])
  t.equal((await bench.call('GET', path)).headers['retry-after'], '60')
})

test('a refused create has not happened', async (t) => {
  const bench = await start(t, ['--rate-limit', '1/1/60'])
  t.equal((await bench.call('GET', path)).json().totalCount, 0)
  t.equal((await bench.call('POST', path, { body: valid })).statusCode, 429)
  bench.clock.advance(60_000)
  t.equal((await bench.call('GET', path)).json().totalCount, 0)
})

test('a project has a bucket for its backups and one for itself, a credential one for lists [bucket-projects]', async (t) => {
  const bench = await start(t, ['--fixtures', 'demo', '--rate-limit', '3/1/60'])
  t.same(await told(bench, 'GET', of(demo.production)), ['3', '2'])
  t.same(await told(bench, 'GET', of(demo.staging)), ['3', '2'])
  t.same(await told(bench, 'GET', groups), ['3', '2'])
  t.same(await told(bench, 'GET', `${groups}/${demo.production}`), ['3', '2'])
  t.same(await told(bench, 'HEAD', `${groups}/${demo.staging}`), ['3', '2'])
  t.same(await told(bench, 'GET', groups), ['3', '1'])
  t.same(await told(bench, 'GET', groups), ['3', '0'])
  const response = await bench.call('GET', groups)
  t.equal(response.statusCode, 429)
  t.match(response.json(), { parameters: ['api/atlas/v2/groups', 60, 3, 1, 60] })
  t.same(await told(bench, 'GET', of(demo.production)), ['3', '1'])
})

test('a project may have a limit of its own, and off means that nothing is told [bucket-settings]', async (t) => {
  const world = defaultWorld()
  const [first] = world.projects
  if (!first) throw new Error('The default world has a project')
  first.rateLimit = '10/5/30'
  world.projects.push({ ...first, id: 'a'.repeat(24), rateLimit: 'off' })
  world.projects.push({ ...first, id: 'b'.repeat(24), rateLimit: 'atlas' })
  world.projects.push({ id: 'c'.repeat(24), orgId: first.orgId, name: 'without' })
  for (const serviceAccount of world.serviceAccounts) {
    serviceAccount.roles = [{ roleName: 'ORG_OWNER', orgId: first.orgId }]
  }
  const file = fixtureFile(t, world)
  const off = await start(t, ['--fixtures', file, '--rate-limit', 'off'])
  t.same(await told(off, 'GET', path), ['10', '9'])
  t.same(await told(off, 'GET', of('a'.repeat(24))), [undefined, undefined])
  t.same(await told(off, 'GET', of('b'.repeat(24))), ['1200', '1199'])
  t.same(await told(off, 'GET', of('c'.repeat(24))), [undefined, undefined])
  t.same(await told(off, 'GET', groups), [undefined, undefined])
  const on = await start(t, ['--fixtures', file, '--rate-limit', '7/7/7'])
  t.same(await told(on, 'GET', of('a'.repeat(24))), [undefined, undefined])
  t.same(await told(on, 'GET', of('c'.repeat(24))), ['7', '6'])
  t.same(await told(on, 'GET', `${groups}/${project}`), ['7', '6'], 'a project’s own limit is for its backups alone')
})

test('a bucket holds 1200 requests and gains 500 every 60 seconds [bucket-cloud-backups] [bucket-projects]', async (t) => {
  const { call } = await start(t)
  const exportBuckets = `${groups}/${project}/backup/exportBuckets`
  for (const url of [path, exportBuckets, groups, `${groups}/${project}`]) {
    const response = await call('GET', url, { headers: { 'x-emulator-fault': 'RATE_LIMITED_TOKEN_BUCKET' } })
    t.strictSame(response.json().parameters.slice(2), [1200, 500, 60], url)
  }
})

test('a 503 by fault may carry Retry-After [bucket-retry-after-503]', async (t) => {
  const { call, command } = await start(t)
  await command('POST', '/faults', { errorCode: 'SERVICE_UNAVAILABLE', headers: { 'retry-after': '7' } })
  t.match(await call('GET', path), { statusCode: 503, headers: { 'retry-after': '7' } })
})

test('with --auth off a caller’s address has the bucket for lists of projects [bucket-settings]', async (t) => {
  const { call } = await start(t, ['--auth', 'off', '--rate-limit', '2/1/60'])
  const ask = async (url: string, from = '127.0.0.1') =>
    (await call('GET', url, { bare: true, headers: { accept }, from })).headers['ratelimit-remaining']
  t.equal(await ask(groups), '1')
  t.equal(await ask(path), '1')
  t.equal(await ask(`${groups}/${project}`), '1')
  t.equal(await ask(groups), '0')
  t.equal(await ask(groups, '10.0.0.1'), '1')
})

test('who is forwarded without an address shares the bucket of the proxy, whatever the header says', async (t) => {
  const { call } = await start(t, ['--auth', 'off', '--rate-limit', '5/1/60', '--trust-proxy'])
  const left = async (forwarded: string) => {
    const { headers } = await call('GET', groups, { headers: { 'x-forwarded-for': forwarded }, from: '192.0.2.1' })
    return headers['ratelimit-remaining']
  }
  t.equal(await left('203.0.113.7'), '4')
  t.equal(await left('::ffff:203.0.113.7'), '3', 'the same address, written as one of IPv6')
  t.equal(await left('unknown'), '4')
  t.equal(await left('x'.repeat(1000)), '3')
  t.equal(await left('192.0.2.1'), '2')
  const gone = { ip: 'unknown', raw: { socket: {} } } as Parameters<typeof callerOf>[0]
  t.equal(callerOf(gone), '', 'a connection that is closed has no address')
})
