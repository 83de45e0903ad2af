import { STATUS_CODES } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { RefusedRequest, type RenderedAnswer } from '../../http/refused.js'
import { pathOf } from '../../values/url.js'
import { answerHeaders, varies } from '../headers.js'
import { compileSerializer } from '../json.js'
import { jsonLimit } from '../steps/body.js'
import { readFlags } from '../steps/query.js'
import { represent } from '../steps/representation.js'
import { ApiError, AtlasError, ChallengeError, type ErrorKind, errors } from './errors.js'
import { OAuthError } from './oauth-errors.js'

const serialize = compileSerializer<ApiError>(ApiError)

/** What Node calls a status that has no phrase. */
const unknownReason = 'unknown'

const challengeBody = `{
  "error" : 401,
  "reason" : "Unauthorized",
  "detail" : "You are not authorized for this resource.",
  "errorCode" : "UNEXPECTED_ERROR"
}`

/**
 * The one place that turns an error into an answer.
 * @param url the request target, whose flags say how to print; empty when there was none to read
 */
export function renderError(failure: AtlasError | RefusedRequest, method: string, url: string): RenderedAnswer {
  const error = failure instanceof RefusedRequest ? refusals[failure.reason].with({}) : failure
  const { status, errorCode, detail, parameters, badRequestDetail } = error
  if (error instanceof ChallengeError) {
    return {
      status,
      headers: {
        'content-type': 'application/json',
        'www-authenticate': error.challenge,
        ...(varies(method) && { vary: 'Accept-Encoding' }),
      },
      body: challengeBody,
    }
  }
  if (error instanceof OAuthError) {
    return {
      status,
      headers: {
        ...answerHeaders(method),
        ...error.headers,
        'cache-control': 'no-store',
        'content-type': 'application/json',
      },
      body: represent(
        JSON.stringify({ error_description: detail, error: errorCode }),
        status,
        readFlags(url),
      ) as string,
    }
  }
  const json = serialize({
    ...(badRequestDetail && { badRequestDetail }),
    detail,
    error: status,
    errorCode,
    parameters: [...parameters],
    reason: STATUS_CODES[status] ?? unknownReason,
  })
  return {
    status,
    headers: {
      ...answerHeaders(method),
      ...error.headers,
      'content-type': 'application/json',
      'x-error-code': errorCode,
    },
    body: represent(json, status, readFlags(url)) as string,
  }
}

/** Fastify's error handler, and the way to answer with an error where Fastify has none. */
export function replyWithError(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const { status, headers, body } = renderError(toAtlasError(error, request), request.method, request.raw.url as string)
  // Bytes, since Fastify adds a charset to the type of a JSON string.
  reply.code(status).headers(headers).send(Buffer.from(body))
}

/** What Fastify itself finds wrong with a request, by the code of its error. */
const fastifyErrors: Readonly<Record<string, (request: FastifyRequest) => AtlasError>> = {
  FST_ERR_BAD_URL: ({ raw }) => errors.resourceNotFound.with({ resource: pathOf(raw.url as string) }),
  FST_ERR_CTP_BODY_TOO_LARGE: () => errors.payloadTooLarge.with({ limit: jsonLimit }),
  // The client went away while it was sending; nobody reads this answer.
  ECONNRESET: () => errors.malformedRequest.with({}),
}

/** What is wrong with how a request came, as Atlas would say it. */
const refusals: Readonly<Record<RefusedRequest['reason'], ErrorKind<never>>> = {
  malformed: errors.malformedRequest,
  'timed-out': errors.requestTimeout,
  'expectation-failed': errors.expectationFailed,
  'headers-too-large': errors.headersTooLarge,
  stopping: errors.stopping,
}

function toAtlasError(error: Error & { code?: string }, request: FastifyRequest): AtlasError | RefusedRequest {
  if (error instanceof AtlasError || error instanceof RefusedRequest) return error
  const known = fastifyErrors[error.code ?? '']
  if (known) return known(request)
  request.log.error(error)
  return errors.unexpected.with({})
}
