/** How many requests a token bucket holds, and how many more it gets every so many seconds. */
export interface TokenBucketSize {
  readonly capacity: number
  readonly refill: number
  readonly seconds: number
}

/** `atlas` for what Atlas documents for each bucket, `off` for as many requests as you like, or one size for all. */
export type RateLimit = 'atlas' | 'off' | TokenBucketSize

const number = '([1-9][0-9]{0,8})'

/** `atlas`, `off`, or three positive integers: `capacity/refill/seconds`. */
export const rateLimitPattern = `^(?:atlas|off|${number}/${number}/${number})$`

const rateLimit = new RegExp(rateLimitPattern)

/** Undefined when `text` is no rate limit. */
export function parseRateLimit(text: string): RateLimit | undefined {
  if (text === 'off' || text === 'atlas') return text
  const [, capacity, refill, seconds] = rateLimit.exec(text) ?? []
  if (capacity === undefined) return undefined
  return { capacity: Number(capacity), refill: Number(refill), seconds: Number(seconds) }
}

/** As `parseRateLimit` reads it. */
export function writeRateLimit(limit: RateLimit): string {
  return typeof limit === 'string' ? limit : `${limit.capacity}/${limit.refill}/${limit.seconds}`
}
