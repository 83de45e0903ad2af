import { STATUS_CODES } from 'node:http'
import { type TProperties, type TSchema, Type } from '@sinclair/typebox'
import Fastify, { type FastifyInstance, type FastifySchema, type RouteOptions } from 'fastify'
import { basePath } from '../atlas/base-path.js'
import { ApiError } from '../atlas/errors/errors.js'
import { oauthOperations, oauthPath } from '../atlas/oauth.js'
import type { Operation, ServedOperation } from '../atlas/operation.js'
import { operations } from '../atlas/registry.js'
import { Flags } from '../atlas/schemas.js'
import type { ResourceVersion } from '../store/records.js'
import { version } from '../values/package.js'
import type { World } from '../world/world.js'
import { Problem } from './problems.js'

/** Which of the two APIs a document describes. */
export type Api = 'atlas' | 'control'

/** An OpenAPI document; https://spec.openapis.org/oas/v3.1.1. */
export interface OpenApiDocument {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>
}

export interface DescribedOperation {
  readonly operationId: string
  readonly summary: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly required?: boolean; readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly allowEmptyValue?: boolean
  readonly schema: { readonly default?: unknown }
}

type Content = Readonly<Record<string, unknown>>

/** A response as @fastify/swagger takes one. */
interface Response {
  readonly type?: 'null'
  readonly description: string
  readonly headers?: Readonly<Record<string, TSchema>>
  readonly content?: Readonly<Record<string, { readonly schema: object }>>
}

const text = (description: string) => Type.String({ description })
const count = (description: string) => Type.Integer({ description })

const limited = {
  'ratelimit-limit': count('Requests that the token bucket holds; left out when there is no limit'),
  'ratelimit-remaining': count('How many of them are left'),
}
const announced = {
  deprecation: text('When the version was superseded; left out while it is the newest'),
  sunset: text('When it ends or ended; left out when that is not known'),
}

/** What can go wrong with any request to the Atlas API, with what only that answer tells. */
const failures: Readonly<Record<number, Readonly<Record<string, TSchema>>>> = {
  400: {},
  401: { 'www-authenticate': text('A Digest challenge, or Bearer with what is wrong with a token') },
  403: {},
  404: {},
  406: {},
  408: {},
  410: announced,
  417: {},
  429: { ...limited, 'retry-after': count('Seconds until a request will be taken') },
  431: {},
  500: {},
  503: {},
}
/** What can go wrong besides where there is a body. */
const failuresWithBody = { 413: {}, 415: {} }
/** What can go wrong besides where what is there can stand in the way. */
const failuresByConflict = { 409: {} }
const controlFailures = [400, 401, 403, 404, 405, 408, 409, 413, 415, 417, 431, 500, 503]

const security = [{ digest: [] }, { serviceAccount: [] }]
const securitySchemes = {
  digest: { type: 'http', scheme: 'digest', description: 'An API key: public key and private key' },
  serviceAccount: {
    type: 'oauth2',
    description: 'A service account: client id and client secret',
    flows: { clientCredentials: { tokenUrl: '/api/oauth/token', scopes: {} } },
  },
} as const

const titles: Readonly<Record<Api, readonly [title: string, description: string]>> = {
  atlas: [
    'MongoDB Atlas Administration API: private endpoints for cloud backups',
    'What atlas-backup-emulator serves in the place of MongoDB Atlas.',
  ],
  control: [
    'atlas-backup-emulator: control API',
    'What Atlas does not have: state, time, lifecycle, faults and journal.',
  ],
}

const ClientForm = {
  client_id: Type.Optional(Type.String({ description: 'Unless HTTP Basic has it' })),
  client_secret: Type.Optional(Type.String({ description: 'Unless HTTP Basic has it' })),
}
const OAuthFailure = Type.Object({ error_description: Type.String(), error: Type.String() })
const Token = Type.Object({
  access_token: Type.String(),
  expires_in: Type.Integer({ description: 'Seconds' }),
  token_type: Type.Literal('Bearer'),
})

