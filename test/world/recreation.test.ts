import { type Test, test } from 'tap'
import { defaultWorld, fixtureFile, path, start } from '../support/emulator.js'

interface Told {
  readonly id: string
  readonly status: string
}

async function withActive(t: Test, flags: string[] = []) {
  const bench = await start(t, flags)
  const { call, command, create, clock } = bench
  const { id } = await create()
  clock.advance(2000)
  const move = async (of: string, body: object) => (await command('PATCH', `/privateEndpoints/${of}`, body)).json()
  const list = async () => ((await call('GET', path)).json().results as Told[]).map(({ id, status }) => [id, status])
  const state = async () => (await command('GET', '/state?secrets=true')).json()
  const post = async (regionName = 'US_EAST_1') =>
    (await call('POST', path, { body: { cloudProvider: 'AWS', regionName } })).statusCode
  const remove = async (of: string) => (await call('DELETE', `${path}/${of}`)).statusCode
  /** Exports the world, imports it and exports it again, which must change nothing. */
  const reload = async () => {
    const before = await state()
    t.equal((await command('PUT', '/state', before)).statusCode, 200)
    t.strictSame(await state(), before)
  }
  return { ...bench, id, move, list, state, post, remove, reload }
}

test('an endpoint that turns PENDING_RECREATION gets a new one beside it, INITIATING in the same regions [endpoint-recreation]', async (t) => {
  const { id, move, list, call, clock, reload } = await withActive(t)
  const { replacement, status, goneAt } = await move(id, { status: 'PENDING_RECREATION' })
  t.match(replacement, /^[0-9a-f]{24}$/)
  t.strictSame([status, goneAt], ['PENDING_RECREATION', '2026-01-01T00:00:04.000Z'])
  t.strictSame(await list(), [
    [id, 'PENDING_RECREATION'],
    [replacement, 'INITIATING'],
  ])
  t.match((await call('GET', `${path}/${replacement}`)).json(), {
    regionName: 'US_EAST_1',
    vpcRegionName: 'US_EAST_1',
    privateEndpointConnectionName: null,
  })
  await reload()
  clock.advance(1999)
  t.strictSame((await list()).length, 2)
  clock.advance(1)
  t.strictSame(await list(), [[replacement, 'ACTIVE']], 'gone as the new one is ACTIVE [endpoint-recreation-ends]')
  await reload()
})

test('a new endpoint that takes no time to be made has the old one gone at once [endpoint-recreation-ends]', async (t) => {
  const { id, move, list, reload } = await withActive(t, ['--provisioning', '0s'])
  const moved = await move(id, { status: 'PENDING_RECREATION' })
  t.match(moved, { id, status: 'PENDING_RECREATION', goneAt: '2026-01-01T00:00:02.000Z', replacement: String })
  t.strictSame(await list(), [[moved.replacement, 'ACTIVE']])
  t.match(await move(id, { status: 'ACTIVE' }), { status: 404 })
  await reload()
})

test('a recreation to come makes the new endpoint at its moment, and not before', async (t) => {
  const { id, move, list, call, clock, command, reload, post } = await withActive(t)
  const { replacement, transitions } = await move(id, { status: 'PENDING_RECREATION', after: '10s' })
  t.match(transitions, [{ status: 'PENDING_RECREATION', at: '2026-01-01T00:00:12.000Z' }])
  await reload()
  clock.advance(9999)
  t.strictSame(await list(), [[id, 'ACTIVE']])
  t.equal((await call('GET', `${path}/${replacement}`)).statusCode, 404)
  t.match((await command('GET', '/health')).json(), { counts: { privateEndpoints: 1 } })
  t.equal(await post(), 409, 'the place is taken all the time')
  clock.advance(1)
  t.strictSame(await list(), [
    [id, 'PENDING_RECREATION'],
    [replacement, 'INITIATING'],
  ])
  t.equal(await post(), 409)
  await reload()
  clock.advance(2000)
  t.strictSame(await list(), [[replacement, 'ACTIVE']])
})

