import { STATUS_CODES } from 'node:http'
import { type TSchema, Type } from '@sinclair/typebox'
import Fastify, { type FastifyInstance, type FastifySchema, type RouteOptions } from 'fastify'
import { ApiError } from '../atlas/schemas/error.js'
import { version } from '../values/package.js'
import { Problem } from './schemas.js'

/** Which of the two APIs a document describes. */
export type Api = 'atlas' | 'control'

/** An OpenAPI document; https://spec.openapis.org/oas/v3.1.1. */
export interface OpenApiDocument {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

export interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
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

/** What can go wrong with any request to the Atlas API (section 5 of the contract), with what only that answer tells. */
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
/** What can go wrong besides where there is a body, which is where something is created. */
const failuresWithBody = { 409: {}, 413: {}, 415: {} }
const controlFailures = [400, 401, 403, 404, 413, 415, 500]

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

/** Describes the routes of one of the APIs. What it takes is loaded when it is first asked for. */
export async function describeApi(api: Api, routes: readonly RouteOptions[], prefix: string): Promise<OpenApiDocument> {
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
      ...(api === 'atlas' ? { components: { securitySchemes }, security } : {}),
    },
    refResolver: { buildLocalReference: ({ $id }) => String($id) },
  })
  app.addSchema(api === 'atlas' ? { $id: 'ApiError', ...ApiError } : { $id: 'Problem', ...Problem })
  app.register(async (described: FastifyInstance) => {
    for (const route of routes) {
      if (route.url.startsWith(`${prefix}/`) !== (api === 'control') || !route.schema?.operationId) continue
      const method = [route.method].flat()[0] as string
      const schema = { ...route.schema, ...route.config?.described }
      described.route({
        method,
        url: route.url,
        schema: api === 'control' ? describeControl(schema) : describeAtlas(schema, route.config?.versions?.()),
        handler: Boolean,
      })
    }
  })
  await app.ready()
  const document = app.swagger() as unknown as OpenApiDocument
  await app.close()
  return document
}

function describeAtlas(
  schema: FastifySchema,
  versions: readonly { readonly date: string }[] | undefined,
): FastifySchema {
  // The token endpoint has no versions, and errors of its own, which its route describes.
  if (!versions) {
    const responses = schema.response as Record<string, TSchema>
    const response = mapEntries(responses, (status, entity) => answer(status, entity, ['application/json']))
    return { ...schema, security: [], response } as FastifySchema
  }
  const mediaTypes = versions.map(({ date }) => `application/vnd.atlas.${date}+json`)
  const codes: typeof failures = schema.body ? { ...failures, ...failuresWithBody } : failures
  return {
    ...schema,
    // Each parameter of a query has a default.
    querystring: { ...(schema.querystring as object), required: [] },
    ...(schema.body ? { consumes: ['application/json', ...mediaTypes] } : {}),
    response: {
      ...mapEntries(codes, atlasFailure),
      ...mapEntries(schema.response as Record<string, TSchema>, (status, entity) => ({
        ...answer(status, entity, mediaTypes),
        headers: { ...limited, ...announced },
      })),
    },
  } as FastifySchema
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
    content: { 'application/json': { schema: { $ref: 'ApiError#' } } },
  }
}

function describeControl(schema: FastifySchema): FastifySchema {
  const problem = { 'application/problem+json': { schema: { $ref: 'Problem#' } } }
  return {
    ...schema,
    response: {
      ...mapEntries(schema.response as Record<string, TSchema>, (status, entity) =>
        answer(status, entity, [entity.contentMediaType ?? 'application/json']),
      ),
      ...Object.fromEntries(
        controlFailures.map((status) => [status, { description: STATUS_CODES[status] as string, content: problem }]),
      ),
    },
  }
}

function mapEntries<V, R>(object: Readonly<Record<string, V>>, map: (key: string, value: V) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(key, value)]))
}
