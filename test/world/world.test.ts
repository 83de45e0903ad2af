import { test } from 'tap'
import type { Credential } from '../../src/store/records.js'
import { openStore } from '../../src/store/store.js'
import { Chance } from '../../src/world/chance.js'
import { spanOf } from '../../src/world/lifecycle.js'
import { objectIdGenerator } from '../../src/world/object-id.js'
import { World } from '../../src/world/world.js'
import { ManualClock } from '../support/emulator.js'

test('a credential whose organization goes while its request is under way sees no organization', async (t) => {
  const store = openStore(':memory:')
  t.teardown(store.close)
  const chance = new Chance('seed')
  const plan = { provisioning: 0, deletion: 0 }
  const world = new World(store, new ManualClock(), plan, objectIdGenerator(chance), chance)
  const credential: Credential = { kind: 'apiKey', id: 'k', secret: 's', orgId: 'o', roles: [], accessList: [] }
  const organization = { id: 'o', name: 'O', apiAccessListRequired: false, details: {} }
  store.directory.addOrganization(organization)
  t.match(world.organizations(credential), [{ id: 'o', name: 'O' }])
  store.directory.removeOrganization('o')
  t.strictSame(world.organizations(credential), [])
})

test('the span of a page lies between the moments around now, however many there are', async (t) => {
  const state = { status: 'ACTIVE', errorMessage: null, privateEndpointConnectionName: null } as const
  const transitions = Array.from({ length: 200_000 }, (_, at) => ({ ...state, at }))
  const thing = { id: 'a', ownerId: 'b', place: null, data: {}, transitions, goneAt: null }
  t.strictSame(spanOf([thing], 1000), { from: 1000, until: 1001 })
  const [first] = transitions
  t.strictSame(spanOf([{ ...thing, transitions: first ? [first] : [] }], 5), {
    from: 0,
    until: Number.POSITIVE_INFINITY,
  })
  t.strictSame(spanOf([], 5), { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY })
})
