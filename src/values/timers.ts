import { performance } from 'node:perf_hooks'
import timers from 'node:timers'

interface RealTime {
  readonly setTimeout: typeof setTimeout
  readonly clearTimeout: typeof clearTimeout
  readonly setImmediate: typeof setImmediate
  readonly queueMicrotask: typeof queueMicrotask
  /** Milliseconds since the epoch. */
  now(): number
  /** Milliseconds since some moment, by a clock that nobody sets. */
  elapsed(): number
}

/**
 * Real time, as it was found when this file was loaded. Tests that run an emulator in their own process replace timers
 * and clocks (fake timers of node:test, Jest, Vitest), which must not stop the emulator.
 */
export const real: RealTime = {
  setTimeout: timers.setTimeout,
  clearTimeout: timers.clearTimeout,
  setImmediate: timers.setImmediate,
  queueMicrotask: globalThis.queueMicrotask,
  now: Date.now,
  elapsed: performance.now.bind(performance),
}

/** The system's time, in milliseconds since the epoch. */
export function systemNow(): number {
  return real.now()
}

/** Acts once so many milliseconds of real time have passed; the process does not wait for it. Returns what calls it off. */
export function after(milliseconds: number, action: () => void): () => void {
  const timer = real.setTimeout(action, milliseconds).unref()
  return () => real.clearTimeout(timer)
}
