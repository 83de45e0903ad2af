import { hash, timingSafeEqual } from 'node:crypto'
import type { Credential } from '../../store/records.js'
import { rememberingLatest, rememberingObjects } from '../../values/remembering.js'
import { pathAndQueryOf, pathOf } from '../../values/url.js'
import type { Nonces } from './nonces.js'

/** What Atlas calls its protection space, in digest and basic challenges alike. */
export const realm = 'MMS Public API'

/** Commas before a parameter, or after the last one, are empty elements of the list; RFC 9110, 5.6.1.2. */
const oneParameter = /[\s,]*([A-Za-z*]+)\s*=\s*(?:"([^"\\]*(?:\\.[^"\\]*)*)"|([^\s",]+))\s*(?:,|$)/y
const nothingMore = /[\s,]*$/y

/** The parameters that a response to our challenge has; RFC 7616, 3.4. */
export type DigestParameters = Readonly<
  Record<'username' | 'realm' | 'nonce' | 'uri' | 'response' | 'qop' | 'nc' | 'cnonce', string>
>

/** The value of `WWW-Authenticate`; Go's parser refuses parameters beyond these [challenge-shape]. */
export function challenge(nonce: string, stale: boolean): string {
  return `Digest realm="${realm}", domain="", nonce="${nonce}", algorithm=MD5, qop="auth", stale=${stale}`
}

/** What a response must be computed to, with algorithm MD5 and qop auth: 32 lower-case hex digits. RFC 7616, 3.4.1. */
export function digestResponse(parameters: Omit<DigestParameters, 'response'>, secret: string, method: string): string {
  return responseOf(parameters, userHash(parameters.username, parameters.realm, secret), method)
}

function responseOf(parameters: Omit<DigestParameters, 'response'>, user: string, method: string): string {
  const { nonce, uri, qop, nc, cnonce } = parameters
  return md5(`${user}:${nonce}:${nc}:${cnonce}:${qop}:${requestHash(`${method}:${uri}`)}`)
}

/** What RFC 7616, 3.4.3, calls A2, hashed. Who waits for something sends the same request again. */
const requestHash = rememberingLatest(md5)

/** What RFC 7616, 3.4.2, calls A1, hashed. */
function userHash(username: string, realm: string, secret: string): string {
  return md5(`${username}:${realm}:${secret}`)
}

/** In place of a credential that is unknown, so that it takes no longer to refuse one than a key that is known. */
const nobody: Pick<Credential, 'id' | 'secret'> = { id: '', secret: '' }
/** A credential whose secret changes is another object. */
const hashOf = rememberingObjects(({ id, secret }: typeof nobody) => userHash(id, realm, secret))

/**
 * Reads what follows `Digest ` in an Authorization header. Undefined when it does not parse, repeats a parameter, lacks
 * one, or takes up something that our challenge does not offer.
 */
export function parseDigest(text: string): DigestParameters | undefined {
  const parameters = new Map<string, string>()
  for (let at = 0; at < text.length; at = oneParameter.lastIndex) {
    const found = matchAt(oneParameter, at, text)
    if (!found) {
      if (matchAt(nothingMore, at, text)) break
      return undefined
    }
    const [, name = '', quoted, token] = found
    const key = name.toLowerCase()
    if (parameters.has(key)) return undefined
    // Few texts have an escape, and to look for one takes less time than to replace none.
    parameters.set(key, (quoted?.includes('\\') ? quoted.replace(/\\(.)/g, '$1') : quoted) ?? (token as string))
  }
  const [username, nonce, uri] = [parameters.get('username'), parameters.get('nonce'), parameters.get('uri')]
  const [response, nc, cnonce] = [parameters.get('response'), parameters.get('nc'), parameters.get('cnonce')]
  const isOffered =
    parameters.get('realm') === realm &&
    parameters.get('qop') === 'auth' &&
    (parameters.get('algorithm') ?? 'MD5').toUpperCase() === 'MD5' &&
    parameters.get('userhash') !== 'true' &&
    nc !== undefined &&
    /^[0-9a-f]{8}$/i.test(nc)
  const isWhole = username !== undefined && nonce !== undefined && uri !== undefined && cnonce !== undefined
  if (!isOffered || !isWhole || response === undefined) return undefined
  return { username, realm, nonce, uri, response, qop: 'auth', nc, cnonce }
}

function matchAt(pattern: RegExp, index: number, text: string): RegExpExecArray | null {
  pattern.lastIndex = index
  return pattern.exec(text)
}

/** Why a response to a challenge is refused. */
export type DigestRefusal =
  | 'unknown key'
  | 'wrong digest'
  | 'query missing in uri'
  | 'uri of another request'
  | 'nc of 0'
  | 'nonce replayed'
  | 'stale nonce'

/**
 * Checks the response to a challenge of ours: first that its sender knows the secret, then that the nonce may still be
 * used. Undefined when nothing is wrong with it.
 * @param url the request target, which the response must have been computed for; of an absolute one (RFC 9112, 3.2.2),
 * its path and query will do
 */
export function verifyDigest(
  parameters: DigestParameters,
  credential: Credential | undefined,
  method: string,
  url: string,
  nonces: Nonces,
): DigestRefusal | undefined {
  const expected = responseOf(parameters, hashOf(credential ?? nobody), method)
  const isRight = isSame(parameters.response, expected)
  if (!credential) return 'unknown key'
  if (!isRight) return 'wrong digest'
  const { uri } = parameters
  if (uri !== url && uri !== pathAndQueryOf(url)) {
    return uri === pathOf(url) ? 'query missing in uri' : 'uri of another request'
  }
  const count = Number.parseInt(parameters.nc, 16)
  if (count === 0) return 'nc of 0'
  const use = nonces.use(parameters.nonce, count)
  if (use === 'accepted') return undefined
  return use === 'stale' ? 'stale nonce' : 'nonce replayed'
}

/** Compares two texts in a time that does not tell where they differ; it does tell whether they are equally long. */
export function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function md5(text: string): string {
  return hash('md5', text)
}
