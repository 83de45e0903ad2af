import { STATUS_CODES } from 'node:http'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { RefusedRequest, type RenderedAnswer } from '../http/refused.js'
import type { Mistake } from '../values/mistakes.js'
import { serverName } from '../values/package.js'

export const Problem = Type.Object(
  {
    type: Type.String({ description: 'about:blank: the status says what kind of problem it is' }),
    title: Type.String({ description: "The status's reason phrase" }),
    status: Type.Integer(),
    detail: Type.String({ description: 'What is wrong and what to do, for people' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          detail: Type.String({ description: 'What was found there, and what is allowed' }),
          pointer: Type.Optional(Type.String({ description: 'JSON Pointer (RFC 6901) into the body that was sent' })),
          parameter: Type.Optional(
            Type.String({ description: 'The parameter of the path or the query, or the header' }),
          ),
        }),
        { description: 'Every place at fault' },
      ),
    ),
  },
  { description: 'What went wrong; RFC 9457' },
)
export type Problem = Static<typeof Problem>

/** A command that was not carried out: the one kind of error of the control API. */
export class ControlError extends Error {
  /**
   * @param status HTTP status
   * @param detail what is wrong and what to do
   * @param errors every place at fault
   * @param headers that the answer carries
   */
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly errors: NonNullable<Problem['errors']> = [],
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail)
  }
}

/** A body that does not fit. */
export function invalidBody(mistakes: readonly Mistake[], status = 400): ControlError {
  const errors = mistakes.slice(0, 100).map(({ pointer, text }) => ({ detail: text, pointer }))
  const [first] = mistakes as [Mistake]
  return new ControlError(status, `${first.pointer || 'The body'}: ${first.text}`, errors)
}

/** A parameter of the path or the query that does not fit. */
export function invalidParameter(name: string, detail: string): ControlError {
  return new ControlError(400, `The parameter ${name}: ${detail}`, [{ detail, parameter: name }])
}

/** What Fastify itself finds wrong with a request. */
const fastifyErrors: Readonly<Record<string, [status: number, detail: string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [413, 'The body is too large.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, 'Send the body with Content-Type: application/json.'],
  FST_ERR_CTP_INVALID_JSON_BODY: [400, 'The body is no JSON.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, 'The body is empty; send JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [400, 'The body is not as long as its Content-Length.'],
  FST_ERR_BAD_URL: [404, 'There is no such path.'],
  ECONNRESET: [400, 'The request broke off.'],
}

/** The problem that an error is; undefined for one that nobody foresaw. */
function toControlError(error: Error & { code?: string }): ControlError | undefined {
  if (error instanceof ControlError) return error
  if (error instanceof RefusedRequest) return new ControlError(error.status, error.message, [], error.headers)
  const [status, detail] = fastifyErrors[error.code ?? ''] ?? []
  return status === undefined ? undefined : new ControlError(status, detail as string)
}

/** An error as a problem document; RFC 9457. */
function render({ status, detail, errors, headers }: ControlError): RenderedAnswer {
  const problem: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] as string,
    status,
    detail,
    ...(errors.length > 0 && { errors }),
  }
  return {
    status,
    headers: { ...controlHeaders, ...headers, 'content-type': 'application/problem+json' },
    body: `${JSON.stringify(problem)}\n`,
  }
}

/** What the error says, or, when nobody foresaw it, nothing about it. */
export function renderProblem(error: Error): RenderedAnswer {
  return render(toControlError(error) ?? new ControlError(500, 'The emulator failed; its log tells more.'))
}

/** Answers with that; false when nobody foresaw the error. */
export function replyWithProblem(error: Error, _request: FastifyRequest, reply: FastifyReply): boolean {
  const { status, headers, body } = renderProblem(error)
  reply.code(status).headers(headers)
  // Bytes, since Fastify adds a charset to the type of a JSON string.
  reply.send(Buffer.from(body))
  return toControlError(error) !== undefined
}

/** What every answer of the control API carries. */
export const controlHeaders = {
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  server: serverName,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}
