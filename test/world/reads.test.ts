import { type Test, test } from 'tap'
import { accept, defaultWorld, fixtureFile, path, project, start, type TestBench } from '../support/emulator.js'

/** What a GET of the endpoint, or a list, says its status is; undefined when it is not there. */
function asking({ call }: TestBench, id: string) {
  const get = async (headers: Record<string, string> = {}) =>
    (await call('GET', `${path}/${id}`, { headers })).json().status as string | number
  const listed = async (query = '') =>
    (await call('GET', `${path}${query}`)).json().results.find((found: { id: string }) => found.id === id)?.status
  return { get, listed }
}

async function withEndpoint(t: Test, plan: object, flags: string[] = []) {
  const bench = await start(t, flags)
  t.equal((await bench.command('PUT', '/lifecycle', plan)).statusCode, 200)
  const { id } = await bench.create()
  const move = async (body: object) => (await bench.command('PATCH', `/privateEndpoints/${id}`, body)).json()
  const exported = async () => (await bench.command('GET', '/state')).json().projects[0].privateEndpoints
  return { ...bench, id, move, exported, ...asking(bench, id) }
}

test('three reads show the old status and the next one the new, whatever the time', async (t) => {
  const { get, clock, exported } = await withEndpoint(t, { provisioning: { reads: 3 } })
  const seen = [await get()]
  clock.advance(3_500_000)
  t.match(await exported(), [{ status: 'INITIATING', transitions: [{ status: 'ACTIVE', reads: 2, at: undefined }] }])
  seen.push(await get(), await get(), await get(), await get())
  t.strictSame(seen, ['INITIATING', 'INITIATING', 'INITIATING', 'ACTIVE', 'ACTIVE'])
  t.match(await exported(), [{ status: 'ACTIVE', transitions: undefined }])
})

test('a page of a list counts as a read of the endpoints that it holds, and of no other', async (t) => {
  const { listed, get, create } = await withEndpoint(t, { provisioning: { reads: 2 } })
  const other = await create({ cloudProvider: 'AWS', regionName: 'US_WEST_2' })
  t.equal(await listed('?itemsPerPage=1'), 'INITIATING')
  t.equal(await listed('?itemsPerPage=1&pageNum=2'), undefined)
  t.equal(await listed('?itemsPerPage=1&pageNum=3'), undefined)
  t.equal(await listed('?itemsPerPage=1'), 'INITIATING')
  t.equal(await listed(), 'ACTIVE')
  t.equal(await get(), 'ACTIVE')
  t.not(other.id, undefined)
})

test('a page that was asked for with HEAD before counts as any other', async (t) => {
  const { call, listed } = await withEndpoint(t, { provisioning: { reads: 2 } })
  const seen: unknown[] = []
  for (const _ of [1, 2, 3]) {
    t.equal((await call('HEAD', path)).statusCode, 200)
    seen.push(await listed())
  }
  t.strictSame(seen, ['INITIATING', 'INITIATING', 'ACTIVE'])
})

test('HEAD, the create, the control API and calls that fail do not count', async (t) => {
  const { call, get, move, id, exported } = await withEndpoint(t, { provisioning: { reads: 1 } })
  t.equal((await call('HEAD', `${path}/${id}`)).statusCode, 200)
  t.equal((await call('HEAD', path)).statusCode, 200)
  t.equal((await call('GET', `${path}/${id}`, { headers: { accept: 'x/y' } })).statusCode, 406)
  t.equal((await call('GET', `${path}?itemsPerPage=0`)).statusCode, 400)
  t.match(await move({ status: 'INITIATING', after: '1h' }), { status: 'INITIATING', transitions: [{ at: /.*/ }] })
  t.match(await exported(), [{ status: 'INITIATING' }])
  t.equal(await get(), 'INITIATING')
})

