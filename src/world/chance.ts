import { createHash, randomBytes } from 'node:crypto'

/** Bytes drawn from the system at a time, since each draw is a call to it. */
const portion = 4096

/**
 * Where what is made up comes from: ids, names, dice. The system's randomness, or, with a seed, a sequence that is the
 * same each time. Not for secrets: what is drawn waits in memory.
 */
export class Chance {
  readonly #seed: string | undefined
  #blocks = 0
  #drawn = ''
  #used = 0

  /** @param seed any text; undefined for the system's randomness */
  constructor(seed?: string) {
    this.#seed = seed
  }

  /** Whether it is the same each time. */
  get isSeeded(): boolean {
    return this.#seed !== undefined
  }

  /** A sequence of its own for one purpose, so that what is drawn for one leaves the others as they were. */
  stream(name: string): Chance {
    return new Chance(this.#seed === undefined ? undefined : `${this.#seed} ${name}`)
  }

  /** So many hex digits, lower case; at most 64. */
  hex(digits: number): string {
    if (this.#used + digits > this.#drawn.length) {
      this.#drawn = this.#draw()
      this.#used = 0
    }
    this.#used += digits
    return this.#drawn.slice(this.#used - digits, this.#used)
  }

  /** An integer from 0 up to `limit`, which is 2 ** 32 at most. */
  below(limit: number): number {
    // Of so many bits that what is left over makes no difference.
    return Number.parseInt(this.hex(13), 16) % limit
  }

  /** A number from 0 up to 1: the n-th throw of a die that starts from `seed`, the same each time. */
  static throw(seed: number, n: number): number {
    return new Chance(`${seed} ${n}`).below(2 ** 32) / 2 ** 32
  }

  #draw(): string {
    if (this.#seed === undefined) return randomBytes(portion).toString('hex')
    this.#blocks += 1
    return createHash('sha256').update(`${this.#seed} ${this.#blocks}`).digest('hex')
  }
}
