import { FifoMap } from 'toad-cache'
import type { SettableClock } from '../../world/clock.js'

/** How many requests a minute may come from an address for a service account, to each path of the token endpoint. */
export const requestsPerMinute = 50
/** Milliseconds. */
const windowLength = 60_000
/** How many tokens a service account may hold that are neither expired nor revoked. */
const mostTokens = 100
/** These bound the memory that many callers, or many worlds one after another, take. */
const rememberedWindows = 10_000
const rememberedAccounts = 1000

interface Window {
  /** When it began, in milliseconds since the epoch. */
  readonly since: number
  requests: number
}

/** What the token endpoint allows a service account, by the emulator's clock and since the emulator's start. */
export class TokenLimits {
  readonly #clock: SettableClock
  #windows = new FifoMap<Window>(rememberedWindows)
  /** By client id, when each token that the account holds expires, by the token's id. */
  #held = new FifoMap<Map<string, number>>(rememberedAccounts)

  constructor(clock: SettableClock) {
    this.#clock = clock
  }

  /** Whether time stands still, so that no window ends. */
  get isFrozen(): boolean {
    return 'frozen' in this.#clock.setting
  }

  /** Counts a request and returns how many there have been in the minute that began with the first of them. */
  countRequest(operationId: string, address: string, clientId: string): number {
    const key = `${operationId} ${address} ${clientId}`
    const now = this.#clock.now()
    let window = this.#windows.get(key)
    // A clock that is set back makes a window one of the future.
    if (!window || now < window.since || now >= window.since + windowLength) {
      window = { since: now, requests: 0 }
      this.#windows.set(key, window)
    }
    window.requests += 1
    return window.requests
  }

  /**
   * Counts a token that is about to be issued; false when the account holds as many as it may.
   * @param expiresAt milliseconds since the epoch
   */
  hold(clientId: string, tokenId: string, expiresAt: number): boolean {
    const now = this.#clock.now()
    const tokens = this.#held.get(clientId) ?? new Map<string, number>()
    for (const [id, end] of tokens) {
      if (now >= end) tokens.delete(id)
    }
    if (tokens.size >= mostTokens) return false
    tokens.set(tokenId, expiresAt)
    this.#held.set(clientId, tokens)
    return true
  }

  /** Counts a token no more. */
  release(clientId: string, tokenId: string): void {
    this.#held.get(clientId)?.delete(tokenId)
  }

  /** Forgets every request for a service account, and every token of it. */
  clearOf(clientId: string): void {
    this.#held.delete(clientId)
    for (const key of this.#windows.keys()) if (key.endsWith(` ${clientId}`)) this.#windows.delete(key)
  }

  /** Forgets every request and every token. */
  clear(): void {
    this.#windows.clear()
    this.#held.clear()
  }
}
