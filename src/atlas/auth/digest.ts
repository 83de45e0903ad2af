import { createHash, timingSafeEqual } from 'node:crypto'
import type { Credential } from '../../store/records.js'
import type { Nonces, NonceUse } from './nonces.js'

/** What Atlas calls its protection space, in digest and basic challenges alike. */
export const realm = 'MMS Public API'

const oneParameter = /\s*([A-Za-z*]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?:,|$)/y
const requiredParameters = ['username', 'realm', 'nonce', 'uri', 'response', 'qop', 'nc', 'cnonce'] as const

/** The parameters that a response to our challenge has; RFC 7616, 3.4. */
export type DigestParameters = Readonly<Record<(typeof requiredParameters)[number], string>>

/** The value of `WWW-Authenticate`; Go's parser refuses parameters beyond these (section 5 of the contract). */
export function challenge(nonce: string, stale: boolean): string {
  return `Digest realm="${realm}", domain="", nonce="${nonce}", algorithm=MD5, qop="auth", stale=${stale}`
}

/** What a response must be computed to, with algorithm MD5 and qop auth: 32 lower-case hex digits. RFC 7616, 3.4.1. */
export function digestResponse(parameters: Omit<DigestParameters, 'response'>, secret: string, method: string): string {
  const { username, nonce, uri, qop, nc, cnonce } = parameters
  const user = md5(`${username}:${parameters.realm}:${secret}`)
  return md5(`${user}:${nonce}:${nc}:${cnonce}:${qop}:${md5(`${method}:${uri}`)}`)
}

/**
 * Reads what follows `Digest ` in an Authorization header. Undefined when it does not parse, repeats a parameter, lacks
 * one, or takes up something that our challenge does not offer.
 */
export function parseDigest(text: string): DigestParameters | undefined {
  const parameters = new Map<string, string>()
  oneParameter.lastIndex = 0
  for (let end = 0; end < text.length; end = oneParameter.lastIndex) {
    const [, name, quoted, token] = oneParameter.exec(text) ?? []
    if (name === undefined || parameters.has(name.toLowerCase())) return undefined
    parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? (token as string))
  }
  const isOffered =
    parameters.get('realm') === realm &&
    parameters.get('qop') === 'auth' &&
    (parameters.get('algorithm') ?? 'MD5').toUpperCase() === 'MD5' &&
    parameters.get('userhash') !== 'true' &&
    /^[0-9a-f]{8}$/i.test(parameters.get('nc') ?? '') &&
    requiredParameters.every((name) => parameters.has(name))
  return isOffered ? (Object.fromEntries(parameters) as DigestParameters) : undefined
}

/**
 * Checks the response to a challenge of ours: first that its sender knows the secret, then that the nonce may still be
 * used.
 * @param url the request target, which the response must have been computed for
 */
export function verifyDigest(
  parameters: DigestParameters,
  credential: Credential | undefined,
  method: string,
  url: string,
  nonces: Nonces,
): NonceUse {
  const expected = digestResponse(parameters, credential?.secret ?? '', method)
  const isRight = isSame(parameters.response, expected)
  if (!credential || !isRight || parameters.uri !== url) return 'refused'
  const count = Number.parseInt(parameters.nc, 16)
  return count === 0 ? 'refused' : nonces.use(parameters.nonce, count)
}

/** Compares two texts in a time that does not tell where they differ. */
export function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}
