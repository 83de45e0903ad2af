import { clearTimeout, elapsed, now, queueMicrotask, setImmediate, setTimeout } from './real-timers.js'

/**
 * Real time. Tests that run an emulator in their own process replace timers and clocks (fake timers of node:test, Jest,
 * Vitest), before this file is loaded or after, which must not stop the emulator.
 */
export const real = { setTimeout, clearTimeout, setImmediate, queueMicrotask, now, elapsed } as const

/** The system's time, in milliseconds since the epoch. */
export function systemNow(): number {
  return real.now()
}

/** Acts once so many milliseconds of real time have passed; the process does not wait for it. Returns what calls it off. */
export function after(milliseconds: number, action: () => void): () => void {
  const timer = real.setTimeout(action, milliseconds).unref()
  return () => real.clearTimeout(timer)
}