test('a recreation to come is called off by another move and by a DELETE', async (t) => {
  const { id, move, list, clock, remove, reload, post } = await withActive(t)
  const first = await move(id, { status: 'PENDING_RECREATION', after: '10s' })
  const same = await move(id, { status: 'PENDING_RECREATION', after: '10s' })
  t.strictSame(same.replacement, null, 'the new one is on its way already')
  t.match(await move(id, { status: 'ACTIVE', after: '20s' }), { status: 409 }, 'its place will be taken by then')
  t.match(await move(id, { status: 'ACTIVE', after: '5s' }), { transitions: [{ status: 'ACTIVE' }] })
  clock.advance(10_000)
  t.strictSame(await list(), [[id, 'ACTIVE']])
  await reload()
  const second = await move(id, { status: 'PENDING_RECREATION', after: '10s' })
  const third = await move(id, { status: 'PENDING_RECREATION', after: '20s' })
  t.equal(new Set([first, second, third].map(({ replacement }) => replacement)).size, 3)
  t.equal(await remove(id), 204)
  t.equal(await post(), 409, 'one that is DELETING has its place again [endpoint-place-unique]')
  clock.advance(20_000)
  t.strictSame(await list(), [])
})

test('with "recreate" false there is no new one, and its place is for whoever comes [endpoint-place-unique]', async (t) => {
  const { id, move, list, post, call, clock, reload } = await withActive(t)
  t.match(await move(id, { status: 'PENDING_RECREATION', after: '5s', recreate: false }), { replacement: null })
  t.match(await move(id, { status: 'ACTIVE' }), { transitions: [] })
  await move(id, { status: 'PENDING_RECREATION', after: '5s', recreate: false })
  t.equal(await post(), 409)
  clock.advance(5000)
  t.strictSame(await list(), [[id, 'PENDING_RECREATION']])
  t.match(await move(id, { status: 'ACTIVE', after: '10s' }), { status: 'PENDING_RECREATION' })
  await reload()
  t.equal(await post(), 201)
  t.equal(await post(), 409)
  clock.advance(10_000)
  t.match(
    await list(),
    [
      [id, 'PENDING_RECREATION'],
      [/./, 'ACTIVE'],
    ],
    'nothing comes back whose place is taken',
  )
  await reload()
  const [, other] = (await call('GET', path)).json().results
  t.match(await move(id, { status: 'ACTIVE', force: true }), {
    status: 409,
    detail:
      /^Another private endpoint is in its place: one in PENDING_RECREATION comes back only while that is free\.$/,
    errors: [{ pointer: '/status', detail: 'allowed: PENDING_RECREATION, DELETING' }],
  })
  await move(other.id, { status: 'PENDING_RECREATION', recreate: false })
  t.match(await move(id, { status: 'ACTIVE' }), { status: 'ACTIVE' }, 'its place is free again')
  t.match(await move(other.id, { status: 'ACTIVE' }), { status: 409 })
})

test('an endpoint comes back once the one in its place is gone [endpoint-recreation-ends]', async (t) => {
  const { id, move, list, remove, clock } = await withActive(t, ['--provisioning', '2s'])
  const { replacement } = await move(id, { status: 'PENDING_RECREATION' })
  t.match(await move(id, { status: 'ACTIVE' }), { status: 409 })
  t.equal(await remove(replacement), 204)
  clock.advance(999)
  t.match(await move(id, { status: 'ACTIVE' }), { status: 409 }, 'one that is DELETING counts')
  clock.advance(1)
  t.strictSame(await list(), [[id, 'PENDING_RECREATION']], 'the new one has never been ACTIVE')
  t.match(await move(id, { status: 'ACTIVE' }), { status: 'ACTIVE', goneAt: null })
})

