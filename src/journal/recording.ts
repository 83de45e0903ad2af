import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { ServedOperation, Step } from '../atlas/operation.js'
import { organizationOf } from '../atlas/organization-of.js'
import { faultHeader } from '../faults/names.js'
import { real } from '../values/timers.js'
import type { World } from '../world/world.js'
import { type Journal, ownHeaders } from './journal.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** By the process's own clock, in milliseconds; undefined when it was refused as it came. */
    receivedAt: number | undefined
  }
}

/**
 * Enters a request and what became of it into the journal.
 * @param operation its operationId, where that is known: to ask the request costs as much as all the rest
 */
export function record(
  journal: Journal,
  world: World,
  request: FastifyRequest,
  reply: FastifyReply,
  answer: { readonly payload: unknown } | undefined,
  operation = request.routeOptions.schema?.operationId,
): void {
  const { raw, credential } = request
  const isSuccess = answer !== undefined && reply.statusCode < 400
  journal.add({
    time: world.now(),
    method: request.method,
    url: raw.url as string,
    operation,
    project: (request.params as { groupId?: string } | null)?.groupId,
    organization: organizationOf(request, world),
    credential: credential?.id,
    secret: credential?.secret,
    refusal: request.refusal,
    status: answer && reply.statusCode,
    errorCode: isSuccess ? undefined : (reply.getHeader('x-error-code') as string | undefined),
    duration: request.receivedAt === undefined ? 0 : real.elapsed() - request.receivedAt,
    fault: reply.getHeader(faultHeader) as string | undefined,
    requestHeaders: raw.rawHeaders,
    requestBody: journal.keepBody(request.bodyAsSent ?? request.body),
    responseHeaders: isSuccess
      ? ownHeaders.map((name) => reply.getHeader(name))
      : answer
        ? (reply.getHeaders() as OutgoingHttpHeaders)
        : {},
    responseBody: request.method === 'HEAD' ? '' : journal.keepBody(answer?.payload),
  })
}

export interface RecordingOptions {
  readonly journal: Journal
  readonly world: World
}

/** Sees when requests come, and enters into the journal those that no route takes. */
export const recording = fp(
  async (app: FastifyInstance, { journal, world }: RecordingOptions) => {
    app.decorateRequest('receivedAt')
    app.addHook('onRequest', (request, _reply, done) => {
      request.receivedAt = real.elapsed()
      done()
    })
    app.addHook('onSend', (request, reply, payload, done) => {
      if (request.is404) record(journal, world, request, reply, { payload })
      done(null, payload)
    })
  },
  { name: 'recording' },
)

/**
 * Enters the requests to an operation into the journal, before the first byte of the answer leaves, so that whoever has the
 * answer finds the entry.
 */
export function recordingStep({ journal, world }: RecordingOptions): Step<ServedOperation> {
  return {
    name: 'journal',
    at: 'onSend',
    make:
      ({ operationId }) =>
      (request, reply, payload) => {
        record(journal, world, request, reply, { payload }, operationId)
        return payload
      },
  }
}
