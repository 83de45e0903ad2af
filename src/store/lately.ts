/** As many ids as this are remembered, or up to twice as many. */
const remembered = 5000

/**
 * What has been asked for lately. What is read for the first time need not be kept: who goes through many things asks for
 * none of them again soon, and objects that are kept for a while are what garbage collection takes longest for.
 */
export class Lately {
  #latest = new Set<string>()
  /** Those before, which are forgotten all at once: to forget the oldest one takes a note of their order. */
  #before = new Set<string>()

  /** Notes that the id was asked for; whether it had been before. */
  note(id: string): boolean {
    if (this.#latest.has(id) || this.#before.has(id)) return true
    this.#latest.add(id)
    if (this.#latest.size === remembered) {
      this.#before = this.#latest
      this.#latest = new Set()
    }
    return false
  }
}
