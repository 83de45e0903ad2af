import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { after, systemClock } from '../../world/clock.js'
import { type RenderedError, renderError } from './error-reply.js'
import { type AtlasError, errors } from './errors.js'

/** Milliseconds. */
const lingerTime = 500
const requestLine = /^([A-Z]+) (\S+)/

/**
 * Answers what the HTTP parser refuses (section 5 of the contract, rows 27 and 28): Fastify's `clientErrorHandler`.
 * @param error Node's error; `rawPacket` holds the bytes that were being parsed, with luck the request line
 */
export function answerClientError(
  this: FastifyInstance,
  error: Error & { code: string; rawPacket?: unknown },
  socket: Socket,
): void {
  if (error.code === 'ECONNRESET') return
  const answer = (method = '', url = '', decided: object = {}) => {
    if (!socket.writable) return
    const rendered = renderError(toAtlasError(error.code), method, url)
    writeAndClose(socket, { ...rendered, headers: { ...decided, ...rendered.headers } }, method)
  }
  const [last, reply] = [...this.underWay].findLast(([{ req }]) => req.socket === socket) ?? []
  if (!last) {
    const [, method, url] = requestLine.exec(String(error.rawPacket)) ?? []
    answer(method, url)
  } else if (last.req.complete) {
    // These bytes came behind requests that are still to be answered: those answers go first.
    last.once('close', () => answer())
  } else {
    answer(last.req.method, last.req.url, reply?.getHeaders())
  }
}

/** Writes an answer where there is no request to reply to, and ends the connection. */
export function writeAndClose(socket: Socket, { status, headers, body }: RenderedError, method: string): void {
  const fields = {
    ...headers,
    'content-length': Buffer.byteLength(body),
    date: new Date(systemClock.now()).toUTCString(),
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  // What the client still sends is read and dropped for a while: closing at once could cost it the answer.
  after(lingerTime, () => socket.destroy())
  // Node has taken its own listener off the socket of a CONNECT.
  socket.on('error', () => socket.destroy()).resume()
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${method === 'HEAD' ? '' : body}`)
}

function toAtlasError(code: string): AtlasError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return errors.headersTooLarge()
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return errors.requestTimeout()
    default:
      return errors.malformedRequest()
  }
}