test('a call that a fault has a part in does not count, though its answer looks right', async (t) => {
  const { get, call, id, exported, emulator, token } = await withEndpoint(t, { provisioning: { reads: 1 } })
  // Its socket keeps the process alive while an answer is delayed.
  const url = await emulator.listen()
  for (const fault of ['delay=1ms', 'delay-after=1ms', 'close=10', 'malformed-json', 'NO_CAPACITY']) {
    const answer = await call('GET', `${path}/${id}`, { headers: { 'x-emulator-fault': fault } })
    t.ok(answer.headers['x-emulator-fault'], fault)
  }
  const dropped = fetch(`${url}${path}`, {
    headers: { authorization: `Bearer ${token}`, accept, 'x-emulator-fault': 'drop' },
  })
  await t.rejects(dropped)
  t.match(await exported(), [{ transitions: [{ reads: 1 }] }])
  t.equal(await get(), 'INITIATING')
  t.equal(await get(), 'ACTIVE')
})

test('reads that come at once count each', async (t) => {
  const { get } = await withEndpoint(t, { provisioning: { reads: 5 } })
  const seen = await Promise.all(Array.from({ length: 9 }, () => get()))
  t.strictSame(seen.sort(), [...Array(4).fill('ACTIVE'), ...Array(5).fill('INITIATING')])
})

test('what follows by time counts from the moment at which reads brought the status', async (t) => {
  const plan = { provisioning: { reads: 1 }, outcome: 'PENDING_ACCEPTANCE', activeAfter: '10s' }
  const { get, clock, exported } = await withEndpoint(t, plan)
  clock.advance(60_000)
  t.match(await exported(), [
    {
      transitions: [
        { status: 'PENDING_ACCEPTANCE', reads: 1 },
        { status: 'ACTIVE', after: '10s' },
      ],
    },
  ])
  t.equal(await get(), 'INITIATING')
  t.match(await exported(), [
    { status: 'PENDING_ACCEPTANCE', transitions: [{ status: 'ACTIVE', at: '2026-01-01T00:01:10.000Z' }] },
  ])
  clock.advance(9999)
  t.equal(await get(), 'PENDING_ACCEPTANCE')
  clock.advance(1)
  t.equal(await get(), 'ACTIVE')
})

test('a deletion may take reads, after which the endpoint is gone [endpoint-deleting-until-gone]', async (t) => {
  const { get, call, id, clock, exported, listed } = await withEndpoint(t, { deletion: { reads: 2 } })
  t.equal((await call('DELETE', `${path}/${id}`)).statusCode, 204)
  clock.advance(3_500_000)
  t.equal(await get(), 'DELETING')
  t.equal((await call('DELETE', `${path}/${id}`)).statusCode, 204)
  t.match(await exported(), [{ status: 'DELETING', goneAfter: { reads: 1 }, goneAt: undefined }])
  t.equal(await listed(), 'DELETING')
  t.equal((await call('GET', `${path}/${id}`)).statusCode, 404)
  t.strictSame(await exported(), undefined)
})

test('a move drops what reads would have brought, and may have a deletion end by reads', async (t) => {
  const { get, move, call, id } = await withEndpoint(t, { provisioning: { reads: 2 } })
  t.match(await move({ status: 'DELETING', goneAfter: { reads: 3 } }), {
    status: 'DELETING',
    transitions: [],
    goneAt: null,
    goneAfter: { reads: 3 },
  })
  t.equal(await get(), 'DELETING')
  t.match(await move({ status: 'FAILED', force: true }), { status: 'FAILED', transitions: [], goneAfter: undefined })
  for (let i = 0; i < 3; i += 1) t.equal(await get(), 'FAILED')
  t.match(await move({ status: 'DELETING', after: '1h', goneAfter: { reads: 1 } }), {
    status: 'FAILED',
    transitions: [{ status: 'DELETING', at: '2026-01-01T01:00:00.000Z' }],
    goneAfter: { reads: 1 },
  })
  t.equal(await get(), 'FAILED', 'reads before it is DELETING do not count')
  t.equal((await call('DELETE', `${path}/${id}`)).statusCode, 204)
})

test('a project may have a plan of its own with reads, which is told as it was given', async (t) => {
  const { command } = await start(t)
  const plan = { provisioning: { reads: 3 }, deletion: { reads: 1_000_000 }, deletable: 'settled' }
  const told = (await command('PUT', '/lifecycle', { project, ...plan })).json()
  t.strictSame(told, { all: {}, projects: { [project]: plan } })
})

