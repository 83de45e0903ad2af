import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Change, ServedOperation, Step } from '../atlas/operation.js'
import { organizationOf } from '../atlas/organization-of.js'
import { stub } from '../atlas/stub.js'
import { unservedHeader } from '../atlas/unserved.js'
import { faultHeader } from '../faults/names.js'
import { real } from '../values/timers.js'
import type { World } from '../world/world.js'
import { type Journal, remainingHeader } from './journal.js'
import type { Replay, Replays } from './replays.js'
import type { Tally } from './tally.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** By the process's own clock, in milliseconds; undefined when it was refused as it came. */
    receivedAt: number | undefined
    /** The entry of the journal that it sends once more; undefined for a client's own request. */
    replay: Replay | undefined
  }
}

/** What is kept of requests, and where. */
export interface Recorder {
  /** Undefined while it is off. */
  readonly journal: Journal | undefined
  readonly tally: Tally
  readonly replays: Replays
  readonly world: World
}

/** The code of the answer that has its code in the body alone, the 401 challenge. */
const challengeCode = 'UNEXPECTED_ERROR'

/**
 * Counts a request, and enters it and what became of it into the journal.
 * @param operation its operationId; who knows it gives it, since to look it up in the request's route takes as long as all
 * the rest
 */
export function record(
  { journal, tally, world }: Recorder,
  request: FastifyRequest,
  reply: FastifyReply,
  answer: { readonly payload: unknown } | undefined,
  operation = request.stub ? stub.operationId : request.routeOptions.schema?.operationId,
): void {
  const { raw, credential, replay } = request
  const isSuccess = answer !== undefined && reply.statusCode < 400
  const status = answer && reply.statusCode
  const errorCode = isSuccess ? undefined : (reply.getHeader('x-error-code') as string | undefined)
  tally.count(operation, status, status === 401 && reply.hasHeader('www-authenticate') ? challengeCode : errorCode)
  if (!journal) return
  const answeredAt = real.elapsed()
  const id = journal.add({
    time: world.now(),
    method: request.method,
    url: journal.keepUrl(raw.url as string),
    operation,
    project: projectOf(request),
    organization: (request.credential ?? request.claimed)?.orgId ?? organizationOf(request, world),
    credential: credential?.id,
    secret: credential?.secret,
    refusal: request.refusal,
    status,
    errorCode,
    unserved: !isSuccess && reply.hasHeader(unservedHeader),
    duration: request.receivedAt === undefined ? 0 : answeredAt - request.receivedAt,
    fault: reply.getHeader(faultHeader) as string | undefined,
    requestHeaders: journal.keepHeaders(raw.rawHeaders),
    requestBody: journal.keepBody(request.bodyAsSent ?? request.body),
    remaining: reply.getHeader(remainingHeader) as number | undefined,
    // An answer of one's own has headers of its own, and so has that to OPTIONS.
    responseHeaders:
      isSuccess && operation !== undefined && operation !== stub.operationId
        ? journal.keepValues((name) => reply.getHeader(name))
        : answer
          ? (reply.getHeaders() as OutgoingHttpHeaders)
          : {},
    responseBody: request.method === 'HEAD' ? '' : journal.keepBody(answer?.payload),
    answeredAt,
    from: raw.socket.remoteAddress,
    replayOf: replay?.of,
  })
  replay?.onRecorded(id)
}

/** Sees when requests come, and which are replays. */
export const recording = fp(
  async (app: FastifyInstance, { replays }: Recorder) => {
    app.decorateRequest('receivedAt')
    app.decorateRequest('replay')
    app.arrivals.push((request) => {
      request.receivedAt = real.elapsed()
      const replay = replays.take(request.raw)
      if (replay) {
        request.replay = replay
        request.credential = replay.credential
      }
    })
  },
  { name: 'recording' },
)

/** Enters a request that no operation takes into the journal. */
export function recordUnknown(recorder: Recorder): Change {
  return (request, reply, payload) => {
    record(recorder, request, reply, { payload })
    return payload
  }
}

/**
 * Enters the requests to an operation into the journal, before the first byte of the answer leaves, so that whoever has the
 * answer finds the entry.
 */
export function recordingStep(recorder: Recorder): Step<ServedOperation> {
  return {
    name: 'journal',
    at: 'onSend',
    make:
      ({ operationId }) =>
      (request, reply, payload) => {
        record(recorder, request, reply, { payload }, operationId)
        return payload
      },
  }
}

/** The project that the path names, and be there none with that id. */
function projectOf({ project, params }: FastifyRequest): string | undefined {
  // All entries share the project's own id. The parameter of the path is a new string for each request, which the entry would
  // keep in memory.
  return (project as FastifyRequest['project'] | undefined)?.id ?? (params as { groupId?: string } | null)?.groupId
}
