import { Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { RefusedRequest } from '../http/refused.js'
import type { World } from '../world/world.js'
import { isSame, realm } from './auth/digest.js'
import type { Tokens } from './auth/tokens.js'
import { AtlasError } from './errors/errors.js'
import { replyWithError } from './errors/reply.js'
import { answerHeaders } from './headers.js'
import { readBodiesAsBytes } from './steps/body.js'
import { readFlags } from './steps/query.js'
import { represent } from './steps/representation.js'

export interface OAuthOptions {
  readonly world: World
  readonly tokens: Tokens
  /** Whether a client must show that it is the one it says. */
  readonly required: boolean
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks for a token or gives one back, and the form that it sent. */
    client: { readonly form: Form; readonly id: string }
  }
}

/** An OAuth error, in OAuth's own form; RFC 6749, 5.2. */
class OAuthError extends Error {
  constructor(
    readonly status: number,
    readonly error: string,
    readonly description: string,
  ) {
    super(description)
  }
}

const invalidRequest = (description: string) => new OAuthError(400, 'invalid_request', description)
const invalidClient = () => new OAuthError(401, 'invalid_client', 'Invalid credentials provided.')

/** Bytes that a form may have, which anyone may send. */
const formLimit = 64 * 1024

/** Who an anonymous caller is, where credentials are not asked for. */
const anonymous = 'mdb_sa_id_000000000000000000000000'

/** OAuth 2.0 client credentials for service accounts (section 6 of the contract). */
export async function oauth(app: FastifyInstance, { world, tokens, required }: OAuthOptions): Promise<void> {
  readBodiesAsBytes(app, formLimit)
  app.decorateRequest('credential')
  app.decorateRequest('client')

  const authenticate = (request: FastifyRequest, form: Form): string => {
    const basic = basicClient(request.headers.authorization)
    const { id, secret } = basic ?? { id: form.get('client_id'), secret: form.get('client_secret') }
    if (!required) return id || anonymous
    if (basic && form.has('client_secret')) throw invalidRequest('The client authenticates in two ways at once.')
    const account = id === undefined ? undefined : world.credential('serviceAccount', id)
    const isRight = isSame(secret ?? '', account?.secret ?? '')
    if (!account || !isRight) throw invalidClient()
    request.credential = account
    return account.id
  }

  app.addHook('preValidation', (request, _reply, done) => {
    const form = parseForm(request)
    request.client = { form, id: authenticate(request, form) }
    done()
  })

  app.post(
    '/token',
    { config: { described: describedToken }, schema: { operationId: 'token', summary: 'Get an access token' } },
    async (request, reply) => {
      const { form, id } = request.client
      const grantType = form.get('grant_type')
      if (!grantType) throw invalidRequest('The parameter grant_type is missing.')
      if (grantType !== 'client_credentials') {
        throw new OAuthError(400, 'unsupported_grant_type', 'The only grant type is client_credentials.')
      }
      const token = {
        access_token: await tokens.issue(id),
        expires_in: tokens.expiresIn,
        token_type: 'Bearer',
      }
      return answer(request, reply, JSON.stringify(token))
    },
  )

  app.post(
    '/revoke',
    {
      config: { described: describedRevocation },
      schema: { operationId: 'revoke', summary: 'Revoke an access token' },
    },
    async (request, reply) => {
      const { form, id } = request.client
      const token = form.get('token')
      if (!token) throw invalidRequest('The parameter token is missing.')
      await tokens.revoke(token, id)
      return answer(request, reply, undefined)
    },
  )

  app.setErrorHandler((error: Error & { code?: string }, request, reply) => {
    if (error instanceof AtlasError || error instanceof RefusedRequest) return replyWithError(error, request, reply)
    const { status, error: code, description } = toOAuthError(error, request)
    if (status === 401) reply.header('www-authenticate', `Basic realm="${realm}"`)
    answer(request, reply.code(status), JSON.stringify({ error: code, error_description: description }))
  })
}

const ClientForm = {
  client_id: Type.Optional(Type.String({ description: 'Unless HTTP Basic has it' })),
  client_secret: Type.Optional(Type.String({ description: 'Unless HTTP Basic has it' })),
}
const OAuthFailure = Type.Object({ error: Type.String(), error_description: Type.String() })
const failures = { 400: OAuthFailure, 401: OAuthFailure, 500: OAuthFailure }
const form = ['application/x-www-form-urlencoded']

/** For people and generators; the routes check what they get themselves, to answer as OAuth wants it. */
const describedToken = {
  consumes: form,
  body: Type.Object({ grant_type: Type.Literal('client_credentials'), ...ClientForm }),
  response: {
    200: Type.Object({
      access_token: Type.String(),
      expires_in: Type.Integer({ description: 'Seconds' }),
      token_type: Type.Literal('Bearer'),
    }),
    ...failures,
  },
}
const describedRevocation = {
  consumes: form,
  body: Type.Object({ token: Type.String(), ...ClientForm }),
  response: { 200: Type.Null(), ...failures },
}

type Form = ReadonlyMap<string, string>

/** Each parameter may be given once; RFC 6749, 3.2 and appendix B. */
function parseForm(request: FastifyRequest): Form {
  const [mediaType = ''] = (request.headers['content-type'] ?? '').split(';')
  if (mediaType.trim().toLowerCase() !== 'application/x-www-form-urlencoded') {
    throw invalidRequest('The body must be of type application/x-www-form-urlencoded.')
  }
  const form = new Map<string, string>()
  for (const [name, value] of new URLSearchParams((request.body as Buffer | undefined)?.toString())) {
    if (form.has(name)) throw invalidRequest(`The parameter ${name} is given more than once.`)
    form.set(name, value)
  }
  return form
}

/** The client's id and secret in HTTP Basic; RFC 6749, 2.3.1. */
function basicClient(authorization: string | undefined): { id: string; secret: string } | undefined {
  const [, basic] = /^basic +([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '') ?? []
  if (basic === undefined) return undefined
  const [id = '', ...rest] = Buffer.from(basic, 'base64').toString().split(':')
  return { id: formDecode(id), secret: formDecode(rest.join(':')) }
}

function formDecode(text: string): string {
  return new URLSearchParams(`v=${text.replaceAll('&', '%26')}`).get('v') as string
}

function answer(request: FastifyRequest, reply: FastifyReply, json: string | undefined): FastifyReply {
  const body = represent(json, reply.statusCode, readFlags(request.raw.url as string))
  reply.headers(answerHeaders(request.method)).header('cache-control', 'no-store')
  if (body === undefined) return reply.send()
  // Bytes, since Fastify adds a charset to the type of a JSON string.
  return reply.header('content-type', 'application/json').send(Buffer.from(body))
}

function toOAuthError(error: Error & { code?: string }, request: FastifyRequest): OAuthError {
  if (error instanceof OAuthError) return error
  if (/^FST_ERR_CTP_|^ECONNRESET$/.test(error.code ?? '')) return invalidRequest('The body cannot be read.')
  request.log.error(error)
  return new OAuthError(500, 'server_error', 'Unexpected error.')
}
