import { STATUS_CODES } from 'node:http'
import type { LightMyRequestResponse } from 'fastify'
import { test } from 'tap'
import type { Fixture, FixtureApiKey, FixtureProject } from '../../src/fixture/schema.js'
import { World } from '../../src/world/world.js'
import { fixtureFile, project, role, start, type TestBench, tokenFor } from '../support/emulator.js'

const orgs = { own: '32b6e34b3d91647abb20e7a0', foreign: 'f'.repeat(24), listed: 'e'.repeat(24) }
const projects = { limited: '1'.repeat(24), foreign: '2'.repeat(24) }

/** Who asks, by what is wrong with them. */
const clients = {
  nobody: undefined,
  owner: { orgId: orgs.own, roles: [{ roleName: 'ORG_OWNER', orgId: orgs.own }] },
  reader: { orgId: orgs.own, roles: [{ roleName: 'ORG_READ_ONLY', orgId: orgs.own }] },
  elsewhere: { orgId: orgs.own, roles: [], accessList: ['203.0.113.0/24'] },
  unlisted: { orgId: orgs.listed, roles: [] },
  stranger: { orgId: orgs.foreign, roles: [{ roleName: 'ORG_OWNER', orgId: orgs.foreign }] },
} satisfies Record<string, Pick<FixtureApiKey, 'orgId' | 'roles' | 'accessList'> | undefined>
type Client = keyof typeof clients

const secret = (name: string) => `mdb_sa_sk_${name.padEnd(40, 'x')}`
const clientId = (name: string) => `mdb_sa_id_${Buffer.from(name.slice(0, 6)).toString('hex').padEnd(24, '0')}`

function world(): Fixture {
  const of = (id: string, rest: Partial<FixtureProject> = {}): FixtureProject => ({
    id,
    orgId: orgs.own,
    name: 'x',
    privateEndpoints: [{ regionName: 'US_EAST_1', status: 'ACTIVE' }],
    ...rest,
  })
  return {
    organizations: Object.entries(orgs).map(([name, id]) => ({ id, name, apiAccessListRequired: name === 'listed' })),
    projects: [
      of(project),
      of(projects.limited, { rateLimit: '1/1/60' }),
      of(projects.foreign, { rateLimit: '1/1/60', orgId: orgs.foreign }),
    ],
    serviceAccounts: Object.entries(clients).flatMap(([name, client]) =>
      client ? [{ clientId: clientId(name), clientSecret: secret(name), ...client }] : [],
    ),
    privateEndpointVersions: [
      { date: '2024-11-13', sunset: '2026-01-01' },
      { date: '2025-06-01', sunset: '2099-02-03' },
      { date: '2025-12-01' },
    ],
  }
}

/** A create, in parts that can each go wrong by themselves. */
interface Ask {
  base: string
  method: string
  client: Client
  accept: string
  groupId: string
  provider: string
  endpoint: string
  query: string
  contentType: string
  body: object | string
  padding: number
}

const fine: Ask = {
  base: '/api/atlas/v2/groups',
  method: 'POST',
  client: 'owner',
  accept: 'application/vnd.atlas.2025-06-01+json',
  groupId: project,
  provider: 'AWS',
  endpoint: '',
  query: '',
  contentType: 'application/json',
  body: { cloudProvider: 'AWS', regionName: 'EU_WEST_1', vpcRegionName: 'EU_WEST_2' },
  padding: 0,
}

/** One thing wrong with a request. */
interface Violation {
  /** Its place in the order of checks. */
  readonly place: number
  readonly what: string
  readonly status: number
  readonly errorCode: string
  /** How the detail begins, where the code alone does not tell mistakes apart. */
  readonly detail?: string
  readonly wrong: Partial<Ask>
  /** Attributes of the body that are wrong, or undefined for missing ones. */
  readonly attributes?: Record<string, unknown>
}

const existing = { regionName: 'US_EAST_1', vpcRegionName: 'US_EAST_1' }
const missing = (...names: string[]) => Object.fromEntries(names.map((name) => [name, undefined]))

