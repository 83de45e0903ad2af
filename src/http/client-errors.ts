import { type OutgoingHttpHeaders, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { type AtlasError, errors } from '../atlas/errors/errors.js'
import type { RenderedError } from '../atlas/errors/reply.js'
import { after, systemClock } from '../world/clock.js'
import { closing, endSlowly, lingerTime } from './last-answer.js'

/** Turns an error into an answer to a request with this method and target; both are empty when they are not known. */
export type RenderError = (error: AtlasError, method: string, url: string) => RenderedError

const requestLine = /^(?:\r?\n)*([A-Z]+) (\S+)/

/**
 * Makes what answers where the HTTP parser refuses (section 5 of the contract, rows 27 and 28): Fastify's
 * `clientErrorHandler`, which takes Node's error, whose `rawPacket` holds the bytes that were being parsed, with luck
 * the request line.
 */
export function clientErrors(render: RenderError) {
  return function answerClientError(
    this: FastifyInstance,
    error: Error & { code: string; rawPacket?: unknown },
    socket: Socket,
  ): void {
    const last = this.lastOn(socket)
    // A request may be the last on its connection before it has its answer.
    const isDue = last !== undefined && !last.req.complete && !last.headersSent
    if (error.code === 'ECONNRESET' || (closing.has(socket) && !isDue)) return
    closing.add(socket)
    const failure = toAtlasError(error.code)
    if (!last || last.req.complete) {
      // A request's head. Answers to the requests before it go first, and the packet may begin with one of those.
      const isFirst = !last || last.closed
      const [, method = '', url = ''] = (isFirst && requestLine.exec(String(error.rawPacket))) || []
      onceAnswered(last, () => writeAndClose(socket, render(failure, method, url), method))
    } else if (last.headersSent) {
      // The body of a request that has its answer already.
      onceAnswered(last, () => linger(socket))
    } else {
      const { method = '', url = '' } = last.req
      const { status, headers, body } = render(failure, method, url)
      endSlowly(last)
      const reply = this.underWay.get(last)
      // Whatever was still to be done for the request is not.
      reply?.hijack()
      last
        .writeHead(status, {
          ...(reply?.getHeaders() as OutgoingHttpHeaders | undefined),
          ...headers,
          'content-length': Buffer.byteLength(body),
        })
        .end(method === 'HEAD' ? undefined : body)
    }
  }
}

/** Acts once the answer has been sent, or cannot be; at once where there is none to wait for. */
export function onceAnswered(response: ServerResponse | undefined, act: () => void): void {
  if (!response || response.closed) act()
  else response.once('close', act)
}

/** Writes an answer where there is no request to reply to, and ends the connection; nothing where that has ended. */
export function writeAndClose(socket: Socket, { status, headers, body }: RenderedError, method: string): void {
  if (!socket.writable) return
  const fields = {
    ...headers,
    'content-length': Buffer.byteLength(body),
    date: new Date(systemClock.now()).toUTCString(),
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${method === 'HEAD' ? '' : body}`)
  linger(socket)
}

/** Ends the connection; what the client still sends is read and dropped for a while. */
function linger(socket: Socket): void {
  after(lingerTime, () => socket.destroy())
  // Node has taken its own listener off the socket of a CONNECT.
  socket.on('error', () => socket.destroy()).resume()
  socket.end()
}

function toAtlasError(code: string): AtlasError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return errors.headersTooLarge.with({})
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return errors.requestTimeout.with({})
    default:
      return errors.malformedRequest.with({})
  }
}
