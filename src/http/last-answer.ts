import type { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { after } from '../world/clock.js'

/** How long what a client still sends is read and dropped once it has its last answer, in milliseconds. */
export const lingerTime = 500

/** Connections whose last answer has been settled: whatever else comes on them is not looked at. RFC 9112, 9.6. */
export const closing = new WeakSet<IncomingMessage['socket']>()

/**
 * Has an answer that is about to be sent be the last on its connection, where its headers say so. What the client has
 * yet to send is read before the connection is closed: to close at once could cost it the answer.
 */
export function settleLast({ raw }: FastifyRequest, reply: FastifyReply): void {
  if (reply.getHeader('connection') !== 'close') return
  closing.add(raw.socket)
  if (!raw.complete && raw.socket instanceof Socket) endSlowly(reply.raw)
}

/**
 * Has the answer end only when all of the request has come, the client has ended, or some time has passed. Nobody else
 * gets what is still to come of the request.
 */
export function endSlowly(response: ServerResponse): void {
  const end = response.end.bind(response) as () => ServerResponse
  const { req } = response
  for (const event of ['data', 'end', 'error']) req.removeAllListeners(event)
  req.on('error', () => {})
  response.end = ((chunk?: unknown) => {
    if (chunk) response.write(chunk)
    else response.flushHeaders()
    const finish = () => {
      callOff()
      req.off('end', finish)
      req.socket.off('end', finish)
      end()
    }
    const callOff = after(lingerTime, finish)
    req.once('end', finish).resume()
    req.socket.once('end', finish)
    return response
  }) as ServerResponse['end']
}
