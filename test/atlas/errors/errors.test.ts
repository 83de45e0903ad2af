import { STATUS_CODES } from 'node:http'
import { Readable } from 'node:stream'
import { test } from 'tap'
import { World } from '../../../src/world/world.js'
import {
  accept,
  account,
  basic,
  defaultWorld,
  demo,
  fixtureFile,
  memoryLogger,
  path,
  project,
  start,
} from '../../support/emulator.js'

const everyAnswer = {
  'referrer-policy': 'strict-origin-when-cross-origin',
  'strict-transport-security': 'max-age=31536000; includeSubdomains;',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
}
const unknownId = 'ffffffffffffffffffffffff'
const valid = { cloudProvider: 'AWS', regionName: 'US_EAST_1' }

interface Row {
  readonly title: string
  readonly method?: string
  readonly url: string
  readonly headers?: Record<string, string>
  readonly body?: unknown
  readonly status: number
  readonly errorCode: string
  readonly detail: string
  readonly parameters?: unknown[]
}

const rows: Row[] = [
  {
    title: 'a path that nothing serves, without its query [no-such-path] [path-as-sent]',
    url: '/api/atlas/v2/nope?x=1',
    status: 404,
    errorCode: 'RESOURCE_NOT_FOUND',
    detail: 'Cannot find resource /api/atlas/v2/nope.',
    parameters: ['/api/atlas/v2/nope'],
  },
  {
    title: 'a path with a doubled slash [no-such-path]',
    url: '/api/atlas/v2//groups',
    status: 404,
    errorCode: 'RESOURCE_NOT_FOUND',
    detail: 'Cannot find resource /api/atlas/v2//groups.',
    parameters: ['/api/atlas/v2//groups'],
  },
  {
    title: 'a doubled slash where an id belongs, before credentials [unknown-path-after-credentials]',
    url: '/api/atlas/v2/groups//backup/AWS/privateEndpoints',
    headers: { authorization: '' },
    status: 404,
    errorCode: 'RESOURCE_NOT_FOUND',
    detail: 'Cannot find resource /api/atlas/v2/groups//backup/AWS/privateEndpoints.',
    parameters: ['/api/atlas/v2/groups//backup/AWS/privateEndpoints'],
  },
  {
    title: 'a path that cannot be decoded, shown as it was sent [path-as-sent]',
    url: '/api/atlas/v2/groups/%zz',
    status: 404,
    errorCode: 'RESOURCE_NOT_FOUND',
    detail: 'Cannot find resource /api/atlas/v2/groups/%zz.',
    parameters: ['/api/atlas/v2/groups/%zz'],
  },
  {
    title: 'a path that cannot be decoded, with a method that no route has [no-such-path]',
    method: 'PROPFIND',
    url: '/api/atlas/v2/groups/%zz',
    status: 404,
    errorCode: 'RESOURCE_NOT_FOUND',
    detail: 'Cannot find resource /api/atlas/v2/groups/%zz.',
    parameters: ['/api/atlas/v2/groups/%zz'],
  },
  {
    title: 'no acceptable version [version-not-acceptable]',
    url: `/api/atlas/v2/groups/NOPE/backup/AWS/privateEndpoints`,
    headers: { accept: 'application/json' },
    status: 406,
    errorCode: 'INVALID_VERSION_DATE',
    detail: 'Invalid accept header or version date.',
  },
  {
    title: 'a group id of the wrong form, shown decoded [group-id-malformed] [path-as-sent]',
    url: '/api/atlas/v2/groups/32B6E34B3D91647ABB20E7B8%20%2F/backup/AZURE/privateEndpoints',
    status: 404,
    errorCode: 'INVALID_GROUP_ID',
    detail: 'An invalid group ID 32B6E34B3D91647ABB20E7B8 / was specified.',
    parameters: ['32B6E34B3D91647ABB20E7B8 /'],
  },
  ...[
    ['in upper case', 'A'.repeat(24)],
    ['of 23 digits', 'a'.repeat(23)],
    ['of 25 digits', 'a'.repeat(25)],
  ].map(
    ([what, groupId]): Row => ({
      title: `a group id ${what} [group-id-malformed]`,
      url: `/api/atlas/v2/groups/${groupId}`,
      status: 404,
      errorCode: 'INVALID_GROUP_ID',
      detail: `An invalid group ID ${groupId} was specified.`,
      parameters: [groupId],
    }),
  ),
  {
    title: 'a group id of 5,000 characters [group-id-malformed]',
    url: `/api/atlas/v2/groups/${'a'.repeat(5000)}`,
    status: 404,
    errorCode: 'INVALID_GROUP_ID',
    detail: `An invalid group ID ${'a'.repeat(5000)} was specified.`,
    parameters: ['a'.repeat(5000)],
  },
  {
    title: 'an unknown project [group-not-found]',
    url: `/api/atlas/v2/groups/${unknownId}/backup/AZURE/privateEndpoints`,
    status: 404,
    errorCode: 'GROUP_NOT_FOUND',
    detail: `No group with ID ${unknownId} exists.`,
    parameters: [unknownId],
  },
  {
    title: 'a provider other than AWS, shown decoded [provider-unknown] [path-as-sent]',
    url: `/api/atlas/v2/groups/${project}/backup/az%20ure/privateEndpoints?pageNum=0`,
    status: 400,
    errorCode: 'VALIDATION_ERROR',
    detail: 'No provider az ure exists.',
    parameters: ['az ure'],
  },
  {
    title: 'a query parameter out of range [query-parameter-invalid]',
    url: `${path}?itemsPerPage=501`,
    status: 400,
    errorCode: 'INVALID_QUERY_PARAMETER',
    detail: 'Invalid query parameter itemsPerPage specified.',
    parameters: ['itemsPerPage'],
  },
  {
    title: 'a query at fault, before an unknown endpoint [query-parameter-invalid] [order-of-checks]',
    url: `${path}/${unknownId}?envelope=maybe`,
    status: 400,
    errorCode: 'INVALID_QUERY_PARAMETER',
    detail: 'Invalid query parameter envelope specified.',
    parameters: ['envelope'],
  },
  {
    title: 'a malformed endpoint id, shown decoded [endpoint-not-found] [endpoint-not-found-phrase]',
    url: `${path}/no%20pe`,
    status: 404,
    errorCode: 'RESOURCE_NOT_FOUND',
    detail: 'Cannot find resource Object storage private endpoint with id no pe.',
    parameters: ['Object storage private endpoint with id no pe'],
  },
  {
    title: 'an unknown endpoint, to delete [endpoint-not-found]',
    method: 'DELETE',
    url: `${path}/${unknownId}`,
    status: 404,
    errorCode: 'RESOURCE_NOT_FOUND',
    detail: `Cannot find resource Object storage private endpoint with id ${unknownId}.`,
    parameters: [`Object storage private endpoint with id ${unknownId}`],
  },
  {
    title: 'a body of another type, malformed too [content-type-unsupported]',
    method: 'POST',
    url: path,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: '{',
    status: 415,
    errorCode: 'UNSUPPORTED_MEDIA_TYPE',
    detail: 'Content type text/plain; charset=utf-8 is not supported.',
    parameters: ['text/plain; charset=utf-8'],
  },
  {
    title: 'a body without a type [content-type-unsupported]',
    method: 'POST',
    url: path,
    body: Buffer.from('{}'),
    status: 415,
    errorCode: 'UNSUPPORTED_MEDIA_TYPE',
    detail: 'Content type  is not supported.',
    parameters: [''],
  },
  {
    title: 'a body in a version that is no calendar date [content-type-unsupported]',
    method: 'POST',
    url: path,
    headers: { 'content-type': 'application/vnd.atlas.2024-02-30+json' },
    body: '{}',
    status: 415,
    errorCode: 'UNSUPPORTED_MEDIA_TYPE',
    detail: 'Content type application/vnd.atlas.2024-02-30+json is not supported.',
    parameters: ['application/vnd.atlas.2024-02-30+json'],
  },
  {
    title: 'a body of more than 1 MiB, no JSON either [body-too-large]',
    method: 'POST',
    url: path,
    headers: { 'content-type': 'application/json' },
    body: 'x'.repeat(1024 * 1024 + 1),
    status: 413,
    errorCode: 'PAYLOAD_TOO_LARGE',
    detail: 'The request body exceeds 1048576 bytes.',
    parameters: [1048576],
  },
  ...[
    ['exactly 1 MiB of something else [body-malformed]', 'x'.repeat(1024 * 1024)],
    ['half an object [body-malformed]', '{"cloudProvider":"AWS"'],
    ['white space [body-malformed]', ' '],
    ['bytes that are no UTF-8 [body-prototype-keys]', Buffer.from([0x22, 0xff, 0x22])],
    ['an object with the key __proto__ [body-prototype-keys]', '{"__proto__":{}}'],
    ['an object with the key __proto__ in disguise [body-prototype-keys]', '{"\\u005f_proto__":{}}'],
    ['an object with constructor.prototype [body-prototype-keys]', '{"a":[{"constructor":{"prototype":{}}}]}'],
  ].map(
    ([what, body]): Row => ({
      title: `a body that is ${what}`,
      method: 'POST',
      url: path,
      headers: { 'content-type': 'application/json' },
      body,
      status: 400,
      errorCode: 'MALFORMED_JSON',
      detail: 'Received JSON is malformed.',
    }),
  ),
  ...[undefined, '', 'null', '[]', '[{}]', '1', '"x"', 'true'].map(
    (body): Row => ({
      title: `${body === undefined ? 'no body' : `the body ${JSON.stringify(body)}`} [body-no-object]`,
      method: 'POST',
      url: path,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body,
      status: 400,
      errorCode: 'INVALID_JSON',
      detail: 'Received JSON does not match expected format.',
    }),
  ),
  {
    title: 'an unknown attribute [attribute-unknown]',
    method: 'POST',
    url: path,
    body: { ...valid, foo: 1 },
    status: 400,
    errorCode: 'INVALID_ATTRIBUTE',
    detail: 'Invalid attribute foo specified.',
    parameters: ['foo'],
  },
  {
    title: 'an attribute that only the answer has [attribute-unknown]',
    method: 'POST',
    url: path,
    body: { ...valid, status: 'ACTIVE' },
    status: 400,
    errorCode: 'INVALID_ATTRIBUTE',
    detail: 'Invalid attribute status specified.',
    parameters: ['status'],
  },
  {
    title: 'one required attribute missing [attribute-missing]',
    method: 'POST',
    url: path,
    body: { regionName: 'US_EAST_1' },
    status: 400,
    errorCode: 'MISSING_ATTRIBUTE',
    detail: 'The required attribute cloudProvider was not specified.',
    parameters: ['cloudProvider'],
  },
  {
    title: 'several required attributes missing [attributes-missing]',
    method: 'POST',
    url: path,
    body: {},
    status: 400,
    errorCode: 'MISSING_ATTRIBUTES',
    detail: 'The required attributes cloudProvider, regionName were not specified.',
    parameters: ['cloudProvider, regionName'],
  },
  {
    title: 'an attribute of null, which is of the wrong type [attribute-wrong-type] [attribute-null]',
    method: 'POST',
    url: path,
    body: { ...valid, vpcRegionName: null },
    status: 400,
    errorCode: 'INVALID_JSON_ATTRIBUTE',
    detail: 'Received JSON for the vpcRegionName attribute does not match expected format.',
    parameters: ['vpcRegionName'],
  },
  {
    title: 'an attribute of the wrong type that does not like to be a string [attribute-wrong-type]',
    method: 'POST',
    url: path,
    body: { ...valid, cloudProvider: { toString: 1 } },
    status: 400,
    errorCode: 'INVALID_JSON_ATTRIBUTE',
    detail: 'Received JSON for the cloudProvider attribute does not match expected format.',
    parameters: ['cloudProvider'],
  },
  {
    title: 'a value that is not in the enumeration [attribute-enum]',
    method: 'POST',
    url: path,
    body: { ...valid, cloudProvider: 'AZURE' },
    status: 400,
    errorCode: 'INVALID_ENUM_VALUE',
    detail: 'An invalid enumeration value AZURE was specified.',
    parameters: ['AZURE'],
  },
  {
    title: 'an empty value, which leaves two spaces [attribute-enum]',
    method: 'POST',
    url: path,
    body: { ...valid, cloudProvider: '' },
    status: 400,
    errorCode: 'INVALID_ENUM_VALUE',
    detail: 'An invalid enumeration value  was specified.',
    parameters: [''],
  },
  ...['regionName', 'vpcRegionName'].map(
    (name): Row => ({
      title: `a ${name} that is no region [attribute-region]`,
      method: 'POST',
      url: path,
      body: { ...valid, [name]: 'MARS_1' },
      status: 400,
      errorCode: 'INVALID_ATTRIBUTE',
      detail: `Invalid attribute ${name} specified.`,
      parameters: [name],
    }),
  ),
]

