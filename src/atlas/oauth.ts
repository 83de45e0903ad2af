import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { callerOf } from '../http/caller.js'
import { RefusedRequest } from '../http/refused.js'
import { isSame } from './auth/digest.js'
import { requestsPerMinute } from './auth/token-limits.js'
import { AtlasError, errors } from './errors/errors.js'
import { oauthError } from './errors/oauth-errors.js'
import { replyWithError } from './errors/reply.js'
import { answerHeaders } from './headers.js'
import { hooksOf } from './hooks.js'
import { baseUrl } from './links.js'
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

/** Bytes that a form may have, which anyone may send. */
export const formLimit = 64 * 1024

/** Who an anonymous caller is, where credentials are not asked for. */
const anonymous = 'mdb_sa_id_000000000000000000000000'

/** What a client is checked by, for an operation of the token endpoint's. */
function checksOf(operation: OAuthOperation, { world, tokenLimits }: AtlasContext) {
  const refuse = (request: FastifyRequest, refusal: string) => {
    request.refusal = refusal
    return oauthError('invalid_client')
  }
  return {
    /** The account that the request names, once its secret is known to be right. */
    authenticated(request: FastifyRequest, { id, secret }: Claimed): string {
      const account = id === undefined ? undefined : world.credential('serviceAccount', id)
      const isRight = isSame(secret ?? '', account?.secret ?? '')
      request.claimed = account
      if (!account) throw refuse(request, id ? 'unknown client id' : 'no client id')
      if (!isRight) throw refuse(request, 'wrong secret')
      request.credential = account
      return account.id
    },
    /** Every request that names an account counts, whether its secret is right or wrong [token-limits-details]. */
    count(request: FastifyRequest, id: string | undefined): void {
      const account = id === undefined ? undefined : world.credential('serviceAccount', id)
      if (!tokenLimits || id === undefined || !account) return
      const requests = tokenLimits.countRequest(operation.operationId, callerOf(request), id)
      if (requests <= requestsPerMinute) return
      if (requests === requestsPerMinute + 1 && tokenLimits.isFrozen) {
        request.log.warn(`${id} gets no answer but 429 from ${operation.path} while the emulator's clock stands still`)
      }
      request.claimed = account
      const tokenPath = `${oauthPath}${operation.path}`
      throw errors.tooManyRequests.with({ tokenPath, requests: requestsPerMinute, minutes: 1 })
    },
  }
}

/** What the headers alone decide, before the form is read: the client of HTTP Basic, and the form's type [token-client-first]. */
const head: Step<OAuthOperation> = {
  name: 'head',
  at: 'onRequest',
  make: (operation, context) => {
    const { authenticated, count } = checksOf(operation, context)
    return (request) => {
      const { authorization, 'content-type': contentType = '' } = request.raw.headers
      const basic = basicClient(authorization)
      if (basic) count(request, basic.id)
      const [mediaType = ''] = contentType.split(';')
      if (mediaType.trim().toLowerCase() !== 'application/x-www-form-urlencoded') throw oauthError('invalid_request')
      if (basic && context.credentialsRequired) authenticated(request, basic)
    }
  },
}

/** Reads the form, and finds the client that sends it. */
const client: Step<OAuthOperation> = {
  name: 'client',
  at: 'preValidation',
  make: (operation, context) => {
    const { authenticated, count } = checksOf(operation, context)
    return (request) => {
      const basic = basicClient(request.headers.authorization)
      const form = parseForm(request)
      const claimed = basic ?? { id: form.get('client_id'), secret: form.get('client_secret') }
      if (!context.credentialsRequired) {
        request.client = { form, id: claimed.id || anonymous }
        return
      }
      // What is empty beside HTTP Basic is nothing: some clients write every field.
      if (basic && (form.get('client_secret') || (form.get('client_id') || basic.id) !== basic.id)) {
        throw oauthError('invalid_request')
      }
      if (!basic) count(request, claimed.id)
      // That of HTTP Basic once more, since the world may have been replaced while the form came.
      request.client = { form, id: authenticated(request, claimed) }
    }
  },
}

/** Who a client says it is, and what it shows for it. */
interface Claimed {
  readonly id: string | undefined
  readonly secret: string | undefined
}

interface OAuthOperation extends ServedOperation {
  readonly path: string
  /** What the answer's body is; undefined for none. */
  readonly work: (request: FastifyRequest, context: AtlasContext) => object | undefined
}

const token: OAuthOperation = {
  operationId: 'token',
  alias: undefined,
  summary: 'Get an access token',
  path: '/token',
  work: (request, { tokens, publicUrl }) => {
    const { form, id } = request.client
    const grantType = form.get('grant_type')
    if (!grantType) throw oauthError('invalid_request')
    if (grantType !== 'client_credentials') throw oauthError('unsupported_grant_type')
    const jwt = tokens.issue(id, baseUrl(request, publicUrl))
    if (jwt === undefined) throw oauthError('access_denied', { description: tokenLimitReached })
    return { access_token: jwt, expires_in: tokens.expiresIn, token_type: 'Bearer' }
  },
}

const tokenLimitReached =
  'Access Token limit reached. Please use the existing Access Token or create a new Service Account.'

const revoke: OAuthOperation = {
  operationId: 'revoke',
  alias: undefined,
  summary: 'Revoke an access token',
  path: '/revoke',
  work: ({ client: { form, id } }, { tokens }) => {
    const token = form.get('token')
    if (!token) throw oauthError('invalid_request')
    tokens.revoke(token, id)
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
      ...hooksOf(operation, [head, client, ...emulatorSteps, transfer], context),
      handler: (request, reply) => {
        const body = operation.work(request, context)
        return answer(request, reply, body && JSON.stringify(body))
      },
    })
  }

  app.setErrorHandler((error, request, reply) => replyWithError(toOAuthError(error as Error, request), request, reply))
}

type Form = ReadonlyMap<string, string>

/** Each parameter may be given once; RFC 6749, 3.2 and appendix B. */
function parseForm(request: FastifyRequest): Form {
  const form = new Map<string, string>()
  for (const [name, value] of new URLSearchParams((request.body as Buffer | undefined)?.toString())) {
    if (form.has(name)) throw oauthError('invalid_request')
    form.set(name, value)
  }
  return form
}

/** The client's id and secret in HTTP Basic, as they are: not form-encoded, whatever RFC 6749 has in 2.3.1. */
function basicClient(authorization: string | undefined): { id: string; secret: string } | undefined {
  const [, basic] = /^basic +([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '') ?? []
  if (basic === undefined) return undefined
  const [id = '', ...rest] = Buffer.from(basic, 'base64').toString().split(':')
  return { id, secret: rest.join(':') }
}

function answer(request: FastifyRequest, reply: FastifyReply, json: string | undefined): FastifyReply {
  const body = represent(json, reply.statusCode, readFlags(request.raw.url as string))
  reply.headers(answerHeaders(request.method)).header('cache-control', 'no-store')
  if (body === undefined) return reply.send()
  // Bytes, since Fastify adds a charset to the type of a JSON string.
  return reply.header('content-type', 'application/json').send(Buffer.from(body))
}

/** Errors in the API's own shape stay as they are: the rate limit's, those of faults and those of the connection. */
function toOAuthError(error: Error & { code?: string }, request: FastifyRequest): AtlasError | RefusedRequest {
  if (error instanceof AtlasError || error instanceof RefusedRequest) return error
  if (/^FST_ERR_CTP_|^ECONNRESET$/.test(error.code ?? '')) return oauthError('invalid_request')
  request.log.error(error)
  return oauthError('server_error')
}
