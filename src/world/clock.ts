/** Where every rule that depends on time reads it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }

/** Acts once so many milliseconds of real time have passed; the process does not wait for it. */
export function after(milliseconds: number, action: () => void): void {
  setTimeout(action, milliseconds).unref()
}