test('each mistake is told in one shape, with its own words [error-body-shape] [error-code-header] [error-content-type] [security-headers] [vary-on-get-and-post]', async (t) => {
  const { call } = await start(t)
  for (const row of rows) {
    await t.test(row.title, async (t) => {
      const { method = 'GET', url, headers = {}, body } = row
      const response = await call(method, url, { headers, body })
      t.equal(response.statusCode, row.status)
      const reason = STATUS_CODES[row.status]
      const expected = {
        detail: row.detail,
        error: row.status,
        errorCode: row.errorCode,
        parameters: row.parameters ?? [],
        reason,
      }
      t.equal(response.body, JSON.stringify(expected), 'compact, keys sorted')
      t.match(response.headers, everyAnswer)
      t.equal(response.headers['content-type'], 'application/json')
      t.equal(response.headers['x-error-code'], row.errorCode)
      const size = Buffer.byteLength(response.body)
      t.equal(response.headers['content-length'], size > 8192 ? undefined : String(size))
      t.equal(response.headers.vary, ['GET', 'POST'].includes(method) ? 'Accept-Encoding' : undefined)
      t.equal(response.headers.connection, row.status === 413 ? 'close' : 'keep-alive')
    })
  }
})

test('a credential of another organization is told so without a challenge [user-unauthorized] [user-unauthorized-no-challenge]', async (t) => {
  const { call } = await start(t, ['--fixtures', 'demo'])
  const foreign = `/api/atlas/v2/groups/${demo.fleet}/backup/AZURE/privateEndpoints`
  const response = await call('GET', foreign)
  t.equal(response.statusCode, 401)
  t.equal(
    response.body,
    '{"detail":"Current user is not authorized to perform this action.","error":401,"errorCode":"USER_UNAUTHORIZED","parameters":[],"reason":"Unauthorized"}',
  )
  t.match(response.headers, everyAnswer)
  t.equal(response.headers['www-authenticate'], undefined)
  t.equal(response.headers['x-error-code'], 'USER_UNAUTHORIZED')
})