/** A world with reads in every place where they may stand. */
function readingWorld() {
  const fixture = defaultWorld()
  const plan = { provisioning: { reads: 3 }, deletion: { reads: 2 }, deletionOutcome: 'FAILED', errorMessage: 'Stuck.' }
  Object.assign(fixture, { lifecycle: plan, clock: { frozen: '2026-01-01T00:00:00Z' } })
  const name = 'vpce-0123456789abcdef0'
  Object.assign(fixture.projects[0] as object, {
    lifecycle: { ...plan, deletable: 'settled' },
    privateEndpoints: [
      {
        regionName: 'US_EAST_1',
        status: 'INITIATING',
        transitions: [
          { status: 'PENDING_ACCEPTANCE', after: '5s', privateEndpointConnectionName: name },
          { status: 'ACTIVE', reads: 2, privateEndpointConnectionName: name },
          { status: 'FAILED', after: '1s', errorMessage: 'Rejected.' },
          { status: 'PENDING_RECREATION', after: '2s', privateEndpointConnectionName: name },
          { status: 'ACTIVE', reads: 1, privateEndpointConnectionName: name },
          { status: 'DELETING', after: '1s', privateEndpointConnectionName: name },
        ],
        goneAfter: '3s',
      },
      {
        regionName: 'US_EAST_2',
        status: 'ACTIVE',
        transitions: [{ status: 'DELETING', reads: 1 }],
        goneAfter: { reads: 2 },
      },
      { regionName: 'US_WEST_1', status: 'ACTIVE', transitions: [{ status: 'DELETING', reads: 1 }] },
      { regionName: 'US_WEST_2' },
    ],
  })
  return fixture
}

test('a fixture may mix reads and times: a time below reads counts from them', async (t) => {
  const { call, command } = await start(t, ['--fixtures', fixtureFile(t, readingWorld())])
  const statuses = async () => (await call('GET', path)).json().results.map(({ status }: { status: string }) => status)
  const advance = (by: string) => command('POST', '/clock', { advance: by })
  t.strictSame(await statuses(), ['INITIATING', 'ACTIVE', 'ACTIVE', 'INITIATING'])
  t.strictSame(await statuses(), ['INITIATING', 'DELETING', 'DELETING', 'INITIATING'])
  await advance('5s')
  t.strictSame(await statuses(), ['PENDING_ACCEPTANCE', 'DELETING', 'DELETING', 'INITIATING'])
  t.strictSame(await statuses(), ['PENDING_ACCEPTANCE', 'DELETING', 'ACTIVE'])
  t.strictSame(await statuses(), ['ACTIVE', 'DELETING', 'ACTIVE'])
  await advance('1s')
  t.strictSame((await statuses())[0], 'FAILED')
  await advance('1s')
  t.strictSame((await statuses())[0], 'PENDING_RECREATION')
  t.strictSame((await statuses())[0], 'ACTIVE')
  await advance('1s')
  t.strictSame((await statuses())[0], 'DELETING')
  await advance('2s')
  t.strictSame(await statuses(), ['DELETING', 'ACTIVE'], 'one that has no end stays DELETING')
})

test('what reads are still to come outlives a restart, an export and import, and a snapshot', async (t) => {
  const db = `${t.testdir()}/atlas.db`
  const fixture = fixtureFile(t, readingWorld())
  const first = await start(t, ['--db', db, '--fixtures', fixture])
  await first.call('GET', path)
  await first.command('POST', '/clock', { advance: '5s' })
  await first.call('GET', path)
  const export1 = (await first.command('GET', '/state?secrets=true')).json()
  await first.emulator.close()

  const { call, command } = await start(t, ['--db', db])
  t.strictSame((await command('GET', '/state?secrets=true')).json(), export1)
  t.equal((await command('PUT', '/state', export1)).statusCode, 200)
  t.strictSame((await command('GET', '/state?secrets=true')).json(), export1)
  t.equal((await command('PUT', '/snapshots/kept')).statusCode, 200)
  for (let i = 0; i < 3; i += 1) await call('GET', path)
  t.notSame((await command('GET', '/state?secrets=true')).json(), export1)
  t.equal((await command('POST', '/snapshots/kept/restore')).statusCode, 200)
  t.strictSame((await command('GET', '/state?secrets=true')).json(), export1)
})
