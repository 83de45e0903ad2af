import { createHmac, timingSafeEqual } from 'node:crypto'
import { BoundedMap } from '../../values/bounded-map.js'
import type { Chance } from '../../world/chance.js'
import type { Clock } from '../../world/clock.js'

const lifetime = 5 * 60_000
/** How far behind the highest count of a nonce another one may come. */
const window = 128
const windowMask = (1n << BigInt(window + 1)) - 1n
const macLength = 12
const rememberedNonces = 65_536

interface Usage {
  readonly issuedAt: number
  /** Its place among those that were issued, from 1. */
  readonly order: number
  highest: number
  /** Bit n is set when the count `highest - n` has been used. */
  used: bigint
}

/** What became of a count of a nonce: `stale` asks for the same with a new nonce, `refused` is no nonce or a replay. */
export type NonceUse = 'accepted' | 'stale' | 'refused'

/**
 * Nonces for HTTP Digest (section 6 of the contract): 24 bytes in base64 that look random. They are the time, the
 * number of this start of the program and a sequence, masked, and a MAC over those, so that issuing one costs no
 * memory; only nonces in use are remembered, up to a bound.
 */
export class Nonces {
  readonly #key: Buffer
  readonly #start: number
  readonly #clock: Clock
  readonly #usages = new BoundedMap<string, Usage>(rememberedNonces)
  /** With a seed, when each was issued, by its sequence number: a nonce that is the same each time cannot tell. */
  readonly #issued: BoundedMap<number, number> | undefined
  #sequence: number
  readonly #firstSequence: number
  /** The last place of a nonce that may have been used and forgotten. Not its time: the clock may go back. */
  #forgottenUntil = 0

  /**
   * @param key 32 bytes that outlive the process, so that a nonce from before a restart is known as ours
   * @param start tells this start of the program from earlier ones
   * @param chance where the sequence starts; with a seed, nonces do not depend on the time
   */
  constructor(key: Buffer, start: number, clock: Clock, chance: Chance) {
    this.#key = key
    this.#start = start % 2 ** 16
    this.#clock = clock
    this.#sequence = chance.below(2 ** 32)
    this.#firstSequence = this.#sequence
    this.#issued = chance.isSeeded ? new BoundedMap(rememberedNonces) : undefined
  }

  /** A nonce never issued before: 32 base64 characters. */
  issue(): string {
    this.#sequence = (this.#sequence + 1) % 2 ** 32
    const payload = Buffer.alloc(macLength)
    const now = this.#clock.now()
    if (this.#issued) this.#issued.set(this.#sequence, now)
    else payload.writeUIntBE(now, 0, 6)
    payload.writeUInt16BE(this.#start, 6)
    payload.writeUInt32BE(this.#sequence, 8)
    const mac = this.#mac(payload)
    return Buffer.concat([mac, this.#mask(mac, payload)]).toString('base64')
  }

  /** Uses `count` (a positive integer) of `nonce` up. */
  use(nonce: string, count: number): NonceUse {
    const usage = this.#usages.get(nonce) ?? this.#firstUse(nonce)
    if (usage === 'stale' || usage === 'refused') return usage
    if (this.#isStale(usage.issuedAt)) return 'stale'
    return spend(usage, count) ? 'accepted' : 'refused'
  }

  #firstUse(nonce: string): Usage | 'stale' | 'refused' {
    const bytes = Buffer.from(nonce, 'base64')
    if (bytes.length !== 2 * macLength || bytes.toString('base64') !== nonce) return 'refused'
    const mac = bytes.subarray(0, macLength)
    const payload = this.#mask(mac, bytes.subarray(macLength))
    if (!timingSafeEqual(mac, this.#mac(payload))) return 'refused'
    const issuedAt = this.#issued
      ? (this.#issued.get(payload.readUInt32BE(8)) ?? Number.NEGATIVE_INFINITY)
      : payload.readUIntBE(0, 6)
    const order = (payload.readUInt32BE(8) - this.#firstSequence + 2 ** 32) % 2 ** 32
    const isKnown = payload.readUInt16BE(6) === this.#start && order > this.#forgottenUntil
    if (!isKnown || this.#isStale(issuedAt)) return 'stale'
    const usage: Usage = { issuedAt, order, highest: 0, used: 0n }
    const forgotten = this.#usages.set(nonce, usage)
    if (forgotten) this.#forgottenUntil = Math.max(this.#forgottenUntil, forgotten.order)
    return usage
  }

  /** Too old, or from a time that the clock has been set back to before. */
  #isStale(issuedAt: number): boolean {
    const age = this.#clock.now() - issuedAt
    return age < 0 || age >= lifetime
  }

  #mac(payload: Buffer): Buffer {
    return createHmac('sha256', this.#key).update('nonce').update(payload).digest().subarray(0, macLength)
  }

  #mask(mac: Buffer, payload: Buffer): Buffer {
    const mask = createHmac('sha256', this.#key).update('mask').update(mac).digest()
    return Buffer.from(payload.map((byte, i) => byte ^ (mask[i] as number)))
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
