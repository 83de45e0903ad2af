import { digestResponse } from '../../src/atlas/auth/digest.js'
import { apiKey } from './emulator.js'

export interface DigestOptions {
  readonly username?: string
  readonly secret?: string
  readonly nc?: number
  readonly cnonce?: string
  readonly realm?: string
  readonly method?: string
  readonly uri: string
  readonly nonce: string
  /** Replaces or, with undefined, removes parameters of the finished header. */
  readonly change?: Record<string, string | undefined>
}

/** The nonce in a challenge. */
export function nonceOf(challenge: unknown): string {
  return /nonce="([^"]+)"/.exec(String(challenge))?.[1] as string
}

/** An Authorization header that answers a challenge. */
export function authorize(options: DigestOptions): string {
  const { username = apiKey.username, secret = apiKey.secret, nc = 1, cnonce = 'c', method = 'GET' } = options
  const { realm = 'MMS Public API', uri, nonce } = options
  const parameters = { username, realm, nonce, uri, qop: 'auth', nc: nc.toString(16).padStart(8, '0'), cnonce }
  const response = digestResponse(parameters, secret, method)
  const all: Record<string, string | undefined> = { ...parameters, response, ...options.change }
  const pairs = Object.entries(all).filter(([, value]) => value !== undefined)
  return `Digest ${pairs.map(([name, value]) => `${name}="${value}"`).join(', ')}`
}
