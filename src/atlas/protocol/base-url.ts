import type { FastifyRequest } from 'fastify'

/**
 * Where the client reaches the API, for absolute links: the configured public URL, or the host that the request names.
 * An HTTP/1.0 request need not name one; then the address it came in at.
 */
export function baseUrl(request: FastifyRequest, publicUrl: string | undefined): string {
  if (publicUrl !== undefined) return publicUrl
  const { localAddress, localPort } = request.socket
  return `${request.protocol}://${request.host || authority(localAddress as string, localPort as number)}`
}

/** Host and port as a URL has them: an IPv6 address in brackets. */
export function authority(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}
