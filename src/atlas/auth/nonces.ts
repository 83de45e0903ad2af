import { FifoMap } from 'toad-cache'
import type { Chance } from '../../world/chance.js'
import type { Clock } from '../../world/clock.js'

/** How long a nonce may be used, in milliseconds. */
const lifetime = 5 * 60_000
/** How far behind the highest count of a nonce another one may come. */
const window = 128
const windowMask = (1n << BigInt(window + 1)) - 1n
/** How many nonces are remembered; a client whose nonce has been forgotten is told that it is stale, and goes on. */
const remembered = 16_384

interface Usage {
  /** Milliseconds since the epoch. */
  readonly issuedAt: number
  highest: number
  /** Bit n is set when the count `highest - n` has been used. */
  used: bigint
}

/** What became of a count of a nonce: `stale` asks for the same with a new nonce, `refused` is a replay. */
export type NonceUse = 'accepted' | 'stale' | 'refused'

/**
 * Nonces for HTTP Digest: 24 random bytes in base64. A nonce that is not remembered is stale, which cannot be told from
 * one that was never issued, nor need it be: only who knows the secret gets as far as being told. RFC 7616, 3.3 and 3.4.
 */
export class Nonces {
  readonly #clock: Clock
  readonly #chance: Chance
  readonly #usages = new FifoMap<Usage>(remembered)

  constructor(clock: Clock, chance: Chance) {
    this.#clock = clock
    this.#chance = chance
  }

  /** A nonce never issued before: 32 base64 characters. */
  issue(): string {
    const nonce = Buffer.from(this.#chance.hex(48), 'hex').toString('base64')
    this.#usages.set(nonce, { issuedAt: this.#clock.now(), highest: 0, used: 0n })
    return nonce
  }

  /** Uses `count` (a positive integer) of `nonce` up. */
  use(nonce: string, count: number): NonceUse {
    const usage = this.#usages.get(nonce)
    if (!usage) return 'stale'
    const age = this.#clock.now() - usage.issuedAt
    // A clock that is set back makes a nonce one from the future.
    if (age < 0 || age >= lifetime) return 'stale'
    return spend(usage, count) ? 'accepted' : 'refused'
  }
}

/** Marks the count as used; false when it was, or when it is too far behind to know. */
function spend(usage: Usage, count: number): boolean {
  if (count > usage.highest) {
    const ahead = Math.min(count - usage.highest, window + 1)
    usage.used = ((usage.used << BigInt(ahead)) | 1n) & windowMask
    usage.highest = count
    return true
  }
  const behind = usage.highest - count
  const bit = 1n << BigInt(behind > window ? 0 : behind)
  if (behind > window || (usage.used & bit) !== 0n) return false
  usage.used |= bit
  return true
}
