import { createHook } from 'node:async_hooks'

/** What `process.nextTick` has made once, so that it is not collected. */
let kept: object | undefined

/**
 * Keeps one of the objects that `process.nextTick` makes, so that V8 never forgets their shape.
 *
 * Node's streams and sockets make some ten of them for each request. Once a collection of garbage finds no object of a
 * shape, V8 forgets the shape. From a literal with computed names, which these objects are made by, it learns one shape
 * and no second one: afterwards each tick is made by its slow path, at four times the cost, for as long as the process
 * lives. A server that has nothing to do for eight seconds has such a collection.
 * @returns what is kept; undefined where the runtime does not tell of ticks
 */
export function keepTickShape(): object | undefined {
  const hook = createHook({
    init(_id, _type, _trigger, resource) {
      kept = resource
    },
  }).enable()
  process.nextTick(() => {})
  hook.disable()
  return kept
}
