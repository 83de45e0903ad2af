import { createHmac, hkdfSync, randomBytes, randomUUID } from 'node:crypto'
import { FifoMap } from 'toad-cache'
import type { KnownCredential } from '../../store/records.js'
import type { Vault } from '../../store/vault.js'
import { rememberingObjects } from '../../values/remembering.js'
import type { Clock } from '../../world/clock.js'
import type { World } from '../../world/world.js'
import { isSame } from './digest.js'
import type { TokenLimits } from './token-limits.js'

const rememberedTokens = 10_000
/** The `aud` of Atlas's tokens. */
const audience = 'api://admin'
const header = encode({ alg: 'HS256', typ: 'JWT' })

export interface AccessToken {
  readonly id: string
  /** The service account it was issued to. */
  readonly clientId: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** Why a text is no token that is good. */
export type TokenRefusal = 'not a token' | 'token of another secret or account' | 'expired token' | 'revoked token'

/** Which key signs the tokens of a client, most often the same object as before; undefined for a client that is not known. */
export type TokenKeys = (clientId: string) => Buffer | undefined

/**
 * Keys that follow from the secrets of service accounts alone, by HKDF with SHA-256 (RFC 5869), so that a token is good
 * exactly as long as its account and secret exist, on every emulator that has them.
 */
export function accountKeys(world: World): TokenKeys {
  const keyOf = rememberingObjects(({ id, secret }: KnownCredential) =>
    Buffer.from(hkdfSync('sha256', secret, id, 'access token', 32)),
  )
  return (clientId) => {
    const account = world.credential('serviceAccount', clientId)
    return account && keyOf(account)
  }
}

/** One key for every client, which no other process has. */
export function processKeys(): TokenKeys {
  const key = randomBytes(32)
  return () => key
}

interface VerifiedToken extends AccessToken {
  readonly jwt: string
  /** The key that signed it. */
  readonly key: Buffer
}

/** What a token says; RFC 7519, 4.1. */
interface Claims {
  readonly iss: string
  readonly sub: string
  readonly aud: string
  /** Seconds since the epoch, the end rounded up. */
  readonly iat: number
  readonly exp: number
  /** The moment of expiry itself, in milliseconds since the epoch: a lifetime may end within a second. */
  readonly exp_ms: number
  readonly jti: string
}

/** Access tokens for service accounts: JWTs (RFC 7519) signed with HS256, whose `sub` is the client id. */
export class Tokens {
  readonly #vault: Vault
  readonly #keys: TokenKeys
  readonly #clock: Clock
  readonly #lifetime: number
  readonly #limits: TokenLimits | undefined
  /** By signature, which is found sooner than a token is: a tenth of it is hashed. */
  readonly #verified = new FifoMap<VerifiedToken>(rememberedTokens)
  /** The one that was found last: most clients have one token at a time. */
  #latest: VerifiedToken | undefined

  /**
   * @param lifetime how long a token is valid, in milliseconds
   * @param limits undefined when a client may have any number of tokens
   */
  constructor(vault: Vault, keys: TokenKeys, clock: Clock, lifetime: number, limits: TokenLimits | undefined) {
    this.#vault = vault
    this.#keys = keys
    this.#clock = clock
    this.#lifetime = lifetime
    this.#limits = limits
  }

  /** Seconds until a token issued now expires. */
  get expiresIn(): number {
    return Math.floor(this.#lifetime / 1000)
  }

  /**
   * A new token; undefined when the client holds as many as it may.
   * @param clientId of a client that is known
   * @param issuer where clients reach the API; told, and never checked
   */
  issue(clientId: string, issuer: string): string | undefined {
    const now = this.#clock.now()
    const expiresAt = now + this.#lifetime
    const id = randomUUID()
    if (this.#limits && !this.#limits.hold(clientId, id, expiresAt)) return undefined
    const claims: Claims = {
      iss: issuer,
      sub: clientId,
      aud: audience,
      iat: Math.floor(now / 1000),
      exp: Math.ceil(expiresAt / 1000),
      exp_ms: expiresAt,
      jti: id,
    }
    const signed = `${header}.${encode(claims)}`
    return `${signed}.${sign(signed, this.#keys(clientId) as Buffer)}`
  }

  /** The token, when it is good by now; otherwise why it is not. A token that was good before is found again at once. */
  verify(jwt: string): AccessToken | TokenRefusal {
    const known = this.#known(jwt)
    // Another key is that of another secret, which the account has by now.
    const token = known !== undefined && known.key === this.#keys(known.clientId) ? known : this.#read(jwt)
    if (typeof token === 'string') return token
    this.#latest = token
    return this.#clock.now() < token.expiresAt ? token : 'expired token'
  }

  #known(jwt: string): VerifiedToken | undefined {
    if (this.#latest?.jwt === jwt) return this.#latest
    const known = this.#verified.get(signatureOf(jwt))
    return known?.jwt === jwt ? known : undefined
  }

  /**
   * Makes a token of `clientId` void. One that is not ours, not valid any more or not the client's is none it knows, and
   * stays as it is; RFC 7009, 2.1 and 2.2.
   */
  revoke(jwt: string, clientId: string): void {
    const token = this.verify(jwt)
    if (typeof token === 'string' || token.clientId !== clientId) return
    this.#vault.revoke(token.id, token.expiresAt)
    this.#verified.delete(signatureOf(jwt))
    this.#latest = undefined
    this.#limits?.release(clientId, token.id)
  }

  #read(jwt: string): VerifiedToken | TokenRefusal {
    const [head, payload, signature, ...more] = jwt.split('.')
    if (head !== header || payload === undefined || signature === undefined || more.length > 0) return 'not a token'
    const claims = decode(payload)
    const key = typeof claims.sub === 'string' ? this.#keys(claims.sub) : undefined
    // The texts are compared, not the bytes: base64 can be decoded from others too, which a revocation would miss.
    if (!key || !isSame(signature, sign(`${head}.${payload}`, key))) return 'token of another secret or account'
    const { jti, sub, exp_ms } = claims as Claims
    if (this.#vault.isRevoked(jti)) return 'revoked token'
    const token = { id: jti, clientId: sub, expiresAt: exp_ms, jwt, key }
    this.#verified.set(signature, token)
    return token
  }
}

/** The signature of a token, a SHA-256 in base64url; of any other text, its end. */
function signatureOf(jwt: string): string {
  return jwt.slice(-43)
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

/** What the payload of a token says, whoever wrote it; nothing, when it is no JSON object. */
function decode(payload: string): Partial<Record<keyof Claims, unknown>> {
  try {
    return Object(JSON.parse(Buffer.from(payload, 'base64url').toString()))
  } catch {
    return {}
  }
}

function sign(text: string, key: Buffer): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}
