import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import { rememberingLatest } from '../values/remembering.js'

/** RFC 3986, 3.2.2 and 3.2.3: an address in brackets or a name, and a port. */
const host = /^(?:\[([0-9A-Fa-f:.]+)\]|[A-Za-z0-9\-._~!$&'()*+,;=%]*)(?::[0-9]*)?$/

/** Whether a text can be a host, with or without a port; the empty text can. What is in brackets is an IPv6 address. */
export const isHost = rememberingLatest((text) => {
  const found = host.exec(text)
  return found !== null && (found[1] === undefined || isIPv6(found[1]))
})

/** The authority of a target in absolute form. */
const authority = /^https?:\/\/([^/?]*)/i

/**
 * Whether a request that Node's parser has let through is framed and addressed as HTTP wants it:
 * - version 1.0 or 1.1 (RFC 9112, 2.3);
 * - one `Host`, which a request of HTTP/1.0 may leave out, and which is a host (RFC 9112, 3.2);
 * - a target without a fragment (RFC 9112, 3.2), and without user information (RFC 9110, 4.2.4);
 * - no transfer coding but chunked, and none at all in HTTP/1.0 (RFC 9112, 6.1).
 */
export function isWellFormed({ httpVersion, rawHeaders, headers, url = '' }: IncomingMessage): boolean {
  const isOld = httpVersion === '1.0'
  if (!isOld && httpVersion !== '1.1') return false
  // Node keeps the first `Host` alone in `headers`.
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1
  }
  if (hosts > 1 || (hosts === 0 && !isOld) || !isHost(headers.host ?? '')) return false
  if (url.includes('#')) return false
  const [, named] = url.startsWith('/') ? [] : (authority.exec(url) ?? [])
  if (named !== undefined && (named === '' || !isHost(named))) return false
  const coding = headers['transfer-encoding']
  return coding === undefined || (!isOld && coding.toLowerCase() === 'chunked')
}

/** Whether an `Expect` header asks for what this server can do: RFC 9110, 10.1.1. */
export function isContinue(expect: string): boolean {
  return expect.trim().toLowerCase() === '100-continue'
}
