import { Validator } from '@seriousme/openapi-schema-validator'
import { test } from 'tap'
import { servedOperations } from '../../src/atlas/registry.js'
import type { OpenApiDocument } from '../../src/control/openapi.js'
import { version } from '../../src/values/package.js'
import { start } from '../support/emulator.js'

const collection = '/api/atlas/v2/groups/{groupId}/backup/{cloudProvider}/privateEndpoints'

async function documentAt(t: Parameters<typeof start>[0], path: string, settings: string[] = []) {
  const { command } = await start(t, settings)
  const answer = await command('GET', path)
  t.equal(answer.statusCode, 200)
  return answer.json() as OpenApiDocument & { components: { securitySchemes?: object; schemas: object } }
}

function operationIds({ paths }: OpenApiDocument) {
  return Object.values(paths)
    .flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId))
    .sort()
}

test('the Atlas API is described in OpenAPI 3.1, as a validator confirms', async (t) => {
  const document = await documentAt(t, '/openapi.json')
  t.match(await new Validator().validate({ ...structuredClone(document) }), { valid: true })
  t.match(document, { openapi: /^3\.1\./, info: { version }, components: { securitySchemes: { digest: {} } } })
  const served = servedOperations.map(({ operationId }) => operationId)
  t.strictSame(operationIds(document), served.sort())
  for (const id of ['createGroupBackupPrivateEndpoint', 'getGroup', 'token']) t.ok(served.includes(id), id)
  const create = document.paths[collection]?.post
  t.strictSame(Object.keys(create?.requestBody?.content ?? {}), [
    'application/json',
    'application/vnd.atlas.2024-11-13+json',
  ])
  t.strictSame(Object.keys(create?.responses ?? {}), [
    ...['201', '400', '401', '403', '404', '406', '408', '409', '410', '413', '415', '417', '429', '431', '500', '503'],
  ])
  t.match(create?.responses, {
    201: { headers: { 'ratelimit-remaining': {} }, content: { 'application/vnd.atlas.2024-11-13+json': {} } },
    429: {
      headers: { 'retry-after': {} },
      content: {
        'application/json': {
          schema: {
            anyOf: [{ $ref: '#/components/schemas/ApiError' }, { $ref: '#/components/schemas/EnvelopedApiError' }],
          },
        },
      },
    },
  })
  t.match(document.paths[collection]?.get?.parameters, [
    { name: 'envelope', required: false },
    { name: 'includeCount', required: false },
  ])
  t.match(document.paths['/api/oauth/token']?.post?.responses, { 401: { description: 'Unauthorized' } })
  t.strictSame(document.paths[`${collection}/{endpointId}`]?.delete?.responses[204]?.content, undefined)
})

test('envelopes, limits and failures are described as they are answered', async (t) => {
  const { paths } = await documentAt(t, '/openapi.json')
  const one = paths[`${collection}/{endpointId}`]
  const type = 'application/vnd.atlas.2024-11-13+json'
  t.match(one?.delete?.responses[200]?.content, { [type]: { schema: { properties: { content: {}, status: {} } } } })
  t.match(one?.get?.responses[200]?.content, {
    [type]: { schema: { anyOf: [{ properties: { id: {} } }, { properties: { content: {}, status: {} } }] } },
  })
  const page = paths[collection]?.get?.parameters?.find(({ name }) => name === 'pageNum')
  t.match(page, { schema: { minimum: 1, maximum: 999_999_999 } })
  const { command } = await start(t)
  const control = (await command('GET', '/openapi-control.json')).json() as OpenApiDocument
  for (const methods of Object.values(control.paths)) {
    for (const { responses } of Object.values(methods)) {
      for (const status of [400, 401, 403, 404, 405, 408, 409, 413, 415, 417, 431, 500, 503]) {
        t.match(responses[status]?.content, { 'application/problem+json': {} })
      }
    }
  }
  t.match(control.paths['/_emulator/health']?.get?.responses[503]?.content, { 'application/json': {} })
})

test('409 is described where what is there can stand in the way', async (t) => {
  const { paths } = await documentAt(t, '/openapi.json')
  const all = Object.values(paths).flatMap((methods) => Object.values(methods))
  const exceptions = ['deleteGroup', 'getGroupByName', 'token', 'revoke']
  for (const { operationId, requestBody, responses } of all) {
    t.equal('409' in responses, (requestBody !== undefined) !== exceptions.includes(operationId), operationId)
  }
})

