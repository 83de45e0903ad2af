import { isIPv4 } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { isSame } from '../atlas/auth/digest.js'
import { ControlError } from './problems.js'

export interface Guard {
  /** What requests must show; undefined for nothing. */
  readonly token: string | undefined
  /** Whether requests without a token may name any host. */
  readonly open: boolean
}

/**
 * Lets a request to the control API pass, or says why not: one without the token where there is one; else one that names
 * a host that is not this machine, as a page would whose name was made to point here; and any of another origin's page.
 * Hosts that trusted proxies forward must be this machine besides the one that was sent, each of them, and do not replace
 * it: a page can send `X-Forwarded-Host` itself.
 * @throws {ControlError}
 */
export function checkAccess({ raw, host: forwarded }: FastifyRequest, { token, open }: Guard): void {
  const { origin, authorization = '', 'sec-fetch-site': site = 'none', host: header = '' } = raw.headers
  // An absolute target goes before the headers; RFC 9112, 3.2.2.
  const [, target] = absolute.exec(raw.url as string) ?? []
  const host = target ?? forwarded
  const strange = [target ?? header, host, ...forwardedHosts(raw, forwarded)].find((name) => !isLoopback(name))
  if (token !== undefined) {
    const [, given] = /^bearer +([^ ].*)$/i.exec(authorization) ?? []
    if (given === undefined || !isSame(given, token)) {
      throw new ControlError(401, 'Send the token of --control-token as Authorization: Bearer.', [], {
        'www-authenticate': 'Bearer realm="atlas-backup-emulator"',
      })
    }
  } else if (!open && strange !== undefined) {
    throw new ControlError(
      403,
      `The control API answers requests to a loopback host, and this one is to ${strange || 'none'}. Start the emulator with --control-token, or with --control open.`,
      [{ detail: 'allowed: localhost or a loopback address', parameter: 'Host' }],
    )
  }
  const isForeign = origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`
  // Browsers leave the origin out where a page only embeds what it asks for; Fetch Metadata Request Headers, 2.3.
  if (isForeign || (site !== 'none' && site !== 'same-origin')) {
    throw new ControlError(403, 'The control API does not serve pages of another origin.', [
      { detail: `allowed: http://${host}, or none`, parameter: 'Origin' },
    ])
  }
}

/** Why `checkAccess` does not let the request pass; undefined when it does. */
export function refusalOf(request: FastifyRequest, guard: Guard): ControlError | undefined {
  try {
    checkAccess(request, guard)
    return undefined
  } catch (error) {
    return error as ControlError
  }
}

/** Whether `checkAccess` lets the request pass. */
export function hasAccess(request: FastifyRequest, guard: Guard): boolean {
  return refusalOf(request, guard) === undefined
}

/** All hosts of `X-Forwarded-Host`, the last of which is the believed one; none where the header is not believed. */
function forwardedHosts({ headers }: FastifyRequest['raw'], believed: string): string[] {
  const list = String(headers['x-forwarded-host'] ?? '')
    .split(',')
    .map((name) => name.trim())
  return list.at(-1) === believed ? list : []
}

const port = /^(?::[0-9]*)?$/
const absolute = /^https?:\/\/([^/?]*)/i

/** Whether a `Host` header names this machine: localhost and names below it (RFC 6761, 6.3), 127.0.0.0/8, or ::1. */
export function isLoopback(host: string): boolean {
  const end = host.startsWith('[') ? host.indexOf(']') + 1 : host.indexOf(':')
  if (end > 0 && !port.test(host.slice(end))) return false
  const name = (end > 0 ? host.slice(0, end) : host).toLowerCase()
  if (name === '[::1]' || name === '::1' || name === 'localhost' || name.endsWith('.localhost')) return true
  return isIPv4(name) && name.startsWith('127.')
}