test('a second endpoint for the same regions is a conflict [endpoint-exists] [error-without-fields]', async (t) => {
  const { call, create } = await start(t)
  await create({ cloudProvider: 'AWS', regionName: 'EU_WEST_1', vpcRegionName: 'EU_WEST_1' })
  const response = await call('POST', path, { body: { cloudProvider: 'AWS', regionName: 'EU_WEST_1' } })
  t.equal(response.statusCode, 409)
  t.equal(
    response.body,
    '{"detail":"A private endpoint service already exists for AWS region EU_WEST_1.","error":409,"errorCode":"PRIVATE_ENDPOINT_SERVICE_ALREADY_EXISTS_FOR_REGION","parameters":["AWS","EU_WEST_1"],"reason":"Conflict"}',
  )
})

test('what nobody foresaw tells nothing of the inside, but the log does [unexpected-error] [unexpected-error-tells-nothing]', async (t) => {
  const { logger, lines } = memoryLogger()
  const { call } = await start(t, [], { logger })
  t.intercept(World.prototype, 'find', {
    value: () => {
      throw new Error('the disk is on fire')
    },
  })
  const response = await call('GET', `${path}/x?envelope=true`)
  t.equal(response.statusCode, 500)
  t.equal(
    response.body,
    '{"content":{"detail":"Unexpected error.","error":500,"errorCode":"UNEXPECTED_ERROR","parameters":[],"reason":"Internal Server Error"},"status":500}',
  )
  t.match(lines.join('\n'), /the disk is on fire/)
})

