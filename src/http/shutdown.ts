import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { after, real } from '../values/timers.js'
import { trackAnswers } from './answers.js'
import type { AnswersUnderWay } from './under-way.js'

/** How long, once the server stops, clients may take to send the rest of a request; milliseconds. */
const graceTime = 300
/** How long until every connection that is left is cut off. */
const longestStop = 600

/**
 * How the server stops: requests under way are answered, with `Connection: close`; new ones on open connections are
 * refused, and so are those whose body does not come; then every connection is closed, idle ones and those that never
 * asked included, which Fastify alone would wait for.
 * @returns the answers that have not been sent yet
 */
export function stopInOrder(app: FastifyInstance): AnswersUnderWay {
  const { server } = app
  const closeWhenAnswered = () => {
    if (underWay.isStopping && underWay.size === 0) server.closeAllConnections()
  }
  const underWay = trackAnswers(server, closeWhenAnswered)

  // The server itself does not know a connection before its TLS handshake.
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })
  app.addHook('preClose', (done) => {
    underWay.stop()
    // Node calls a connection idle once its answer has been written, even if the client has not received it yet.
    server.closeIdleConnections = () => {}
    for (const { response } of underWay) response.shouldKeepAlive = false
    after(graceTime, () => {
      for (const { response } of underWay) {
        if (!response.req.complete) underWay.refuse(response, 'stopping')
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
  return underWay
}
