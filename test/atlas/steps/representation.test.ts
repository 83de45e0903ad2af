import { test } from 'tap'
import { path, project, start, startOfTime } from '../../support/emulator.js'

const contentType = 'application/vnd.atlas.2024-11-13+json;charset=utf-8'
const groups = '/api/atlas/v2/groups'

test('an entity is compact, its keys sorted, its nulls sent, and carries the version served [endpoint-fields] [endpoint-key-order] [endpoint-starts-initiating] [json-compact] [create-without-location] [headers-absent] [headers-of-the-emulator] [security-headers] [vary-on-get-and-post]', async (t) => {
  const { call } = await start(t)
  const response = await call('POST', path, { body: { regionName: 'GLOBAL', cloudProvider: 'AWS' } })
  const { id } = response.json()
  t.match(id, /^[0-9a-f]{24}$/)
  t.equal(Number.parseInt(id.slice(0, 8), 16), startOfTime / 1000, 'an ObjectId starts with its time')
  t.equal(
    response.body,
    `{"cloudProvider":"AWS","errorMessage":null,"id":"${id}","privateEndpointConnectionName":null,"regionName":"GLOBAL","status":"INITIATING","vpcRegionName":"GLOBAL"}`,
  )
  t.strictSame(
    Object.fromEntries(Object.entries(response.headers).filter(([name]) => name !== 'date')),
    {
      'content-type': contentType,
      'content-length': String(response.body.length),
      'ratelimit-limit': '1200',
      'ratelimit-remaining': '1199',
      'referrer-policy': 'strict-origin-when-cross-origin',
      server: response.headers.server,
      'strict-transport-security': 'max-age=31536000; includeSubdomains;',
      vary: 'Accept-Encoding',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-permitted-cross-domain-policies': 'none',
      connection: 'keep-alive',
    },
    'these headers and no others: no Location, ETag, Set-Cookie, request id',
  )
  t.equal((await call('GET', path)).headers.vary, 'Accept-Encoding')
  t.match(response.headers.server, /^atlas-backup-emulator\/\d+\.\d+\.\d+$/)
})

test('envelope=true wraps an entity, the HTTP status stays [envelope-entity]', async (t) => {
  const { call } = await start(t)
  const body = { cloudProvider: 'AWS', regionName: 'US_EAST_1' }
  const response = await call('POST', `${path}?envelope=true`, { body })
  t.equal(response.statusCode, 201)
  t.match(response.body, /^\{"content":\{"cloudProvider":"AWS",.*"vpcRegionName":"US_EAST_1"\},"status":201\}$/)
  t.equal(response.headers['content-type'], contentType)
})

test('a list keeps its shape in an envelope and gains a status; includeCount=false leaves totalCount out [envelope-entity] [list-shape] [list-parameters] [json-compact]', async (t) => {
  const { call } = await start(t)
  const link = (query: string) => `{"links":[{"href":"http://localhost:80${path}?${query}","rel":"self"}],"results":[]`
  const list = async (query: string) => (await call('GET', path + query)).body
  t.equal(await list(''), `${link('pageNum=1&itemsPerPage=100')},"totalCount":0}`)
  t.equal(
    await list('?envelope=true'),
    `${link('envelope=true&pageNum=1&itemsPerPage=100')},"status":200,"totalCount":0}`,
  )
  t.equal(await list('?includeCount=false'), `${link('includeCount=false&pageNum=1&itemsPerPage=100')}}`)
  t.equal(
    await list('?includeCount=false&envelope'),
    `${link('includeCount=false&envelope&pageNum=1&itemsPerPage=100')},"status":200}`,
  )
})

test('pretty=true prints entities, lists and envelopes for people [pretty-form] [project-links]', async (t) => {
  const { call, create } = await start(t)
  const { id } = await create()
  t.equal(
    (await call('GET', `${path}/${id}?pretty=true&envelope=true`)).body,
    `{
  "content" : {
    "cloudProvider" : "AWS",
    "errorMessage" : null,
    "id" : "${id}",
    "privateEndpointConnectionName" : null,
    "regionName" : "US_EAST_1",
    "status" : "INITIATING",
    "vpcRegionName" : "US_EAST_1"
  },
  "status" : 200
}`,
  )
  t.equal(
    (await call('GET', `${groups}?pretty`)).body,
    `{
  "links" : [ {
    "href" : "http://localhost:80${groups}?pretty&pageNum=1&itemsPerPage=100",
    "rel" : "self"
  } ],
  "results" : [ {
    "clusterCount" : 0,
    "created" : "2025-03-12T00:00:00Z",
    "id" : "${project}",
    "links" : [ {
      "href" : "http://localhost:80${groups}/${project}",
      "rel" : "self"
    } ],
    "name" : "Emulator",
    "orgId" : "32b6e34b3d91647abb20e7a0",
    "tags" : [ ],
    "withDefaultAlertsSettings" : true
  } ],
  "totalCount" : 1
}`,
  )
})

test('a 204 has no body and no length but keeps its type; no Vary, since it answers a DELETE [no-content-headers] [vary-on-get-and-post]', async (t) => {
  const { call, create } = await start(t)
  const { id } = await create()
  const response = await call('DELETE', `${path}/${id}?pretty=true`)
  t.equal(response.statusCode, 204)
  t.equal(response.body, '')
  t.equal(response.headers['content-type'], contentType)
  t.equal(response.headers['content-length'], undefined)
  t.equal(response.headers.vary, undefined)
})

test('an enveloped DELETE answers 200, since a 204 cannot carry what was asked for [envelope-delete]', async (t) => {
  const { call, create } = await start(t)
  const { id } = await create()
  const response = await call('DELETE', `${path}/${id}?envelope=true`)
  t.equal(response.statusCode, 200)
  t.equal(response.body, '{"content":{},"status":204}')
  t.equal(response.headers['content-type'], contentType)
  const pretty = await call('DELETE', `${path}/${id}?envelope=true&pretty=true`)
  t.equal(pretty.body, '{\n  "content" : { },\n  "status" : 204\n}')
})

test('errors are enveloped like an entity, and printed as asked, wherever they were raised [envelope-others]', async (t) => {
  const { call } = await start(t)
  const error =
    '{"detail":"Cannot find resource /nope.","error":404,"errorCode":"RESOURCE_NOT_FOUND","parameters":["/nope"],"reason":"Not Found"}'
  const enveloped = await call('GET', '/nope?envelope=true')
  t.equal(enveloped.statusCode, 404)
  t.equal(enveloped.body, `{"content":${error},"status":404}`)
  t.match((await call('GET', '/%zz?pretty')).body, /^\{\n {2}"detail" : "Cannot find resource \/%zz\."/)
  t.match(
    (await call('GET', `${path}?pretty=maybe&envelope`)).body,
    /^\{"content":\{"detail":"Invalid query parameter pretty/,
  )
})

test('HEAD answers as GET does, without the body [head-like-get]', async (t) => {
  const { call, create } = await start(t, ['--rate-limit', 'off'])
  const { id } = await create()
  for (const url of [path, `${path}/${id}?pretty`, groups, `${groups}/${project}`, '/nope', `${path}/x?envelope`]) {
    const [got, head] = [await call('GET', url), await call('HEAD', url)]
    t.equal(head.statusCode, got.statusCode)
    t.equal(head.body, '')
    t.strictSame({ ...head.headers, date: '' }, { ...got.headers, date: '' }, url)
  }
})