test('the old one goes when the new one is ACTIVE, however that comes [endpoint-recreation-ends]', async (t) => {
  const { id, move, list, command, call, clock, reload } = await withActive(t)
  await command('PUT', '/lifecycle', { provisioning: 'manual' })
  const { replacement } = await move(id, { status: 'PENDING_RECREATION' })
  clock.advance(3_000_000)
  await reload()
  t.strictSame(await list(), [
    [id, 'PENDING_RECREATION'],
    [replacement, 'INITIATING'],
  ])
  await move(replacement, { status: 'ACTIVE', after: '10s' })
  await reload()
  t.match(await move(replacement, { status: 'PENDING_ACCEPTANCE' }), { transitions: [] })
  clock.advance(10_000)
  t.equal((await list()).length, 2, 'it is not ACTIVE after all')
  await command('PUT', '/lifecycle', { provisioning: { reads: 1 } })
  const next = await move(replacement, { status: 'PENDING_RECREATION' })
  t.strictSame(
    (await list()).map(([, status]) => status),
    ['PENDING_RECREATION', 'PENDING_RECREATION', 'INITIATING'],
  )
  await reload()
  t.strictSame(await list(), [[next.replacement, 'ACTIVE']], 'both have gone')
  t.equal((await call('GET', `${path}/${id}`)).statusCode, 404)
})

test('one that is PENDING_RECREATION can be deleted beside the new one, and does not fail to go', async (t) => {
  const { id, move, list, command, remove, clock, state, reload } = await withActive(t)
  await command('PUT', '/lifecycle', { provisioning: 'manual', deletion: '10s', deletionOutcome: 'FAILED' })
  const { replacement } = await move(id, { status: 'PENDING_RECREATION' })
  t.equal(await remove(id), 204)
  t.strictSame(await list(), [
    [id, 'DELETING'],
    [replacement, 'INITIATING'],
  ])
  clock.advance(1000)
  t.match((await state()).projects[0].privateEndpoints, [
    { id, status: 'PENDING_RECREATION', transitions: [{ status: 'DELETING', at: '2026-01-01T00:00:02.000Z' }] },
    { id: replacement, replaces: id },
  ])
  await reload()
  await move(replacement, { status: 'ACTIVE' })
  t.equal((await list()).length, 2, 'its own deletion says when it goes')
  clock.advance(9000)
  t.strictSame(await list(), [[replacement, 'ACTIVE']])
})

test('a snapshot brings recreations back, those to come as much later', async (t) => {
  const { id, move, list, command, clock } = await withActive(t)
  const { replacement } = await move(id, { status: 'PENDING_RECREATION', after: '10s' })
  await command('PUT', '/snapshots/before')
  clock.advance(60_000)
  t.strictSame(await list(), [[replacement, 'ACTIVE']])
  await command('POST', '/snapshots/before/restore')
  t.strictSame(await list(), [[id, 'ACTIVE']])
  clock.advance(10_000)
  t.equal((await list()).length, 2)
  clock.advance(2000)
  t.strictSame(await list(), [[replacement, 'ACTIVE']])
})

test('a fixture’s PENDING_RECREATION makes none, and may have one other beside it, before it or after', async (t) => {
  const fixture = defaultWorld()
  const [old, other] = ['a'.repeat(24), 'b'.repeat(24)]
  Object.assign(fixture.projects[0] as object, {
    privateEndpoints: [
      { id: other, regionName: 'US_EAST_1', status: 'ACTIVE', replaces: 'c'.repeat(24) },
      { id: old, regionName: 'US_EAST_1', status: 'PENDING_RECREATION' },
      { id: 'd'.repeat(24), regionName: 'US_WEST_1', status: 'PENDING_RECREATION' },
      { id: 'e'.repeat(24), regionName: 'US_WEST_1', status: 'INITIATING', replaces: 'd'.repeat(24) },
    ],
  })
  const { call, command } = await start(t, ['--fixtures', fixtureFile(t, fixture)])
  const list = async () => (await call('GET', path)).json().results.map(({ id }: Told) => id[0])
  t.strictSame(await list(), ['b', 'a', 'd', 'e'])
  await command('PATCH', `/privateEndpoints/${'e'.repeat(24)}`, { status: 'ACTIVE' })
  t.strictSame(await list(), ['b', 'a', 'e'], 'a fixture can say which one goes')
  const back = await command('PATCH', `/privateEndpoints/${old}`, { status: 'ACTIVE' })
  t.equal(back.statusCode, 409)
})
