import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { errors } from './errors.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** The answers that have not been sent yet, in the order of their requests, with what has been decided of them. */
    underWay: ReadonlyMap<ServerResponse, FastifyReply | undefined>
  }
}

/**
 * How the server stops: requests under way are answered, with `Connection: close`; new ones on open connections get 503
 * (section 5 of the contract, row 28); then every connection is closed, idle ones and those that never asked included,
 * which Fastify alone would wait for.
 */
export const shutdown = fp(
  async (app: FastifyInstance) => {
    const underWay = new Map<ServerResponse, FastifyReply | undefined>()
    let isStopping = false
    app.decorate('underWay', underWay)

    const closeWhenAnswered = () => {
      if (isStopping && underWay.size === 0) app.server.closeAllConnections()
    }
    function forget(this: ServerResponse): void {
      underWay.delete(this)
      closeWhenAnswered()
    }

    app.server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
      underWay.set(response, undefined)
      response.on('close', forget)
    })
    app.addHook('onRequest', (_request, reply, done) => {
      // Requests that are injected have no connection, and are not under way.
      if (underWay.has(reply.raw)) underWay.set(reply.raw, reply)
      if (isStopping) throw errors.stopping()
      done()
    })
    app.addHook('preClose', (done) => {
      isStopping = true
      for (const response of underWay.keys()) response.shouldKeepAlive = false
      closeWhenAnswered()
      done()
    })
  },
  { name: 'shutdown' },
)
