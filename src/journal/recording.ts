import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { beforeSending } from '../atlas/route-hooks.js'
import { faultHeader } from '../faults/names.js'
import { real } from '../values/timers.js'
import type { Clock } from '../world/clock.js'
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
  clock: Clock,
  request: FastifyRequest,
  reply: FastifyReply,
  answer: { readonly payload: unknown } | undefined,
  operation = request.routeOptions.schema?.operationId,
): void {
  const { raw, credential } = request
  const isSuccess = answer !== undefined && reply.statusCode < 400
  journal.add({
    time: clock.now(),
    method: request.method,
    url: raw.url as string,
    operation,
    project: (request.params as { groupId?: string } | null)?.groupId,
    credential: credential?.id,
    secret: credential?.secret,
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

/**
 * Keeps the journal of the requests to every route that is declared after it, and of those that no route takes. An
 * entry is made before the first byte of the answer leaves, so that whoever has the answer finds it.
 */
export const recording = fp(
  async (app: FastifyInstance, { journal, clock }: { journal: Journal; clock: Clock }) => {
    app.decorateRequest('receivedAt')
    app.addHook('onRequest', (request, _reply, done) => {
      request.receivedAt = real.elapsed()
      done()
    })
    app.addHook('onRoute', (route) => {
      const operation = route.schema?.operationId
      beforeSending(route, (request, reply, payload, done) => {
        record(journal, clock, request, reply, { payload }, operation)
        done(null, payload)
      })
    })
    app.addHook('onSend', (request, reply, payload, done) => {
      if (request.is404) record(journal, clock, request, reply, { payload })
      done(null, payload)
    })
  },
  { name: 'recording' },
)
