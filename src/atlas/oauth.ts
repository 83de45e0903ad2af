import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { RefusedRequest } from '../http/refused.js'
import { isSame, realm } from './auth/digest.js'
import { AtlasError } from './errors/errors.js'
import { replyWithError } from './errors/reply.js'
import { answerHeaders } from './headers.js'
import { hooksOf } from './hooks.js'
import type { AtlasContext, ServedOperation, Step } from './operation.js'
import { readBodiesAsBytes } from './steps/body.js'
import { readFlags } from './steps/query.js'
import { represent } from './steps/representation.js'
import { transfer } from './steps/transfer.js'

export interface OAuthOptions {
  readonly context: AtlasContext
  readonly emulatorSteps: readonly Step<ServedOperation>[]
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

/** Reads the form, and finds the client that sends it. */
const client: Step<ServedOperation> = {
  name: 'client',
  at: 'preValidation',
  make: (_operation, { world, credentialsRequired }) => {
    const authenticate = (request: FastifyRequest, form: Form): string => {
      const basic = basicClient(request.headers.authorization)
      const { id, secret } = basic ?? { id: form.get('client_id'), secret: form.get('client_secret') }
      if (!credentialsRequired) return id || anonymous
      if (basic && form.has('client_secret')) throw invalidRequest('The client authenticates in two ways at once.')
      const account = id === undefined ? undefined : world.credential('serviceAccount', id)
      const isRight = isSame(secret ?? '', account?.secret ?? '')
      if (!account || !isRight) throw invalidClient()
      request.credential = account
      return account.id
    }
    return (request) => {
      const form = parseForm(request)
      request.client = { form, id: authenticate(request, form) }
    }
  },
}

interface OAuthOperation extends ServedOperation {
  readonly path: string
  /** What the answer's body is; undefined for none. */
  readonly work: (client: FastifyRequest['client'], context: AtlasContext) => Promise<object | undefined>
}

const token: OAuthOperation = {
  operationId: 'token',
  alias: undefined,
  summary: 'Get an access token',
  path: '/token',
  work: async ({ form, id }, { tokens }) => {
    const grantType = form.get('grant_type')
    if (!grantType) throw invalidRequest('The parameter grant_type is missing.')
    if (grantType !== 'client_credentials') {
      throw new OAuthError(400, 'unsupported_grant_type', 'The only grant type is client_credentials.')
    }
    return { access_token: await tokens.issue(id), expires_in: tokens.expiresIn, token_type: 'Bearer' }
  },
}

const revoke: OAuthOperation = {
  operationId: 'revoke',
  alias: undefined,
  summary: 'Revoke an access token',
  path: '/revoke',
  work: async ({ form, id }, { tokens }) => {
    const token = form.get('token')
    if (!token) throw invalidRequest('The parameter token is missing.')
    await tokens.revoke(token, id)
    return undefined
  },
}

/** Where the token endpoint is. */
export const oauthPath = '/api/oauth'

export const oauthOperations: readonly OAuthOperation[] = [token, revoke]

/** OAuth 2.0 client credentials for service accounts. */
export async function oauth(app: FastifyInstance, { context, emulatorSteps }: OAuthOptions): Promise<void> {
  readBodiesAsBytes(app, formLimit)
  app.decorateRequest('client')
  for (const operation of oauthOperations) {
    app.route({
      method: 'POST',
      url: operation.path,
      schema: { operationId: operation.operationId },
      ...hooksOf(operation, [client, ...emulatorSteps, transfer], context),
      handler: async (request, reply) => {
        const body = await operation.work(request.client, context)
        return answer(request, reply, body && JSON.stringify(body))
      },
    })
  }

  app.setErrorHandler((error: Error & { code?: string }, request, reply) => {
    if (error instanceof AtlasError || error instanceof RefusedRequest) return replyWithError(error, request, reply)
    const { status, error: code, description } = toOAuthError(error, request)
    if (status === 401) reply.header('www-authenticate', `Basic realm="${realm}"`)
    answer(request, reply.code(status), JSON.stringify({ error: code, error_description: description }))
  })
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
