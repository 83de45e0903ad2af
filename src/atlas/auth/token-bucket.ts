import type { TokenBucketSize } from '../../values/rate-limit.js'

/**
 * Tokens for requests: as many as its capacity at first, then a lump of new ones at the end of every period, counted
 * from the bucket's first use, and never more than its capacity.
 */
export class TokenBucket {
  readonly limit: TokenBucketSize
  #tokens: number
  /** When the current period began, in milliseconds since the epoch. */
  #since: number

  /** @param now of the first use, in milliseconds since the epoch */
  constructor(limit: TokenBucketSize, now: number) {
    this.limit = limit
    this.#tokens = limit.capacity
    this.#since = now
  }

  get #period(): number {
    return this.limit.seconds * 1000
  }

  /** Takes a token and returns how many are left; undefined when there was none. */
  take(now: number): number | undefined {
    const periods = Math.floor((now - this.#since) / this.#period)
    if (periods > 0) {
      this.#tokens = Math.min(this.limit.capacity, this.#tokens + periods * this.limit.refill)
      this.#since += periods * this.#period
    } else if (periods < 0) {
      // The clock was set back.
      this.#since = now
    }
    if (this.#tokens === 0) return undefined
    this.#tokens -= 1
    return this.#tokens
  }

  /** How many tokens there are; none is taken. */
  tokensAt(now: number): number {
    const periods = Math.max(0, Math.floor((now - this.#since) / this.#period))
    return Math.min(this.limit.capacity, this.#tokens + periods * this.limit.refill)
  }

  /** Whole seconds, at least 1, after which there are tokens again. */
  retryAfter(now: number): number {
    return Math.ceil((this.#since + this.#period - now) / 1000)
  }
}
