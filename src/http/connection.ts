import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { errors } from '../atlas/errors/errors.js'
import { onceAnswered, type RenderError, writeAndClose } from './client-errors.js'
import { closing } from './last-answer.js'

/** What a connection may take; section 5 of the contract, row 28. Times are in milliseconds. */
export interface ConnectionLimits {
  /** How many there may be at once. */
  readonly maxConnections: number
  /** For a request's headers. */
  readonly headerTimeout: number
  /** For a whole request. */
  readonly requestTimeout: number
  /** From an answer to the next request. */
  readonly keepAlive: number
}

/** How long it is said only once that there are too many connections, in milliseconds. */
const betweenWarnings = 60_000

/** The longest time between two looks at the connections, in milliseconds. */
const longestInterval = 5000

/** The limits as Node's server takes them. */
export function connectionOptions({ headerTimeout, requestTimeout, keepAlive }: ConnectionLimits) {
  const headersTimeout = Math.min(headerTimeout, requestTimeout)
  return {
    /** Bytes of a request line and headers; row 28 too. */
    maxHeaderSize,
    headersTimeout,
    requestTimeout,
    keepAliveTimeout: keepAlive,
    connectionsCheckingInterval: Math.min(longestInterval, Math.ceil(headersTimeout / 4)),
    // Without this, Node answers a request that names no host by itself, in its own words.
    requireHostHeader: false,
  } satisfies ServerOptions
}

/** Bytes of a request line and headers together. */
export const maxHeaderSize = 16 * 1024

/** RFC 3986, 3.2.2 and 3.2.3: an IP literal or a name, and a port. */
const host = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~!$&'()*+,;=%]*)(?::[0-9]*)?$/

/** Whether a text can be a host, with or without a port. */
export function isHost(text: string): boolean {
  return host.test(text)
}

export interface ConnectionOptions {
  readonly limits: ConnectionLimits
  readonly render: RenderError
}

/** Rows 27 and 28 where Node's parser has no objection, and how many connections there are. */
export const connection = fp(
  async (app: FastifyInstance, { limits, render }: ConnectionOptions) => {
    const { server } = app
    server.maxHeadersCount = 0
    server.maxConnections = limits.maxConnections
    // A client that has sent all it has to say still wants its answer.
    Object.assign(server, { httpAllowHalfOpen: true })

    let warnedAt = Number.NEGATIVE_INFINITY
    server.on('drop', () => {
      const now = performance.now()
      if (now - warnedAt < betweenWarnings) return
      warnedAt = now
      app.log.warn(`There are ${limits.maxConnections} connections, and more are closed; see --max-connections`)
    })
    const heed = (socket: Socket) => {
      // Answers that wait, each for the end of the connection too, may be many.
      socket.setMaxListeners(0)
      // Node's parser takes it for the end of the body where the request would speak another protocol.
      socket.on('end', () => {
        if (app.lastOn(socket)?.req.complete === false) {
          server.emit(
            'clientError',
            Object.assign(new Error('The body broke off'), { code: 'HPE_INVALID_EOF_STATE' }),
            socket,
          )
        }
      })
    }
    server.on('connection', heed)
    server.on('secureConnection', heed)

    app.addHook('onRequest', ({ raw }, reply, done) => {
      if (!isWellFormed(raw)) throw errors.malformedRequest.with({})
      const { expect, upgrade } = raw.headers
      if (expect && !isContinue(expect)) throw errors.expectationFailed.with({})
      if (upgrade !== undefined) {
        // Nothing else is spoken here. Node loses the bytes that came right behind such a request.
        closing.add(raw.socket)
        reply.header('connection', 'close')
      }
      done()
    })

    const serve = (request: IncomingMessage, response: ServerResponse) => server.emit('request', request, response)
    server.on('checkExpectation', serve)
    // To Node it is enough that the expectations hold a 100-continue.
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      // Behind answers that are still to be sent it would end up inside of one.
      const isNext = response.socket !== null
      if (isNext && isWellFormed(request) && isContinue(request.headers.expect as string)) response.writeContinue()
      serve(request, response)
    })
    server.on('connect', ({ method = '', url = '' }: IncomingMessage, socket: Socket) => {
      onceAnswered(app.lastOn(socket), () =>
        writeAndClose(socket, render(errors.malformedRequest.with({}), method, url), method),
      )
    })
  },
  { name: 'connection', dependencies: ['shutdown'] },
)

function isContinue(expect: string): boolean {
  return expect.trim().toLowerCase() === '100-continue'
}

/**
 * RFC 9112: HTTP/1.0 or 1.1; one host, which HTTP/1.0 may leave out (3.2), and no fragment in the target; no transfer
 * coding but chunked (6.1).
 */
export function isWellFormed({ httpVersion, rawHeaders, headers, url }: IncomingMessage): boolean {
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1
  }
  const isOld = httpVersion === '1.0'
  const hasHost = hosts === 1 || (hosts === 0 && isOld)
  const coding = headers['transfer-encoding']
  return (
    (isOld || httpVersion === '1.1') &&
    hasHost &&
    host.test(headers.host ?? '') &&
    !(url as string).includes('#') &&
    (coding === undefined || coding.toLowerCase() === 'chunked')
  )
}
