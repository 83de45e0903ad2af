import type { ServerOptions } from 'node:http'
import type { TlsOptions } from 'node:tls'
import { CountedRequest } from './chunks.js'

/** What a connection may take. Times are in milliseconds. */
export interface ConnectionLimits {
  /** How many connections there may be at once. */
  readonly maxConnections: number
  /** For a request's headers, and for the TLS handshake before. */
  readonly headerTimeout: number
  /** For a whole request. */
  readonly requestTimeout: number
  /** From an answer to the next request. */
  readonly keepAlive: number
}

/** Bytes of a request line and headers together. */
export const maxHeaderSize = 16 * 1024

/** The longest time between two looks at the connections for those that take too long, in milliseconds. */
const longestInterval = 5000

/** The limits as Node's http and https servers take them. */
export function connectionOptions({ headerTimeout, requestTimeout, keepAlive }: ConnectionLimits) {
  const headersTimeout = Math.min(headerTimeout, requestTimeout)
  return {
    maxHeaderSize,
    headersTimeout,
    requestTimeout,
    keepAliveTimeout: keepAlive,
    // A connection is HTTP to Node, with a header timeout, only once it has shaken hands.
    handshakeTimeout: headersTimeout,
    connectionsCheckingInterval: Math.min(longestInterval, Math.ceil(headersTimeout / 4)),
    // Otherwise Node answers a request that names no host by itself, in its own words.
    requireHostHeader: false,
    IncomingMessage: CountedRequest,
  } satisfies ServerOptions & TlsOptions
}
