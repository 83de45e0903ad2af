import { systemNow } from '../values/timers.js'

/** Where every rule that depends on time reads it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
}

export const systemClock: Clock = { now: systemNow }

/** What a clock can be set to: to stand still at a moment, or to run so many milliseconds ahead (or behind). */
export type ClockSetting = { readonly frozen: number } | { readonly offset: number }

/** The last moment that a clock can be set to, in milliseconds since the epoch, which is the first one. */
export const latest = Date.UTC(9999, 0, 1)

/** A clock that can be set. It runs as `base` does until it is. */
export class SettableClock implements Clock {
  readonly #base: Clock
  #frozen: number | undefined
  #offset = 0
  /** Told each time that the clock has been set. */
  watcher: (() => void) | undefined

  constructor(base: Clock) {
    this.#base = base
  }

  now(): number {
    return this.#frozen ?? this.#base.now() + this.#offset
  }

  get setting(): ClockSetting {
    return this.#frozen === undefined ? { offset: this.#offset } : { frozen: this.#frozen }
  }

  /** How far it is ahead of `base`, in milliseconds. */
  get ahead(): number {
    // `base` may pass to the next millisecond between two readings, so a clock that runs is not compared with it.
    return this.#frozen === undefined ? this.#offset : this.#frozen - this.#base.now()
  }

  set(setting: ClockSetting): void {
    if ('frozen' in setting) {
      this.#frozen = setting.frozen
    } else {
      this.#frozen = undefined
      this.#offset = setting.offset
    }
    this.watcher?.()
  }

  /** What the time would be under `setting`. */
  nowUnder(setting: ClockSetting): number {
    return 'frozen' in setting ? setting.frozen : this.#base.now() + setting.offset
  }

  /** The setting under which it is so many milliseconds later, and stands still or runs as it does. */
  advanced(milliseconds: number): ClockSetting {
    return this.#frozen === undefined
      ? { offset: this.#offset + milliseconds }
      : { frozen: this.#frozen + milliseconds }
  }

  /** The setting under which it runs on from where it is. */
  resumed(): ClockSetting {
    return { offset: this.ahead }
  }
}