const violations: Violation[] = [
  // A doubled slash is told before all else, another unknown path after credentials and address.
  {
    place: 1,
    what: 'path',
    status: 404,
    errorCode: 'RESOURCE_NOT_FOUND',
    detail: 'Cannot find resource /',
    wrong: { base: '/api/atlas//v2/groups' },
  },
  { place: 2, what: 'method', status: 405, errorCode: '', wrong: { method: 'PATCH' } },
  { place: 3, what: 'no credentials', status: 401, errorCode: 'UNEXPECTED_ERROR', wrong: { client: 'nobody' } },
  {
    place: 4,
    what: 'no access list',
    status: 403,
    errorCode: 'ORG_REQUIRES_ACCESS_LIST',
    wrong: { client: 'unlisted' },
  },
  {
    place: 5,
    what: 'not on the list',
    status: 403,
    errorCode: 'IP_ADDRESS_NOT_ON_ACCESS_LIST',
    wrong: { client: 'elsewhere' },
  },
  {
    place: 5.5,
    what: 'unknown path',
    status: 404,
    errorCode: 'RESOURCE_NOT_FOUND',
    detail: 'Cannot find resource /',
    wrong: { base: '/api/atlas/v3/groups' },
  },
  {
    place: 6,
    what: 'no version',
    status: 406,
    errorCode: 'INVALID_VERSION_DATE',
    wrong: { accept: 'application/json' },
  },
  {
    place: 7,
    what: 'sunset',
    status: 410,
    errorCode: 'VERSION_GONE',
    wrong: { accept: 'application/vnd.atlas.2025-03-12+json' },
  },
  { place: 8, what: 'group id', status: 404, errorCode: 'INVALID_GROUP_ID', wrong: { groupId: 'nope' } },
  { place: 9, what: 'no project', status: 404, errorCode: 'GROUP_NOT_FOUND', wrong: { groupId: 'a'.repeat(24) } },
  {
    place: 10,
    what: 'foreign project',
    status: 401,
    errorCode: 'USER_UNAUTHORIZED',
    wrong: { groupId: projects.foreign },
  },
  { place: 10, what: 'role', status: 401, errorCode: 'USER_UNAUTHORIZED', wrong: { client: 'reader' } },
  {
    place: 11,
    what: 'empty bucket',
    status: 429,
    errorCode: 'RATE_LIMITED_TOKEN_BUCKET',
    wrong: { groupId: projects.limited },
  },
  { place: 12, what: 'provider', status: 400, errorCode: 'VALIDATION_ERROR', wrong: { provider: 'AZURE' } },
  { place: 13, what: 'query', status: 400, errorCode: 'INVALID_QUERY_PARAMETER', wrong: { query: 'envelope=maybe' } },
  {
    place: 14,
    what: 'endpoint id',
    status: 404,
    errorCode: 'RESOURCE_NOT_FOUND',
    detail: 'Cannot find resource Object',
    wrong: { method: 'DELETE', endpoint: '/nope' },
  },
  {
    place: 15,
    what: 'content type',
    status: 415,
    errorCode: 'UNSUPPORTED_MEDIA_TYPE',
    wrong: { contentType: 'text/plain' },
  },
  { place: 16, what: 'size', status: 413, errorCode: 'PAYLOAD_TOO_LARGE', wrong: { padding: 1024 * 1024 } },
  { place: 17, what: 'no JSON', status: 400, errorCode: 'MALFORMED_JSON', wrong: { body: '{' } },
  { place: 18, what: 'no object', status: 400, errorCode: 'INVALID_JSON', wrong: { body: '[]' } },
  { place: 19, what: 'unknown', status: 400, errorCode: 'INVALID_ATTRIBUTE', wrong: {}, attributes: { foo: 1 } },
  {
    place: 21,
    what: 'one missing',
    status: 400,
    errorCode: 'MISSING_ATTRIBUTE',
    wrong: {},
    attributes: missing('cloudProvider'),
  },
  {
    place: 22,
    what: 'two missing',
    status: 400,
    errorCode: 'MISSING_ATTRIBUTES',
    wrong: {},
    attributes: missing('cloudProvider', 'regionName'),
  },
  {
    place: 23,
    what: 'type of vpcRegionName',
    status: 400,
    errorCode: 'INVALID_JSON_ATTRIBUTE',
    wrong: {},
    attributes: { vpcRegionName: 7 },
  },
  {
    place: 24,
    what: 'value of cloudProvider',
    status: 400,
    errorCode: 'INVALID_ENUM_VALUE',
    wrong: {},
    attributes: { cloudProvider: 'MOON' },
  },
  {
    place: 24.5,
    what: 'value of vpcRegionName',
    status: 400,
    errorCode: 'INVALID_ATTRIBUTE',
    wrong: {},
    attributes: { vpcRegionName: 'MOON' },
  },
  {
    place: 24.5,
    what: 'value of regionName',
    status: 400,
    errorCode: 'INVALID_ATTRIBUTE',
    wrong: {},
    attributes: { regionName: 'MOON' },
  },
  {
    place: 25,
    what: 'exists',
    status: 409,
    errorCode: 'PRIVATE_ENDPOINT_SERVICE_ALREADY_EXISTS_FOR_REGION',
    wrong: {},
    attributes: existing,
  },
]

