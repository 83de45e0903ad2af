import type { Thing, TimedTransition } from '../store/records.js'
import type { ThingsOfKind } from '../store/things.js'
import { stateAt } from './lifecycle.js'

/**
 * Stores a new thing in its place. Who is PENDING_RECREATION by the time it begins does not hold its place against
 * it, and stays PENDING_RECREATION, since nothing comes back whose place is taken.
 * @returns false when the place is taken [endpoint-place-unique]
 */
export function putInPlace<Data>(things: ThingsOfKind<Data>, thing: Thing<Data>, now: number): boolean {
  if (things.insert(thing)) return true
  // What has ceased to exist is removed only when it is in the way.
  if (things.purge(thing.ownerId, now) && things.insert(thing)) return true
  return makeRoom(things, thing.ownerId, thing.place as string, thing.beginsAt ?? now) && things.insert(thing)
}

/** Whether nothing is left in the place at `at` once whoever is PENDING_RECREATION then has made room. */
export function makeRoom<Data>(things: ThingsOfKind<Data>, ownerId: string, place: string, at: number): boolean {
  const holder = things.atPlace(ownerId, place)
  if (!holder) return true
  if (stateAt(holder.transitions, at).status !== 'PENDING_RECREATION') return false
  const transitions = holder.transitions.filter((transition) => 'at' in transition && transition.at <= at)
  things.update({ ...holder, place: null, transitions, goneAt: null })
  return true
}

/** What the data of a thing says when it is the new one in the place of another. */
interface Replacing {
  /** The id of the one that is PENDING_RECREATION. */
  readonly replaces?: string
}

/**
 * Lets the thing that this one replaces go when this one is ACTIVE [endpoint-recreation-ends]. To be called whenever this
 * one has changed.
 * @param activeAt when that is, in milliseconds since the epoch; undefined while it is not known
 */
export function settleReplaced<Data>(
  things: ThingsOfKind<Data>,
  thing: Thing<Data>,
  now: number,
  activeAt = activeFrom(thing),
): void {
  const { replaces } = thing.data as Replacing
  const old = replaces === undefined ? undefined : things.find(replaces, now)
  if (old?.ownerId !== thing.ownerId || old.transitions.at(-1)?.status !== 'PENDING_RECREATION') return
  const goneAt = activeAt ?? null
  if (goneAt === old.goneAt) return
  const changed = { ...old, goneAt }
  things.update(changed)
  // The one that the old one was to replace goes with it.
  settleReplaced(things, changed, now, activeAt)
}

/** When the thing is first ACTIVE; undefined while that is not known. */
export function activeFrom({ transitions }: Pick<Thing, 'transitions'>): number | undefined {
  const active = transitions.find((transition) => 'at' in transition && transition.status === 'ACTIVE')
  return (active as TimedTransition | undefined)?.at
}

/**
 * Calls off the making of the one that was to replace a thing, when the thing is not to be PENDING_RECREATION after all.
 * @returns the thing as it is to be, with the place that it had left to the other
 */
export function callOffReplacement<Data>(
  things: ThingsOfKind<Data>,
  before: Thing<Data>,
  after: Thing<Data>,
  now: number,
): Thing<Data> {
  const expected = recreationAfter(now, before)
  if (expected === undefined || recreationAfter(now, after) === expected) return after
  const replacement = things
    .allToCome(before.ownerId, now)
    .find(({ data, beginsAt = now }) => (data as Replacing).replaces === before.id && beginsAt > now)
  if (!replacement) return after
  things.remove(replacement)
  return { ...after, place: replacement.place }
}

/** When the thing will be PENDING_RECREATION; undefined for one that is not to be. */
function recreationAfter(now: number, { transitions }: Thing): number | undefined {
  const expected = transitions.find(
    (transition) => 'at' in transition && transition.at > now && transition.status === 'PENDING_RECREATION',
  )
  return (expected as TimedTransition | undefined)?.at
}
