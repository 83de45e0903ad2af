import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { errors } from '../atlas/errors/errors.js'
import { after, real } from '../values/timers.js'
import { closing } from './last-answer.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** The answers that have not been sent yet, in the order of their requests, with what has been decided of them. */
    underWay: ReadonlyMap<ServerResponse, FastifyReply | undefined>
    /** The answer to the last request that came on the connection, sent or not; undefined before the first. */
    lastOn(socket: Socket): ServerResponse | undefined
  }
}

/** How long, once the server stops, clients may take to send the rest of a request; milliseconds. */
const graceTime = 300
/** How long until whatever is left is cut off. */
const longestStop = 600

/**
 * How the server stops: requests under way are answered, with `Connection: close`; new ones on open connections get 503
 * (section 5 of the contract, row 28), and so do those whose body does not come; then every connection is closed, idle
 * ones and those that never asked included, which Fastify alone would wait for.
 */
export const shutdown = fp(
  async (app: FastifyInstance) => {
    const underWay = new Map<ServerResponse, FastifyReply | undefined>()
    const last = new WeakMap<Socket, ServerResponse>()
    let isStopping = false
    app.decorate('underWay', underWay)
    app.decorate('lastOn', (socket: Socket) => last.get(socket))

    const closeWhenAnswered = () => {
      if (isStopping && underWay.size === 0) app.server.closeAllConnections()
    }
    const forget = (response: ServerResponse) => {
      underWay.delete(response)
      closeWhenAnswered()
    }
    function forgetThis(this: ServerResponse): void {
      forget(this)
    }

    // Of a connection that closes, answers that wait behind another are not told.
    const forgetAllOn = (socket: Socket) => {
      socket.on('close', () => {
        for (const response of underWay.keys()) if (response.req.socket === socket) forget(response)
      })
    }
    // Those that have not got as far as a handshake, or as HTTP, included: the server itself does not know them.
    const open = new Set<Socket>()
    app.server.on('connection', (socket: Socket) => {
      open.add(socket)
      socket.on('close', () => open.delete(socket))
    })
    app.server.on('connection', forgetAllOn)
    app.server.on('secureConnection', forgetAllOn)
    app.server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      underWay.set(response, undefined)
      last.set(socket, response)
      response.on('close', forgetThis)
    })
    app.addHook('onRequest', ({ raw }, reply, done) => {
      if (closing.has(raw.socket)) {
        reply.hijack()
        return forget(reply.raw)
      }
      // Requests that are injected have no connection, and are not under way.
      if (underWay.has(reply.raw)) underWay.set(reply.raw, reply)
      if (isStopping) throw errors.stopping()
      done()
    })
    app.addHook('preClose', (done) => {
      isStopping = true
      // To Node a connection is idle once its answer has been written, whether or not the client has got it yet.
      app.server.closeIdleConnections = () => {}
      for (const response of underWay.keys()) response.shouldKeepAlive = false
      after(graceTime, () => {
        for (const [response, reply] of underWay) {
          if (reply && !response.req.complete && !response.headersSent) reply.send(errors.stopping())
        }
      })
      after(longestStop, () => {
        for (const socket of open) socket.destroy()
      })
      // What has come by now is looked at before connections are taken for idle.
      real.setImmediate(() =>
        real.setImmediate(() => {
          closeWhenAnswered()
          done()
        }),
      )
    })
  },
  { name: 'shutdown' },
)
