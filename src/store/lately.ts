import { FifoMap } from 'toad-cache'

/** How many ids are remembered. */
const remembered = 10_000

/**
 * What has been asked for lately. What is read for the first time need not be kept: who goes through many things asks for
 * none of them again soon, and objects that are kept for a while are what garbage collection takes longest for.
 */
export class Lately {
  readonly #ids = new FifoMap<true>(remembered)

  /** Notes that the id was asked for; whether it had been before. */
  note(id: string): boolean {
    if (this.#ids.get(id)) return true
    this.#ids.set(id, true)
    return false
  }
}