test('of several mistakes in a body the first is told: by kind, then by name in code-point order [order-of-violations] [error-without-fields]', async (t) => {
  const { call } = await start(t)
  const told = async (body: object) => {
    const { errorCode, parameters, badRequestDetail } = (await call('POST', path, { body })).json()
    t.equal(badRequestDetail, undefined)
    return [errorCode, ...parameters]
  }
  const mixed = { zeta: 1, alpha: 1, id: 'x', errorMessage: 'x', cloudProvider: 'AZ', vpcRegionName: 7 }
  t.strictSame(await told(mixed), ['INVALID_ATTRIBUTE', 'alpha'])
  t.strictSame(await told({ '😀': 1, '\uffff': 1, '😁': 1 }), ['INVALID_ATTRIBUTE', '\uffff'])
  t.strictSame(await told({ ab: 1, a: 1 }), ['INVALID_ATTRIBUTE', 'a'])
  t.strictSame(await told({ a: 1, ab: 1 }), ['INVALID_ATTRIBUTE', 'a'])
  t.strictSame(await told({ cloudProvider: 'AZ', vpcRegionName: 7 }), ['MISSING_ATTRIBUTE', 'regionName'])
  t.strictSame(await told({ cloudProvider: 'AZ', regionName: 'X', vpcRegionName: 7 }), [
    ...['INVALID_JSON_ATTRIBUTE', 'vpcRegionName'],
  ])
  t.strictSame(await told({ cloudProvider: 'AZ', regionName: 'X' }), ['INVALID_ENUM_VALUE', 'AZ'])
  t.strictSame(await told({ cloudProvider: 'AWS', regionName: 'X', vpcRegionName: 'Y' }), [
    ...['INVALID_ATTRIBUTE', 'regionName'],
  ])
})