test('what the token endpoint takes and tells is described: flags, envelopes, and no parameter twice', async (t) => {
  const { paths } = await documentAt(t, '/openapi.json')
  for (const path of ['/api/oauth/token', '/api/oauth/revoke']) {
    const { parameters, requestBody, responses } = paths[path]?.post ?? {}
    t.match(parameters, [
      { name: 'envelope', required: false },
      { name: 'pretty', required: false },
    ])
    t.match(requestBody?.content, {
      'application/x-www-form-urlencoded': { schema: { additionalProperties: { type: 'string' } } },
    })
    const enveloped = { properties: { content: { properties: { error: {} } }, status: {} } }
    t.match(responses?.[403]?.content, { 'application/json': { schema: { anyOf: [{}, enveloped] } } })
    for (const status of [408, 417, 429, 431, 503]) {
      const failure = { anyOf: [{ $ref: '#/components/schemas/ApiError' }, {}] }
      t.match(responses?.[status]?.content, { 'application/json': { schema: failure } })
    }
  }
})

test('an export and an import are described with secrets that may be left out', async (t) => {
  const { paths } = await documentAt(t, '/openapi-control.json')
  const { get, put } = paths['/_emulator/state'] ?? {}
  for (const content of [get?.responses[200]?.content, put?.requestBody?.content]) {
    const properties = {
      apiKeys: { items: { required: ['publicKey', 'orgId', 'roles'] } },
      serviceAccounts: { items: { required: ['clientId', 'orgId', 'roles'] } },
    }
    t.match(content, { 'application/json': { schema: { properties } } })
  }
})

test('a parameter of a query may be empty in the Atlas API, as it then is set or absent [query-values] [query-empty-absent]', async (t) => {
  const { paths } = await documentAt(t, '/openapi.json')
  for (const { operationId, parameters = [] } of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    for (const { in: place, name, allowEmptyValue } of parameters) {
      t.equal(allowEmptyValue, place === 'query' ? true : undefined, `${operationId} ${name}`)
    }
  }
})

test('a tenant needs no body, an answer that is sent has no recording, and the journal may be an HTTP Archive', async (t) => {
  const { paths } = await documentAt(t, '/openapi-control.json')
  t.equal(paths['/_emulator/tenants']?.post?.requestBody?.required, false)
  t.equal(paths['/_emulator/responses']?.post?.requestBody?.required, true)
  const described = (path: string, method: string) => JSON.stringify(paths[path]?.[method]?.requestBody)
  for (const [path, method] of [
    ['/_emulator/responses', 'post'],
    ['/_emulator/state', 'put'],
    ['/_emulator/state', 'post'],
  ] as const) {
    t.match(described(path, method), /"bucket":/, path)
    t.notMatch(described(path, method), /"recording":/, path)
  }
  t.match(paths['/_emulator/requests']?.get?.responses[200]?.content, {
    'application/json': { schema: { anyOf: [{ required: ['count'] }, { required: ['log'] }] } },
  })
})

test('with --auth off, no credentials are described', async (t) => {
  const open = await documentAt(t, '/openapi.json', ['--auth', 'off'])
  t.match(await new Validator().validate({ ...structuredClone(open) }), { valid: true })
  t.strictSame([open.components.securitySchemes, 'security' in open], [undefined, false])
})

test('the versions described are those that are served', async (t) => {
  const { paths } = await documentAt(t, '/openapi.json', ['--fixtures', 'sunset'])
  const types = Object.keys(paths[collection]?.get?.responses[200]?.content ?? {})
  t.strictSame(types, [
    'application/vnd.atlas.2024-11-13+json',
    'application/vnd.atlas.2025-06-01+json',
    'application/vnd.atlas.2025-12-01+json',
  ])
})

test('the control API has a document of its own', async (t) => {
  const document = await documentAt(t, '/openapi-control.json')
  t.match(await new Validator().validate({ ...structuredClone(document) }), { valid: true })
  t.match(document.info, { version, title: 'atlas-backup-emulator: control API' })
  t.ok(operationIds(document).includes('armFault'))
  t.ok(Object.keys(document.paths).every((path) => path.startsWith('/_emulator/')))
  t.match(document.paths['/_emulator/state']?.put, { requestBody: { content: { 'application/json': {} } } })
  t.match(document.paths['/_emulator/requests/stream']?.get?.responses, {
    200: { content: { 'text/event-stream': {} } },
    401: { content: { 'application/problem+json': {} } },
    404: { content: { 'application/problem+json': {} } },
  })
})

test('a page tells people of every operation', async (t) => {
  const { command } = await start(t)
  const answer = await command('GET', '/docs')
  t.equal(answer.headers['content-type'], 'text/html; charset=utf-8')
  t.match(answer.headers['content-security-policy'], "default-src 'none'")
  for (const id of ['createGroupBackupPrivateEndpoint', 'token', 'armFault', 'health']) {
    t.match(answer.body, `<details id="${id}">`)
  }
  t.match(answer.body, '<code>itemsPerPage</code>')
  t.match(answer.body, 'Default: <code>100</code>')
  t.notMatch(answer.body, '<script')
})
