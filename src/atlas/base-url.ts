import type { FastifyRequest } from 'fastify'
import { isHost } from '../http/request-head.js'

const origin = /^https?:\/\/[^/?]+/i

/**
 * Where the client reaches the API, for absolute links: the configured public URL, or the host that the request names,
 * in its target before its headers (RFC 9112, 3.2.2). An HTTP/1.0 request need not name one; then the address it came
 * in at.
 */
export function baseUrl(request: FastifyRequest, publicUrl: string | undefined): string {
  if (publicUrl !== undefined) return publicUrl
  const [target] = origin.exec(request.raw.url as string) ?? []
  if (target !== undefined) return target
  const { localAddress, localPort } = request.socket
  // A proxy's word for it may be anything.
  const host = isHost(request.host) ? request.host : request.headers.host
  const scheme = request.protocol === 'https' ? 'https' : 'http'
  return `${scheme}://${host || authority(localAddress as string, localPort as number)}`
}

/** Host and port as a URL has them: an IPv6 address in brackets. */
export function authority(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}
