import type { IncomingMessage } from 'node:http'
import { isIPv4 } from 'node:net'
import { isSame } from '../atlas/protocol/digest.js'
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
 * @throws {ControlError}
 */
export function checkAccess({ headers }: IncomingMessage, { token, open }: Guard): void {
  const { host = '', origin, authorization = '' } = headers
  if (token !== undefined) {
    const [, given] = /^bearer +(.+)$/i.exec(authorization) ?? []
    if (given === undefined || !isSame(given, token)) {
      throw new ControlError(401, 'Send the token of --control-token as Authorization: Bearer.', [], {
        'www-authenticate': 'Bearer realm="atlas-backup-emulator"',
      })
    }
  } else if (!open && !isLoopback(host)) {
    throw new ControlError(
      403,
      `The control API answers requests to a loopback host, and this one is to ${host || 'none'}. Start the emulator with --control-token, or with --control open.`,
      [{ detail: 'allowed: localhost or a loopback address', parameter: 'Host' }],
    )
  }
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    throw new ControlError(403, 'The control API does not serve pages of another origin.', [
      { detail: `allowed: http://${host}, or none`, parameter: 'Origin' },
    ])
  }
}

/** Whether a `Host` header names this machine: localhost and names below it (RFC 6761, 6.3), 127.0.0.0/8, or ::1. */
function isLoopback(host: string): boolean {
  const name = host.replace(/:[0-9]*$/, '').toLowerCase()
  if (name === '[::1]' || name === 'localhost' || name.endsWith('.localhost')) return true
  return isIPv4(name) && name.startsWith('127.')
}