/** A failure as Atlas tells it, plain or in an envelope; both are components of the document. */
const failure = { anyOf: [{ $ref: 'ApiError#' }, { $ref: 'EnvelopedApiError#' }] } as unknown as TSchema
const EnvelopedApiError = inEnvelope(Type.Unsafe({ $ref: 'ApiError#' }))
/** What stops any request to the token endpoint is told as the API tells it, and the rest in OAuth's way. */
const oauthFailure = plainOrEnveloped(OAuthFailure)
const oauthFailures: Readonly<Record<number, TSchema>> = {
  400: Type.Union([oauthFailure, failure]),
  401: oauthFailure,
  403: oauthFailure,
  408: failure,
  417: failure,
  429: failure,
  431: failure,
  500: oauthFailure,
  503: failure,
}

/** An operation of the token endpoint, which has no versions, and errors of OAuth's own. */
function describeOAuth(path: string, form: TProperties, success: TSchema): DescribedRoute {
  const { operationId, summary } = oauthOperations.find((operation) => operation.path === path) as ServedOperation
  const responses = { 200: success.type === 'null' ? success : plainOrEnveloped(success), ...oauthFailures }
  return {
    method: 'POST',
    url: `${oauthPath}${path}`,
    schema: {
      operationId,
      summary,
      security: [],
      consumes: ['application/x-www-form-urlencoded'],
      querystring: { ...Flags, required: [] },
      // Parameters that nobody knows are ignored, but none may come twice.
      body: Type.Object({ ...form, ...ClientForm }, { additionalProperties: Type.String() }),
      response: mapEntries(responses, (status, entity) => answer(status, entity, ['application/json'])),
    } as FastifySchema,
  }
}

/**
 * The Atlas API, in the versions that the world has. What it takes is loaded when it is first asked for.
 * @param credentialsRequired whether requests need credentials
 */
export function describeAtlas(world: World, credentialsRequired: boolean): Promise<OpenApiDocument> {
  const routes = operations.map((operation) => ({
    method: operation.method,
    url: `${basePath}${operation.path}`,
    schema: describeOperation(operation, world.versions(operation.resource) ?? operation.versions),
  }))
  const guard = credentialsRequired ? { components: { securitySchemes }, security } : {}
  return describe('atlas', guard, [
    ...routes,
    describeOAuth('/token', { grant_type: Type.Literal('client_credentials') }, Token),
    describeOAuth('/revoke', { token: Type.String({ minLength: 1 }) }, Type.Null()),
  ])
}

/** The control API, by its routes. */
export function describeControl(routes: readonly RouteOptions[]): Promise<OpenApiDocument> {
  const described = routes
    .filter(({ schema, method }) => schema?.operationId && method !== 'HEAD')
    .map(({ method, url, schema, config }) => ({
      method: [method].flat()[0] as string,
      url,
      schema: describeCommand({ ...schema, ...config?.described }),
      isBodyOptional: config?.isBodyOptional,
    }))
  return describe('control', {}, described)
}

interface DescribedRoute {
  readonly method: string
  readonly url: string
  readonly schema: FastifySchema
  readonly isBodyOptional?: boolean | undefined
}

async function describe(
  api: Api,
  guard: { components?: { securitySchemes: typeof securitySchemes }; security?: typeof security },
  routes: readonly DescribedRoute[],
): Promise<OpenApiDocument> {
  const { default: swagger } = await import('@fastify/swagger')
  const app = Fastify({ exposeHeadRoutes: false })
  // Nothing asks this server, so nothing need be compiled for it.
  app.setValidatorCompiler(() => Boolean)
  app.setSerializerCompiler(() => String)
  const [title, description] = titles[api]
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title,
        version,
        description,
        license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      },
      servers: [{ url: '/' }],
      ...guard,
    },
    refResolver: { buildLocalReference: ({ $id }) => String($id) },
  })
  if (api === 'atlas') {
    app.addSchema({ $id: 'ApiError', ...ApiError }).addSchema({ $id: 'EnvelopedApiError', ...EnvelopedApiError })
  } else {
    app.addSchema({ $id: 'Problem', ...Problem })
  }
  app.register(async (described: FastifyInstance) => {
    for (const route of routes) described.route({ ...route, handler: Boolean })
  })
  await app.ready()
  const document = app.swagger() as unknown as OpenApiDocument
  await app.close()
  const withoutBody = new Set(routes.filter((route) => route.isBodyOptional).map(({ schema }) => schema.operationId))
  return {
    ...document,
    paths: mapEntries(document.paths, (_path, methods) =>
      mapEntries(methods, (_method, operation) => ({
        ...operation,
        // An empty parameter is a flag that is set, or counts as absent [query-values] [query-empty-absent].
        ...(api === 'atlas' && operation.parameters && { parameters: operation.parameters.map(orEmpty) }),
        ...(withoutBody.has(operation.operationId) &&
          operation.requestBody && { requestBody: { ...operation.requestBody, required: false } }),
      })),
    ),
  }
}

