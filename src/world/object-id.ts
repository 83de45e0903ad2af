import type { Chance } from './chance.js'

const counterSize = 2 ** 24

/**
 * Makes an id that nothing has.
 * @param now milliseconds since the epoch
 * @param isTaken whether something has the id already
 */
export type IdSource = (now: number, isTaken: (id: string) => boolean) => string

/**
 * Makes ids as MongoDB drivers do: 4 bytes of seconds since the epoch, 5 random bytes of this process, a 3-byte counter
 * with a random start; 24 lower-case hex digits. Source: the ObjectId section of the BSON specification. Where chance has
 * a seed, the first 4 bytes are random too, so that the ids are the same whenever they are made.
 */
export function objectIdGenerator(chance: Chance): IdSource {
  const processUnique = chance.hex(10)
  let counter = chance.below(counterSize)
  const withoutTime = chance.isSeeded ? chance.hex(8) : undefined
  const next = (now: number) => {
    counter = (counter + 1) % counterSize
    const time = withoutTime ?? (Math.floor(now / 1000) % 2 ** 32).toString(16).padStart(8, '0')
    return time + processUnique + counter.toString(16).padStart(6, '0')
  }
  return (now, isTaken) => {
    let id = next(now)
    while (isTaken(id)) id = next(now)
    return id
  }
}
