import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { writeAndClose } from './client-errors.js'
import { renderError } from './error-reply.js'
import { errors } from './errors.js'

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

/** RFC 3986, 3.2.2 and 3.2.3: the characters that a host and a port may have. */
const host = /^[A-Za-z0-9\-._~!$&'()*+,;=:[\]%]*$/

/** Rows 27 and 28 where Node's parser has no objection. */
export const connection = fp(
  async (app: FastifyInstance) => {
    app.server.maxHeadersCount = 0

    app.addHook('onRequest', (request, _reply, done) => {
      if (!isWellFormed(request.raw)) throw errors.malformedRequest()
      done()
    })

    app.server.on('checkExpectation', refuseExpectation)
    // To Node it is enough that the expectations hold a 100-continue.
    app.server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      if (request.headers.expect?.trim().toLowerCase() !== '100-continue') return refuseExpectation(request, response)
      response.writeContinue()
      app.server.emit('request', request, response)
    })
    app.server.on('connect', ({ method, url }: IncomingMessage, socket: Socket) => {
      writeAndClose(socket, renderError(errors.malformedRequest(), method as string, url as string), method as string)
    })
  },
  { name: 'connection' },
)

function refuseExpectation({ method, url }: IncomingMessage, response: ServerResponse): void {
  const { status, headers, body } = renderError(errors.expectationFailed(), method as string, url as string)
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
}

/** RFC 9112, 3.2: one host, which HTTP/1.0 may leave out, and no fragment in the target. */
function isWellFormed({ httpVersion, rawHeaders, headers, url }: IncomingMessage): boolean {
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1
  }
  const hasHost = hosts === 1 || (hosts === 0 && httpVersion === '1.0')
  return hasHost && host.test(headers.host ?? '') && !(url as string).includes('#')
}
