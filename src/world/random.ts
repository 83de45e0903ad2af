import { randomBytes } from 'node:crypto'

/** Bytes drawn at a time, since each draw is a call to the system. */
const portion = 4096

let drawn = ''
let used = 0

/** So many random hex digits, lower case. Not for secrets: what is drawn waits in memory. */
export function randomHex(digits: number): string {
  if (used + digits > drawn.length) {
    drawn = randomBytes(portion).toString('hex')
    used = 0
  }
  used += digits
  return drawn.slice(used - digits, used)
}
