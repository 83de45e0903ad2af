import { type IncomingMessage, type ServerOptions, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { type RenderedError, renderError } from './error-reply.js'
import { type AtlasError, errors } from './errors.js'

/** How long a connection may take, in milliseconds; section 5 of the contract, row 28. */
export const connectionLimits = {
  /** For a request's headers. */
  headersTimeout: 30_000,
  /** For a whole request. */
  requestTimeout: 60_000,
  /** Between two looks at the connections. */
  connectionsCheckingInterval: 5_000,
}
export type ConnectionLimits = typeof connectionLimits

export const connectionOptions = {
  /** Bytes of a request line and headers; row 28 too. */
  maxHeaderSize: 16 * 1024,
  // Without this, Node answers a request that names no host by itself, in its own words.
  requireHostHeader: false,
} satisfies ServerOptions

const lingerTime = 500
const requestLine = /^([A-Z]+) (\S+) HTTP\/1/

/**
 * Answers what the HTTP parser refuses, which never becomes a request: Fastify's `clientErrorHandler`.
 * @param error Node's error; `rawPacket` holds the bytes that were being parsed, with luck the request line
 */
export function answerClientError(error: Error & { code: string; rawPacket?: unknown }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return
  const { rawPacket } = error
  const start = rawPacket instanceof Buffer ? rawPacket.toString('latin1', 0, connectionOptions.maxHeaderSize) : ''
  const [, method = '', url = ''] = requestLine.exec(start) ?? []
  writeAndClose(socket, renderError(toAtlasError(error.code), method, url), method)
}

function writeAndClose(socket: Socket, { status, headers, body }: RenderedError, method: string): void {
  const fields = Object.entries(complete(headers, body)).map(([name, value]) => `${name}: ${value}\r\n`)
  // What the client still sends is read and dropped for a while: closing at once could cost it the answer.
  socket.setTimeout(lingerTime, () => socket.destroy()).resume()
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${fields.join('')}\r\n${method === 'HEAD' ? '' : body}`)
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

function complete(headers: RenderedError['headers'], body: string): Record<string, string | number> {
  return { ...headers, 'content-length': Buffer.byteLength(body) }
}

/** Rows 27 and 28 where the parser has no objection: no host, an expectation that cannot be met, a tunnel. */
export const connection = fp(
  async (app: FastifyInstance) => {
    app.addHook('onRequest', (request, _reply, done) => {
      const { headers, httpVersion } = request.raw
      if (headers.host === undefined && httpVersion === '1.1') throw errors.malformedRequest()
      done()
    })

    app.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
      const { status, headers, body } = renderError(
        errors.expectationFailed(),
        request.method as string,
        request.url as string,
      )
      response.writeHead(status, complete(headers, body)).end(body)
    })
    app.server.on('connect', ({ method, url }: IncomingMessage, socket: Socket) => {
      writeAndClose(socket, renderError(errors.malformedRequest(), method as string, url as string), method as string)
    })
  },
  { name: 'connection' },
)
