import { randomUUID } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import { FifoMap } from 'toad-cache'
import type { Vault } from '../../store/vault.js'
import type { Clock } from '../../world/clock.js'

const algorithm = 'HS256'
const rememberedTokens = 10_000

export interface AccessToken {
  readonly id: string
  /** The service account it was issued to. */
  readonly clientId: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/**
 * Access tokens for service accounts: JWTs whose `sub` is the client id (section 6 of the contract), signed with a key
 * that the database keeps. `exp` is rounded up to seconds as RFC 7519 has them; `exp_ms` is the moment itself.
 */
export class Tokens {
  readonly #vault: Vault
  readonly #key: Uint8Array
  readonly #clock: Clock
  readonly #lifetime: number
  readonly #verified = new FifoMap<AccessToken>(rememberedTokens)

  /**
   * @param keyName which of the vault's keys signs
   * @param lifetime how long a token is valid, in milliseconds
   */
  constructor(vault: Vault, keyName: string, clock: Clock, lifetime: number) {
    this.#vault = vault
    this.#key = vault.key(keyName)
    this.#clock = clock
    this.#lifetime = lifetime
  }

  /** Seconds until a token issued now expires. */
  get expiresIn(): number {
    return Math.floor(this.#lifetime / 1000)
  }

  async issue(clientId: string): Promise<string> {
    const now = this.#clock.now()
    const expiresAt = now + this.#lifetime
    return new SignJWT({ exp_ms: expiresAt })
      .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
      .setSubject(clientId)
      .setJti(randomUUID())
      .setIssuedAt(Math.floor(now / 1000))
      .setExpirationTime(Math.ceil(expiresAt / 1000))
      .sign(this.#key)
  }

  /** The token, when it is one of ours that is neither expired nor revoked; known ones are answered at once. */
  verify(jwt: string): AccessToken | undefined | Promise<AccessToken | undefined> {
    const token = this.#verified.get(jwt)
    return token ? this.#current(token) : this.#verify(jwt)
  }

  /**
   * Makes a token of `clientId` void. One that is not ours, not valid any more or not the client's is none it knows, and
   * stays as it is; RFC 7009, 2.1 and 2.2.
   */
  async revoke(jwt: string, clientId: string): Promise<void> {
    const token = await this.verify(jwt)
    if (token?.clientId !== clientId) return
    this.#vault.revoke(token.id, token.expiresAt)
    this.#verified.delete(jwt)
  }

  async #verify(jwt: string): Promise<AccessToken | undefined> {
    if (!isCanonical(jwt)) return undefined
    const options = { algorithms: [algorithm], currentDate: new Date(this.#clock.now()) }
    const verified = await jwtVerify<{ exp_ms: number }>(jwt, this.#key, options).catch(() => undefined)
    if (!verified) return undefined
    const { payload } = verified
    const token = { id: payload.jti as string, clientId: payload.sub as string, expiresAt: payload.exp_ms }
    if (this.#vault.isRevoked(token.id)) return undefined
    this.#verified.set(jwt, token)
    return this.#current(token)
  }

  #current(token: AccessToken): AccessToken | undefined {
    return this.#clock.now() < token.expiresAt ? token : undefined
  }
}

/** Whether this is the one way to write the token: base64 can be decoded from others, which a revocation would miss. */
function isCanonical(jwt: string): boolean {
  const signature = jwt.slice(jwt.lastIndexOf('.') + 1)
  return Buffer.from(signature, 'base64url').toString('base64url') === signature
}
