/** Up to `capacity` requests at once, and `refill` more every `seconds`; `off` for as many as you like. */
export type RateLimit =
  | 'off'
  | {
      readonly capacity: number
      readonly refill: number
      readonly seconds: number
    }

/** What Atlas documents for the endpoint set "Cloud Backups" (section 7 of the contract). */
export const atlasRateLimit = { capacity: 1200, refill: 500, seconds: 60 }

const number = '([1-9][0-9]{0,8})'

/** `atlas`, `off`, or three positive integers: `capacity/refill/seconds`. */
export const rateLimitPattern = `^(?:atlas|off|${number}/${number}/${number})$`

const rateLimit = new RegExp(rateLimitPattern)

/** Undefined when `text` is no rate limit. */
export function parseRateLimit(text: string): RateLimit | undefined {
  if (text === 'off') return 'off'
  if (text === 'atlas') return atlasRateLimit
  const [, capacity, refill, seconds] = rateLimit.exec(text) ?? []
  if (capacity === undefined) return undefined
  return { capacity: Number(capacity), refill: Number(refill), seconds: Number(seconds) }
}

/** As `parseRateLimit` reads it. */
export function writeRateLimit(limit: RateLimit): string {
  return limit === 'off' ? limit : `${limit.capacity}/${limit.refill}/${limit.seconds}`
}
