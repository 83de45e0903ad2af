import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { after, real } from '../values/timers.js'
import { refuse, trackAnswers } from './answers.js'
import { RefusedRequest } from './refused.js'

/** How long, once the server stops, clients may take to send the rest of a request; milliseconds. */
const graceTime = 300
/** How long until every connection that is left is cut off. */
const longestStop = 600

/**
 * How the server stops: requests under way are answered, with `Connection: close`; new ones on open connections are
 * refused, and so are those whose body does not come; then every connection is closed, idle ones and those that never
 * asked included, which Fastify alone would wait for.
 */
export function stopInOrder(app: FastifyInstance): void {
  const { server } = app
  let isStopping = false
  const closeWhenAnswered = () => {
    if (isStopping && app.underWay.size === 0) server.closeAllConnections()
  }
  trackAnswers(app, closeWhenAnswered)
  app.addHook('onRequest', (_request, _reply, done) => {
    if (isStopping) throw new RefusedRequest('stopping')
    done()
  })

  // The server itself does not know a connection before its TLS handshake.
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })
  app.addHook('preClose', (done) => {
    isStopping = true
    // Node calls a connection idle once its answer has been written, even if the client has not received it yet.
    server.closeIdleConnections = () => {}
    for (const { response } of app.underWay) response.shouldKeepAlive = false
    after(graceTime, () => {
      for (const { response } of app.underWay) {
        const reply = app.underWay.refusable(response)
        if (reply && !response.req.complete) refuse(reply, 'stopping')
      }
    })
    after(longestStop, () => {
      for (const socket of open) socket.destroy()
    })
    // Two turns of the event loop: requests that have arrived by now are parsed before connections are taken for idle.
    real.setImmediate(() =>
      real.setImmediate(() => {
        closeWhenAnswered()
        done()
      }),
    )
  })
}