test('a method that a path does not have is a 405 without body, type or code [method-not-allowed-empty]', async (t) => {
  const { call } = await start(t)
  const huge = { body: '{'.repeat(2 * 1024 * 1024), headers: { 'content-type': 'nonsense', authorization: '' } }
  for (const [method, url, options] of [
    ['PATCH', `${path}?pretty=true&envelope=true`, {}],
    ['PUT', path, huge],
    ['GET', '/api/oauth/token', {}],
  ] as const) {
    const { statusCode, headers, body } = await call(method, url, options)
    t.equal(statusCode, 405)
    t.equal(body, '')
    const { date: _, connection: __, server: ___, allow: ____, 'x-emulator-unserved': _____, ...rest } = headers
    const { 'x-frame-options': ______, ...withoutFrames } = everyAnswer
    t.strictSame(rest, { ...withoutFrames, 'content-length': '0' })
  }
})

test('Allow names the methods that a path has, in one order and without HEAD [allow-header]', async (t) => {
  const { call } = await start(t)
  const allow = async (method: string, url: string) => (await call(method, url)).headers.allow
  t.equal(await allow('PUT', path), 'POST,GET,OPTIONS')
  t.equal(await allow('PUT', `${path}/x`), 'GET,DELETE,OPTIONS')
  t.equal(await allow('PUT', `${path}/x/`), 'GET,DELETE,OPTIONS')
  t.equal(await allow('TRACE', '/api/atlas/v2/groups'), 'POST,GET,OPTIONS')
  t.equal(await allow('PROPFIND', '/api/atlas/v2/%67roups/x'), 'GET,PATCH,DELETE,OPTIONS')
  t.equal(await allow('GET', '/api/oauth/token'), 'POST,OPTIONS')
  t.equal(await allow('DELETE', '/api/oauth/revoke'), 'POST,OPTIONS')
  const buckets = `/api/atlas/v2/groups/${project}/backup/exportBuckets`
  t.equal(await allow('PUT', `${buckets}/x`), 'GET,PATCH,DELETE,OPTIONS')
})

test('OPTIONS on a path that exists answers 200 before credentials [options-answer]', async (t) => {
  const { call } = await start(t)
  const { statusCode, headers, body } = await call('OPTIONS', path, { bare: true })
  t.strictSame([statusCode, body], [200, ''])
  const { date: _, connection: __, server: ___, ...rest } = headers
  t.strictSame(rest, { ...everyAnswer, allow: 'POST,GET,OPTIONS', 'content-length': '0' })
  const bucket = `/api/atlas/v2/groups/${project}/backup/exportBuckets/x`
  t.equal((await call('OPTIONS', bucket, { bare: true })).headers.allow, 'GET,PATCH,DELETE,OPTIONS')
  t.equal((await call('OPTIONS', '/api/atlas/v2/nope', { bare: true })).statusCode, 401)
})

