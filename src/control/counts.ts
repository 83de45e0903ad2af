import { type Static, type TInteger, Type } from '@sinclair/typebox'
import { anyCollections, type KnownCollection } from '../atlas/registry.js'
import type { ControlContext } from './context.js'
import { Count } from './fields.js'

/** One count for each resource that is stored, by its name. */
const ThingCounts = Object.fromEntries(
  anyCollections.map(({ name, title }) => [name, Count(`How many of these exist by the clock: ${title}`)]),
) as { [C in KnownCollection as C['name']]: TInteger }

export const Counts = Type.Object(
  {
    organizations: Count('Organizations'),
    projects: Count('Projects'),
    apiKeys: Count('API keys'),
    serviceAccounts: Count('Service accounts'),
    tenants: Count('Organizations that tests have made for themselves'),
    ...ThingCounts,
    faults: Count('Faults that are armed'),
    responses: Count('Answers of one’s own'),
    requests: Count('Requests in the journal'),
    unserved: Count('Requests for what the emulator lacks and Atlas may have, since the start or the last reset'),
  },
  { description: 'How much there is of everything' },
)
export type Counts = Static<typeof Counts>

/** How much there is of everything. */
export function countsOf({ store, clock, faults, responses, journal, unserved }: ControlContext): Counts {
  const things = anyCollections.map(({ name }) => [name, store.things.of(name).total(clock.now())])
  return {
    ...store.directory.counts(),
    tenants: store.tenants.size,
    ...(Object.fromEntries(things) as { [C in KnownCollection as C['name']]: number }),
    faults: faults.count,
    responses: responses.all.length,
    requests: journal?.size ?? 0,
    unserved: unserved.requests,
  }
}
