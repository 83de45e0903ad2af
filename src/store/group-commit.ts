import { real } from '../values/timers.js'

interface Waiting {
  readonly work: () => unknown
  readonly resolve: (result: never) => void
  readonly reject: (error: unknown) => void
}

/**
 * Has the writes of requests that come together share one transaction, since to commit costs more than to write. Nobody
 * is told of a write before it is committed.
 */
export class GroupCommit {
  readonly #inTransaction: (work: () => unknown) => unknown
  #waiting: Waiting[] = []

  /** @param inTransaction runs its argument in a transaction: all of it happens, or, when it throws, nothing */
  constructor(inTransaction: (work: () => unknown) => unknown) {
    this.#inTransaction = inTransaction
  }

  /**
   * Has `work` done in the next transaction, which starts when the requests that have come by now have been looked at.
   * @returns what it returned, once that is committed
   */
  add<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#waiting.push({ work, resolve, reject }) === 1) real.setImmediate(() => this.flush())
    })
  }

  /** Does what is waiting, in the order in which it came. */
  flush(): void {
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#waiting = []
    try {
      const results = this.#inTransaction(() => waiting.map(({ work }) => work())) as never[]
      for (const [i, { resolve }] of waiting.entries()) resolve(results[i] as never)
    } catch {
      // One of them has failed, and with it all: each on its own, so that it fails alone.
      for (const { work, resolve, reject } of waiting) {
        try {
          resolve(this.#inTransaction(work) as never)
        } catch (error) {
          reject(error)
        }
      }
    }
  }
}
