/** How many requests there have been of one kind. */
export interface TallyEntry {
  /** Undefined for what no operation takes. */
  readonly operation: string | undefined
  /** Undefined for no answer. */
  readonly status: number | undefined
  /** Of an error, where it has one. */
  readonly errorCode: string | undefined
  requests: number
}

/** How many kinds are told apart for one operation: rules can answer any code. */
const mostKinds = 500

/** Counts every request since the start, by operation, status and code; the journal forgets, and these numbers do not. */
export class Tally {
  readonly #operations = new Map<string | undefined, Map<string | number | undefined, TallyEntry>>()

  count(operation: string | undefined, status: number | undefined, errorCode: string | undefined): void {
    let kinds = this.#operations.get(operation)
    if (!kinds) {
      kinds = new Map()
      this.#operations.set(operation, kinds)
    }
    // Successes, which are most of them, need no text to be put together.
    const key = errorCode === undefined ? status : `${status} ${errorCode}`
    const entry = kinds.get(key)
    if (entry) entry.requests += 1
    else if (kinds.size < mostKinds) kinds.set(key, { operation, status, errorCode, requests: 1 })
    else if (errorCode !== 'other') this.count(operation, status, 'other')
    // The last ones have a place of their own for each status, of which there are few.
    else kinds.set(key, { operation, status, errorCode, requests: 1 })
  }

  *[Symbol.iterator](): Generator<TallyEntry> {
    for (const kinds of this.#operations.values()) yield* kinds.values()
  }
}
