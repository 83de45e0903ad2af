import { UsageError } from './usage-error.js'

/**
 * What compiles schemas goes through the attributes of objects, and takes one that all objects share for part of each.
 * @throws {UsageError} when something in the process has given `Object.prototype` such an attribute
 */
export function refuseSharedAttributes(): void {
  // What stands here is only what every object has.
  for (const name in {}) {
    throw new UsageError(
      `Object.prototype has the attribute ${JSON.stringify(name)}, which every loop over an object’s attributes then finds. Define it with enumerable: false.`,
    )
  }
}