/** The parts of a request that the violation is about. */
function parts({ wrong, attributes = {} }: Violation): string[] {
  const named = [...Object.keys(wrong), ...Object.keys(attributes)]
  // What has attributes is an object, and a create.
  return 'body' in wrong ? [...named, 'foo', 'id', 'cloudProvider', 'regionName', 'vpcRegionName'] : named
}

/** Whether one request can be wrong in both ways. */
function goTogether(a: Violation, b: Violation): boolean {
  const [first, second] = [parts(a), parts(b)]
  if (first.some((part) => second.includes(part))) return false
  // A path that is unknown has no methods.
  if (a.place === 2 && b.place === 5.5) return false
  // A request for one endpoint has no body to look at.
  return !(a.place === 14 && b.place > 14)
}

async function send({ call }: TestBench, tokens: Tokens, ...wrong: Violation[]): Promise<LightMyRequestResponse> {
  const ask: Ask = Object.assign({}, fine, ...wrong.map((violation) => violation.wrong))
  const attributes = Object.assign({}, ...wrong.map((violation) => violation.attributes))
  const body = typeof ask.body === 'string' ? ask.body : JSON.stringify({ ...ask.body, ...attributes })
  const token = tokens[ask.client]
  const url = `${ask.base}/${ask.groupId}/backup/${ask.provider}/privateEndpoints${ask.endpoint}?${ask.query}`
  return call(ask.method, url, {
    bare: true,
    headers: {
      accept: ask.accept,
      'content-type': ask.contentType,
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: body + ' '.repeat(ask.padding),
  })
}

type Tokens = Partial<Record<Client, string>>

/** An emulator in which each of the violations can be committed. */
async function prepare(t: Parameters<typeof start>[0]): Promise<{ bench: TestBench; tokens: Tokens }> {
  const file = fixtureFile(t, world())
  const bench = await start(t, ['--fixtures', file])
  const tokens: Tokens = {}
  for (const name of Object.keys(clients) as Client[]) {
    if (clients[name]) tokens[name] = await tokenFor(bench.emulator, { id: clientId(name), secret: secret(name) })
  }
  // The one token in each of these buckets.
  for (const [groupId, client] of [
    [projects.limited, 'owner'],
    [projects.foreign, 'stranger'],
  ] as const) {
    const first = await send(bench, tokens, { ...(violations[0] as Violation), wrong: { groupId, client } })
    t.equal(first.statusCode, 201)
  }
  return { bench, tokens }
}

test('of any two things that one request can be wrong in, the earlier check tells [order-of-checks] [order-credentials-first]', async (t) => {
  const { bench, tokens } = await prepare(t)
  const seen = new Set<string>()
  for (const earlier of violations) {
    for (const later of violations.filter(({ place }) => place > earlier.place)) {
      if (!goTogether(earlier, later)) continue
      // The later one first, so that where both name a part, the earlier one's counts.
      const response = await send(bench, tokens, later, earlier)
      // A 405 has no body.
      const { errorCode = '', detail = '' } = response.body === '' ? {} : response.json()
      const what = `${earlier.place} (${earlier.what}) before ${later.place} (${later.what})`
      t.equal(response.statusCode, earlier.status, what)
      t.equal(errorCode, earlier.errorCode, what)
      t.ok(detail.startsWith(earlier.detail ?? ''), what)
      seen.add(`${earlier.place} ${later.place}`)
    }
  }
  // Places side by side, but for those that exclude each other: two kinds of credentials, of versions, of
  // projects, of bodies; an endpoint's id and a body.
  const neighbours =
    '1 2, 2 3, 5 5.5, 5.5 6, 7 8, 10 11, 11 12, 12 13, 13 14, 15 16, 16 17, 19 21, 22 23, 23 24, 24 24.5'
  for (const pair of neighbours.split(', ')) t.ok(seen.has(pair), pair)
})

test('a thing that is not there is told after the query, before the type of the body and the body [order-of-checks]', async (t) => {
  const { call } = await start(t)
  const bucket = `/api/atlas/v2/groups/${project}/backup/exportBuckets/${'a'.repeat(24)}`
  const told = async (query: string, headers: Record<string, string>, body: object | string) =>
    (await call('PATCH', bucket + query, { headers, body })).json().errorCode
  t.equal(await told('?pretty=maybe', {}, { foo: 1 }), 'INVALID_QUERY_PARAMETER')
  t.equal(await told('', { 'content-type': 'text/plain' }, '{'), 'EXPORT_BUCKET_NOT_FOUND')
  t.equal(await told('', { 'content-type': 'application/json' }, '{'), 'EXPORT_BUCKET_NOT_FOUND')
  t.equal(await told('', {}, { foo: 1 }), 'EXPORT_BUCKET_NOT_FOUND')
})

const base = [
  'connection',
  'content-length',
  'content-type',
  'date',
  'referrer-policy',
  'server',
  'strict-transport-security',
  'x-content-type-options',
  'x-error-code',
  'x-frame-options',
  'x-permitted-cross-domain-policies',
]

/** The headers that the answer to a violation has, and no others. */
function headersOf({ place, wrong }: Violation): string[] {
  if (place === 3) return ['connection', 'content-length', 'content-type', 'date', 'vary', 'www-authenticate']
  if (place === 2) {
    const left = ['content-type', 'x-error-code', 'x-frame-options']
    return [...base.filter((name) => !left.includes(name)), 'allow', 'x-emulator-unserved'].sort()
  }
  return [
    ...base,
    ...(place === 5.5 ? ['x-emulator-unserved'] : []),
    ...(wrong.method === undefined ? ['vary'] : []),
    ...(place >= 7 ? ['deprecation', 'sunset'] : []),
    ...(place >= 11 ? ['ratelimit-limit', 'ratelimit-remaining'] : []),
    ...(place === 11 ? ['retry-after'] : []),
  ].sort()
}

test('each mistake carries these headers and no others [headers-absent] [bucket-headers] [version-deprecation-headers]', async (t) => {
  const { bench, tokens } = await prepare(t)
  for (const violation of violations) {
    const { place, what } = violation
    const { headers, statusCode } = await send(bench, tokens, violation)
    t.equal(statusCode, violation.status, `${place} ${what}`)
    t.same(Object.keys(headers).sort(), headersOf(violation), `${place} ${what}`)
    if (place !== 2) t.equal(headers['content-type'], 'application/json')
    t.equal(headers.connection, place === 16 ? 'close' : 'keep-alive')
    t.equal(headers['retry-after'], place === 11 ? '60' : undefined)
    const gone = ['Sun, 1 Jun 2025 00:00:00 GMT', 'Thu, 1 Jan 2026 00:00:00 GMT']
    const deprecated = ['Mon, 1 Dec 2025 00:00:00 GMT', 'Tue, 3 Feb 2099 00:00:00 GMT']
    if (place >= 7) t.same([headers.deprecation, headers.sunset], place === 7 ? gone : deprecated)
  }
})

test('each mistake is printed as pretty and envelope ask for, but the challenge [pretty-envelope-everywhere] [envelope-others]', async (t) => {
  const { bench, tokens } = await prepare(t)
  for (const violation of violations) {
    const { place, what, status } = violation
    const title = `${place} ${what}`
    const { query = '' } = violation.wrong
    const ask = async (flags: string) => {
      const asked = { ...violation, wrong: { ...violation.wrong, query: [flags, query].filter(Boolean).join('&') } }
      const response = await send(bench, tokens, asked)
      t.equal(response.statusCode, status, `${title}: the status line stays`)
      t.equal(response.headers['content-length'], String(Buffer.byteLength(response.body)), title)
      return response.body
    }
    const plain = await ask('')
    if (place === 2) {
      t.equal(plain, '', title)
      continue
    }
    if (place === 3) {
      t.match(plain, /^\{\n {2}"error" : 401,/)
      t.equal(await ask('envelope=true'), plain)
      t.equal(await ask('pretty=true'), plain)
      continue
    }
    t.match(JSON.parse(plain), { error: status, errorCode: violation.errorCode, reason: STATUS_CODES[status] })
    t.notMatch(plain, /\n/, title)
    const pretty = await ask('pretty=true')
    t.match(pretty, /^\{\n {2}"(badRequestDetail|detail)" : .*\n {2}"reason" : "[^"]+"\n\}$/s, title)
    t.same(JSON.parse(pretty), JSON.parse(plain), title)
    // An envelope that is no flag counts as none.
    if (place === 13) continue
    const enveloped = await ask('envelope=true')
    t.equal(enveloped, `{"content":${plain},"status":${status}}`, title)
    const both = await ask('pretty&envelope')
    t.match(both, /^\{\n {2}"content" : \{\n {4}"/, title)
    t.same(JSON.parse(both), JSON.parse(enveloped), title)
  }
})

test('each success is printed as pretty and envelope ask for [pretty-envelope-everywhere]', async (t) => {
  const { call } = await start(t, ['--private-networking', 'lenient'])
  const group = `/api/atlas/v2/groups/${project}`
  const buckets = `${group}/backup/exportBuckets`
  const endpoints = `${group}/backup/AWS/privateEndpoints`
  const flags = '?pretty=true&envelope=true'
  const ask = async (method: string, url: string, status: number, body?: object) => {
    const response = await call(method, url + flags, body && { body })
    t.match(response.body, /^\{\n {2}"(?:content|links)" : /, `${method} ${url}`)
    const shown = response.json()
    t.equal(shown.status, status, `${method} ${url}`)
    return shown.content
  }
  const endpoint = await ask('POST', endpoints, 201, { cloudProvider: 'AWS', regionName: 'US_EAST_1' })
  const named = { bucketName: 'exports', cloudProvider: 'AWS', iamRoleId: role }
  const bucket = await ask('POST', buckets, 200, named)
  await ask('PATCH', `${buckets}/${bucket._id}`, 200, { requirePrivateNetworking: true })
  const roles = `${group}/cloudProviderAccess`
  const { roleId } = await ask('POST', roles, 200, { providerName: 'AWS' })
  await ask('PATCH', `${roles}/${roleId}`, 200, { providerName: 'AWS' })
  const one = [group, `${endpoints}/${endpoint.id}`, `${buckets}/${bucket._id}`]
  const read = ['/api/atlas/v2/groups', endpoints, buckets, roles, `${roles}/${roleId}`, ...one]
  for (const url of read) await ask('GET', url, 200)
  for (const url of [...one.slice(1), `${roles}/AWS/${roleId}`]) await ask('DELETE', url, 204)
})

test('what nobody foresaw comes behind the version and the bucket [order-of-checks]', async (t) => {
  const { bench, tokens } = await prepare(t)
  t.intercept(World.prototype, 'create', {
    value: () => {
      throw new Error('unforeseen')
    },
  })
  const nothingWrong = { ...(violations[0] as Violation), wrong: {} }
  const { statusCode, headers } = await send(bench, tokens, nothingWrong)
  t.equal(statusCode, 500)
  t.same(Object.keys(headers).sort(), headersOf({ ...nothingWrong, place: 26 }))
})
