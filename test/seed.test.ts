import { type Test, test } from 'tap'
import { nonceOf } from './support/digest.js'
import { defaultWorld, fixtureFile, path, start } from './support/emulator.js'

const body = (regionName: string) => ({ cloudProvider: 'AWS', regionName })

/** What an emulator makes up: ids, names, nonces, and how the dice of a fault fall. */
async function madeUp(t: Test, flags: readonly string[], later = 0) {
  const world = defaultWorld()
  const [project] = world.projects
  Object.assign(project as object, { privateEndpoints: [{ regionName: 'GLOBAL', status: 'ACTIVE' }] })
  world.faults = [{ errorCode: 'NO_CAPACITY', when: { probability: 0.5 }, match: { method: 'DELETE' } }]
  const { call, command, create, clock } = await start(t, ['--fixtures', fixtureFile(t, world), ...flags])
  clock.advance(later)
  const challenges = await Promise.all([1, 2].map(() => call('GET', path, { bare: true })))
  const created = [await create(body('EU_WEST_1')), await create(body('EU_WEST_2'))]
  const fault = (await command('POST', '/faults', { delay: { min: '1ms', max: '9ms' }, match: { path: '/x' } })).json()
  clock.advance(10_000)
  const listed = (await call('GET', path)).json().results
  const { faults } = (await command('GET', '/faults')).json()
  return {
    ids: [...listed, ...created].map(({ id }) => id),
    names: listed.map(({ privateEndpointConnectionName: name }: { privateEndpointConnectionName: string }) => name),
    nonces: challenges.map(({ headers }) => nonceOf(headers['www-authenticate'])),
    faults: [...faults, fault].map(({ id, when }) => [id, when.seed]),
  }
}

test('with a seed, what is made up is the same each time, whenever that is', async (t) => {
  const first = await madeUp(t, ['--seed', '42'])
  t.strictSame(await madeUp(t, ['--seed', '42'], 1_800_000), first)
  const other = await madeUp(t, ['--seed', '43'])
  const without = await madeUp(t, [])
  for (const name of ['ids', 'names', 'nonces', 'faults'] as const) {
    t.notSame(other[name], first[name], name)
    t.notSame(without[name], first[name], name)
  }
})

test('no id repeats: neither after a restart, nor after an import from another emulator of the seed', async (t) => {
  const flags = ['--db', `${t.testdir()}/atlas.db`, '--seed', '42']
  const first = await start(t, flags)
  const { id } = await first.create(body('EU_WEST_1'))
  const state = (await first.command('GET', '/state?secrets=true')).json()
  await first.emulator.close()
  const second = await start(t, flags)
  const ids = [id, (await second.create(body('EU_WEST_2'))).id]
  const fresh = await start(t, ['--seed', '42'])
  t.equal((await fresh.command('PUT', '/state', state)).statusCode, 200)
  ids.push((await fresh.create(body('EU_WEST_2'))).id)
  t.equal(new Set(ids).size, 3)
  const endpoints = state.projects[0].privateEndpoints
  endpoints.push({ regionName: 'GLOBAL' })
  const another = await start(t, ['--seed', '42', '--fixtures', fixtureFile(t, state)])
  const listed = (await another.call('GET', path)).json().results
  t.equal(new Set(listed.map((endpoint: { id: string }) => endpoint.id)).size, 2)
})
