import { randomBytes, randomInt } from 'node:crypto'

const counterSize = 2 ** 24

/**
 * Makes ids as MongoDB drivers do: 4 bytes of seconds since the epoch, 5 random bytes of this process, a 3-byte counter
 * with a random start; 24 lower-case hex digits. Source: the ObjectId section of the BSON specification.
 */
export function objectIdGenerator(): (now: number) => string {
  const processUnique = randomBytes(5).toString('hex')
  let counter = randomInt(counterSize)
  return (now) => {
    counter = (counter + 1) % counterSize
    const seconds = Math.floor(now / 1000) % 2 ** 32
    return seconds.toString(16).padStart(8, '0') + processUnique + counter.toString(16).padStart(6, '0')
  }
}