function orEmpty(parameter: Parameter): Parameter {
  return parameter.in === 'query' ? { ...parameter, allowEmptyValue: true } : parameter
}

function describeOperation(operation: Operation, versions: readonly ResourceVersion[]): FastifySchema {
  const { operationId, summary, parameters, query, body, conflicts, success, answer: entity } = operation
  const mediaTypes = versions.map(({ date }) => `application/vnd.atlas.${date}+json`)
  const codes: typeof failures = {
    ...failures,
    ...(body && failuresWithBody),
    ...(conflicts && failuresByConflict),
  }
  return {
    operationId,
    summary,
    params: Type.Object(Object.fromEntries(Object.entries(parameters).map(([name, { schema }]) => [name, schema]))),
    // Each parameter of a query has a default.
    querystring: { ...query, required: [] },
    ...(body && { body: body.schema, consumes: ['application/json', ...mediaTypes] }),
    response: {
      ...mapEntries(codes, atlasFailure),
      ...mapEntries(answersOf(success, entity), (status, told) => ({
        ...answer(status, told, mediaTypes),
        headers: { ...limited, ...announced },
      })),
    },
  } as FastifySchema
}

/** What a success is like, plain or in an envelope, by its status: an answer without a body has one for the envelope. */
function answersOf(success: number, entity: TSchema): Record<string, TSchema> {
  // A page tells its status by itself.
  if (entity.properties?.results) return { [success]: entity }
  if (entity.type === 'null') return { 200: inEnvelope(Type.Object({})), [success]: entity }
  return { [success]: plainOrEnveloped(entity) }
}

function plainOrEnveloped(entity: TSchema): TSchema {
  return Type.Union([entity, inEnvelope(entity)])
}

function inEnvelope(content: TSchema): TSchema {
  return Type.Object({
    content,
    status: Type.Integer({ description: 'HTTP status of the answer without an envelope' }),
  })
}

function answer(status: string, entity: TSchema, mediaTypes: readonly string[]): Response {
  const description = STATUS_CODES[status] as string
  if (entity.type === 'null') return { type: 'null', description }
  return { description, content: Object.fromEntries(mediaTypes.map((type) => [type, { schema: entity }])) }
}

function atlasFailure(status: string, own: Readonly<Record<string, TSchema>>): Response {
  // The 401 challenge is the one answer that does without the usual headers.
  const code = status === '401' ? {} : { 'x-error-code': text('The errorCode of the body') }
  return {
    description: STATUS_CODES[status] as string,
    headers: { ...code, ...own },
    content: { 'application/json': { schema: failure } },
  }
}

function describeCommand(schema: FastifySchema): FastifySchema {
  const problem = { 'application/problem+json': { schema: { $ref: 'Problem#' } } }
  return {
    ...schema,
    response: {
      ...Object.fromEntries(
        controlFailures.map((status) => [status, { description: STATUS_CODES[status] as string, content: problem }]),
      ),
      // A status can be an answer and a failure: health is 503 by itself, and so is a server that stops.
      ...mapEntries(schema.response as Record<string, TSchema>, (status, entity) => {
        const told = answer(status, entity, [entity.contentMediaType ?? 'application/json'])
        return Number(status) < 400 ? told : { ...told, content: { ...told.content, ...problem } }
      }),
    },
  }
}

function mapEntries<V, R>(object: Readonly<Record<string, V>>, map: (key: string, value: V) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(key, value)]))
}