test('an unknown path of the API is told after credentials and address [unknown-path-after-credentials]', async (t) => {
  const world = defaultWorld()
  for (const account of world.serviceAccounts) account.accessList = ['10.0.0.1']
  const { call } = await start(t, ['--fixtures', fixtureFile(t, world)])
  const status = async (url: string, bare: boolean, from: string) => (await call('GET', url, { bare, from })).statusCode
  for (const url of ['/api/atlas/v2/nope', '/api/atlas/v1.0/groups', '/api/atlas']) {
    t.equal(await status(url, true, '10.0.0.1'), 401)
    t.equal(await status(url, false, '10.0.0.2'), 403)
    t.equal(await status(url, false, '10.0.0.1'), 404)
  }
  const atOnce = ['/nope', '/api/nope', '/api/oauth/nope', '/api/atlas/v2//groups', '/api/atlas/v2/groups/%zz']
  for (const url of [...atOnce, '/api/atlasx']) {
    t.equal(await status(url, true, '10.0.0.2'), 404, url)
  }
})

test('one trailing slash is the same resource, and stays in the links of its page [trailing-slash] [list-links-trailing-slash]', async (t) => {
  const { call, create, token } = await start(t)
  const { id } = await create()
  t.equal((await call('GET', `${path}/${id}/`)).json().id, id)
  const page = (await call('GET', '/api/atlas/v2/groups/?pageNum=1')).json()
  t.match(page.links[0].href, /\/api\/atlas\/v2\/groups\/\?pageNum=1/)
  t.match(page.results[0].links[0].href, new RegExp(`/api/atlas/v2/groups/${project}$`))
  t.equal((await call('GET', `${path}//`)).statusCode, 404)
  t.equal((await call('DELETE', `${path}/${id}/`)).statusCode, 204)
  const form = { 'content-type': 'application/x-www-form-urlencoded', authorization: basic(account) }
  const revoked = await call('POST', '/api/oauth/revoke/', { bare: true, headers: form, body: `token=${token}` })
  t.equal(revoked.statusCode, 200, 'the same under /api/oauth [trailing-slash-oauth]')
})

test('a body without a type and without a length is refused, unless it is empty [content-type-unsupported] [body-no-object]', async (t) => {
  const { emulator, token } = await start(t)
  const send = async (...chunks: string[]) => {
    const headers = { authorization: `Bearer ${token}`, accept, 'transfer-encoding': 'chunked' }
    const response = await emulator.inject({ method: 'POST', url: path, headers, payload: Readable.from(chunks) })
    const { error, errorCode, parameters } = response.json()
    return [error, errorCode, ...parameters]
  }
  t.strictSame(await send('{}'), [415, 'UNSUPPORTED_MEDIA_TYPE', ''])
  t.strictSame(await send(), [400, 'INVALID_JSON'])
})

test('the log says that an attribute was sent as null [attribute-null]', async (t) => {
  const { logger, lines } = memoryLogger()
  const { call } = await start(t, [], { logger })
  const warnings = () => lines.filter((line) => line.includes('null for'))
  await call('POST', path, { body: { ...valid, vpcRegionName: 7 } })
  await call('POST', path, { body: 'null', headers: { 'content-type': 'application/json' } })
  t.strictSame(warnings(), [])
  await call('POST', path, { body: { ...valid, regionName: null, vpcRegionName: null } })
  t.strictSame(warnings(), [
    'createGroupBackupPrivateEndpoint was sent null for regionName, vpcRegionName, which Atlas refuses',
  ])
})

test('GET, HEAD and DELETE ignore a body and its type [request-body-ignored]', async (t) => {
  const { call, create } = await start(t)
  const { id } = await create()
  const junk = { body: '{', headers: { 'content-type': 'no/type' } }
  t.equal((await call('GET', path, junk)).statusCode, 200)
  t.equal((await call('HEAD', `${path}/${id}`, junk)).statusCode, 200)
  t.equal((await call('DELETE', `${path}/${id}`, junk)).statusCode, 204)
})

test('a POST may name its body’s type in any case, with parameters, and with a version of any date [request-content-type-versions]', async (t) => {
  const { call } = await start(t)
  const types = [
    'application/json',
    'Application/JSON; charset=utf-8',
    'application/vnd.atlas.2023-01-01+json',
    'application/vnd.atlas.2199-12-31+json;charset=utf-8',
  ]
  const regions = ['US_EAST_1', 'US_EAST_2', 'US_WEST_1', 'US_WEST_2']
  for (const [i, type] of types.entries()) {
    const body = JSON.stringify({ cloudProvider: 'AWS', regionName: regions[i] })
    t.equal((await call('POST', path, { body, headers: { 'content-type': type } })).statusCode, 201, type)
  }
})
