import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  awaitsContinue,
  continueOnceRead,
  endAfterLatest,
  endWith,
  isEnding,
  latestAnswer,
  onceAnswered,
} from './answers.js'
import { tooManyChunks } from './chunks.js'
import { writeAndEnd } from './client-errors.js'
import type { ConnectionLimits } from './limits.js'
import { RefusalLog } from './refusal-log.js'
import { RefusedRequest, type RenderRefusal } from './refused.js'
import { isContinue, isWellFormed } from './request-head.js'
import { stopInOrder } from './shutdown.js'
import type { AnswersUnderWay } from './under-way.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** The answers that have not been sent yet. */
    underWay: AnswersUnderWay
    /** What is done as a request comes, before anything looks at what there is. */
    arrivals: ((request: FastifyRequest) => void)[]
    /** Has an answer leave in good order. To be called in `onSend`, before anything is done to the answer that takes its time. */
    depart: (reply: FastifyReply) => void
  }
}

/**
 * Has the server take connections as this room has it: no more than there may be, refusing what is not HTTP, and
 * ending each in good order. To be called before anything else adds its hooks.
 */
export function takeConnections(app: FastifyInstance, limits: ConnectionLimits, render: RenderRefusal): void {
  const { server } = app
  server.maxHeadersCount = 0
  server.maxConnections = limits.maxConnections
  // A client that has ended its side of the connection still wants its answer.
  Object.assign(server, { httpAllowHalfOpen: true })
  const underWay = stopInOrder(app)
  app.decorate('underWay', underWay)
  takeRequests(app, underWay)

  const refusalLog = new RefusalLog((details, text) => app.log.warn(details, text))
  app.decorate('refusalLog', refusalLog)
  server.on('drop', () => refusalLog.note('too-many-connections'))

  const prepare = (socket: Socket) => {
    // Each of many pipelined requests may wait for the end of the connection.
    socket.setMaxListeners(0)
    socket.on(tooManyChunks, () => refuseChunks(socket))
    socket.on('end', () => {
      // Node's parser does not notice this itself for a request with an `Upgrade` header.
      if (latestAnswer(socket)?.req.complete !== false) return
      const error = Object.assign(new Error('The body broke off'), { code: 'HPE_INVALID_EOF_STATE' })
      server.emit('clientError', error, socket)
    })
  }
  server.on('connection', prepare)
  server.on('secureConnection', prepare)

  /** Refuses the request whose body comes in tiny chunks, or ends its connection where it has its answer. */
  const refuseChunks = (socket: Socket) => {
    // What comes behind the last answer is dropped, and ends with the linger time.
    if (isEnding(socket)) return
    refusalLog.note('tiny-chunks')
    const answer = latestAnswer(socket) as ServerResponse
    if (!underWay.refuse(answer, 'malformed')) onceAnswered(answer, () => socket.destroy())
  }

  const serve = (request: IncomingMessage, response: ServerResponse) => server.emit('request', request, response)
  server.on('checkExpectation', serve)
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    continueOnceRead(request, response)
    serve(request, response)
  })
  server.on('connect', ({ method = '', url = '' }: IncomingMessage, socket: Socket) => {
    const answer = render(new RefusedRequest('malformed'), method, url)
    onceAnswered(latestAnswer(socket), () => writeAndEnd(socket, answer, method))
  })
}

/**
 * Has an app take requests as this room has it: none behind the last on its connection, and none that is not HTTP. To be
 * called before anything else adds its hooks. To send the answers, `depart` has to be called: no hook does so for all, since
 * Fastify takes longer from one hook to the next than what is to be done.
 * @param underWay of the app that has taken the connections by which the requests come
 */
export function takeRequests(app: FastifyInstance, underWay: AnswersUnderWay): void {
  const arrivals: FastifyInstance['arrivals'] = []
  app.decorate('arrivals', arrivals)
  app.addHook('onRequest', (request, reply, done) => {
    const { raw } = request
    if (!underWay.begin(reply) && isEnding(raw.socket)) return void reply.hijack()
    if (!isWellFormed(raw)) throw new RefusedRequest('malformed')
    const { expect, upgrade } = raw.headers
    if (expect && !isContinue(expect)) throw new RefusedRequest('expectation-failed')
    if (upgrade !== undefined) {
      // The server speaks no other protocol, and Node loses the bytes that came right behind such a request.
      endAfterLatest(raw.socket)
      reply.header('connection', 'close')
    }
    for (const arrive of arrivals) arrive(request)
    done()
  })
  app.decorate('depart', (reply: FastifyReply) => {
    // A long body is still on its way when the head of the answer is not: two answers would become one.
    underWay.setDecided(reply.raw)
    if (awaitsContinue(reply.raw)) reply.header('connection', 'close')
    if (reply.getHeader('connection') === 'close') endWith(reply.raw)
  })
}

/**
 * For Fastify's `frameworkErrors`, before which no hook runs: what is wrong with how the request came, if anything, which
 * goes before what Fastify has found.
 */
export function refusalBeforeHooks({ raw }: FastifyRequest, reply: FastifyReply): RefusedRequest | undefined {
  const refused = isWellFormed(raw) ? undefined : new RefusedRequest('malformed')
  if (refused || awaitsContinue(reply.raw)) endWith(reply.raw)
  return refused
}
