const halfOfPair = /\\u[dD][89a-fA-F]/

/** An escape of JSON: a surrogate pair as one, so that what is left of halves stands alone. */
const escaped = /\\(?:(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|(u[dD][89a-fA-F])|.)/gs

/**
 * Refuses JSON that holds half of a surrogate pair, which is no character (RFC 8259, 8.2): the database would keep another
 * text in its place.
 * @throws {SyntaxError}
 */
export function refuseHalfPairs(json: string): void {
  if (!halfOfPair.test(json)) return
  for (const [, pair, half] of json.matchAll(escaped)) if (pair === undefined && half !== undefined) throw halfPair()
}

/** The error for a text that holds half of a surrogate pair. */
export function halfPair(): SyntaxError {
  return new SyntaxError('a text holds half of a surrogate pair, which is no character')
}
