import { writeFileSync } from 'node:fs'
import { test } from 'tap'
import type { Fixture } from '../../src/fixture/schema.js'
import { accept, defaultWorld, demo, fixtureFile, path, project, start, startOfTime } from '../support/emulator.js'
import { open, parseAnswer, rest } from '../support/socket.js'

test('reset loads the configured fixture, whatever there was, and clears faults, journal, buckets and clock', async (t) => {
  const bench = await start(t, ['--rate-limit', '2/1/60'])
  const { call, command } = bench
  await bench.create()
  await command('POST', '/faults', { errorCode: 'NO_CAPACITY', when: { skip: 9 } })
  t.equal((await call('GET', path)).headers['ratelimit-remaining'], '0')
  await command('POST', '/clock', { freeze: '2026-05-05T00:00:00Z' })
  await command('PUT', '/lifecycle', { provisioning: 'manual' })
  const response = await command('POST', '/reset')
  t.equal(response.statusCode, 200)
  t.match(response.json(), {
    organizations: 1,
    projects: 1,
    apiKeys: 1,
    serviceAccounts: 1,
    privateEndpoints: 0,
    faults: 0,
    requests: 0,
  })
  t.match((await command('GET', '/clock')).json(), { now: '2026-01-01T00:00:00.000Z', frozen: false, offset: 0 })
  t.same((await command('GET', '/lifecycle')).json(), { all: {}, projects: {} })
  const list = await call('GET', path)
  t.match(list.headers, { 'ratelimit-remaining': 1 })
  t.equal(list.json().totalCount, 0, 'the token from before the reset is still good')
})

test('a reset reads the fixture anew, and one that cannot be used changes nothing', async (t) => {
  const fixture: Fixture = defaultWorld()
  const file = fixtureFile(t, fixture)
  const { command, create } = await start(t, ['--fixtures', file])
  await create()
  writeFileSync(file, '{"organizations":[]}')
  const refused = await command('POST', '/reset')
  t.equal(refused.statusCode, 500)
  t.match(refused.json().detail, `The fixture ${file} cannot be used:\n  $.projects: is missing`)
  t.equal((await command('GET', '/health')).json().counts.privateEndpoints, 1)
  writeFileSync(file, JSON.stringify({ ...fixture, projects: [{ ...fixture.projects[0], name: 'Renamed' }] }))
  t.equal((await command('POST', '/reset')).statusCode, 200)
  t.equal((await command('GET', '/state')).json().projects[0].name, 'Renamed')
})

/** A world in which everything that can be is. */
async function everything(t: Parameters<typeof start>[0]) {
  const bench = await start(t, ['--fixtures', 'demo'])
  const { command, call, clock } = bench
  await command('PUT', '/lifecycle', { provisioning: 'PT10S', outcome: 'PENDING_ACCEPTANCE', activeAfter: '1m' })
  await command('PUT', '/lifecycle', {
    project: demo.staging,
    provisioning: '5s',
    outcome: 'FAILED',
    errorMessage: 'No room.',
    deletion: '90s',
  })
  const of = (id: string) => `/api/atlas/v2/groups/${id}/backup/AWS/privateEndpoints`
  for (const [id, regionName] of [
    [demo.production, 'SA_EAST_1'],
    [demo.staging, 'SA_EAST_1'],
  ] as const) {
    t.equal((await call('POST', of(id), { body: { cloudProvider: 'AWS', regionName } })).statusCode, 201)
  }
  await call('DELETE', `${of(demo.production)}/6650c3d2e4cb603d9f000001`)
  await command('POST', '/faults', { id: 'one', errorCode: 'NO_CAPACITY', when: { times: 2, probability: 0.5 } })
  await command('POST', '/faults', { delay: { min: '1ms', max: '2ms' }, match: { project: demo.staging } })
  await call('GET', of(demo.production))
  await command('POST', '/clock', { freeze: '2026-03-03T03:03:03.333Z' })
  clock.advance(5)
  return bench
}

test('what is exported with secrets and imported again is the same', async (t) => {
  const { command } = await everything(t)
  const exported = await command('GET', '/state?secrets=true')
  t.match(exported.headers, { 'content-type': 'application/json; charset=utf-8' })
  const imported = await command('PUT', '/state', exported.json())
  t.equal(imported.statusCode, 200, imported.body)
  t.equal((await command('GET', '/state?secrets=true')).body, exported.body)

  const other = await start(t)
  t.equal((await other.command('PUT', '/state', exported.json())).statusCode, 200)
  t.equal((await other.command('GET', '/state?secrets=true')).body, exported.body)
  t.match(exported.json(), {
    clock: { frozen: '2026-03-03T03:03:03.333Z' },
    lifecycle: { provisioning: '10s', outcome: 'PENDING_ACCEPTANCE', activeAfter: '1m' },
    faults: [{ id: 'one', matched: 1 }, { delay: { min: '1ms', max: '2ms' } }],
  })
  t.type(exported.json().faults[0].when.seed, 'number')
})

test('an export is a fixture to start from, which goes on as the world would have', async (t) => {
  const bench = await start(t)
  const { id } = await bench.create()
  const exported = (await bench.command('GET', '/state?secrets=true')).json()
  t.same(exported.projects[0].privateEndpoints, [
    {
      id,
      cloudProvider: 'AWS',
      regionName: 'US_EAST_1',
      vpcRegionName: 'US_EAST_1',
      status: 'INITIATING',
      privateEndpointConnectionName: null,
      transitions: [
        {
          at: '2026-01-01T00:00:02.000Z',
          status: 'ACTIVE',
          privateEndpointConnectionName:
            exported.projects[0].privateEndpoints[0].transitions[0].privateEndpointConnectionName,
        },
      ],
    },
  ])
  const other = await start(t, ['--fixtures', fixtureFile(t, exported)])
  const status = async () => (await other.call('GET', `${path}/${id}`)).json().status
  t.equal(await status(), 'INITIATING')
  other.clock.advance(2000)
  t.equal(await status(), 'ACTIVE')
  t.match((await other.command('GET', '/state')).json().projects[0].privateEndpoints, [
    { id, status: 'ACTIVE', transitions: undefined },
  ])
  other.clock.advance(1000)
  const late = await start(t, ['--fixtures', fixtureFile(t, { ...exported, clock: { offset: 5000 } })])
  t.equal((await late.call('GET', `${path}/${id}`)).json().status, 'ACTIVE', 'what should have come has come')
})

test('secrets are exported on demand alone, and an import without them keeps those it knows', async (t) => {
  const { command, call } = await start(t)
  const exported = await command('GET', '/state')
  for (const { privateKey, clientSecret } of [
    ...(defaultWorld().apiKeys as { privateKey?: string; clientSecret?: string }[]),
    ...(defaultWorld().serviceAccounts as { privateKey?: string; clientSecret?: string }[]),
  ]) {
    t.notMatch(exported.body, (privateKey ?? clientSecret) as string)
  }
  const { body: before } = await command('GET', '/state?secrets=true')
  t.equal((await command('PUT', '/state', exported.json())).statusCode, 200)
  t.equal((await command('GET', '/state?secrets=true')).body, before)
  t.equal((await call('GET', path)).statusCode, 200)

  const state = exported.json()
  state.apiKeys[0].publicKey = 'stranger'
  state.projects[0].name = 'Changed'
  const refused = await command('PUT', '/state', state)
  t.equal(refused.statusCode, 400)
  t.match(refused.headers, { 'content-type': 'application/problem+json' })
  t.same(refused.json(), {
    type: 'about:blank',
    title: 'Bad Request',
    status: 400,
    detail: '/apiKeys/0/privateKey: is missing',
    errors: [{ detail: 'is missing', pointer: '/apiKeys/0/privateKey' }],
  })
  t.equal((await command('GET', '/state?secrets=true')).body, before, 'nothing has changed')
  const invalid = await command('GET', '/state?secrets=yes')
  t.match(invalid.json(), {
    status: 400,
    errors: [{ parameter: 'secrets', detail: /found "yes"; allowed: true, false/ }],
  })
})

test('a token stays good while its account exists', async (t) => {
  const { command, call } = await start(t)
  const { serviceAccounts: _, ...rest } = (await command('GET', '/state?secrets=true')).json()
  await command('PUT', '/state', rest)
  t.equal((await call('GET', path)).statusCode, 401)
  await command('POST', '/reset')
  t.equal((await call('GET', path)).statusCode, 200)
})

test('what cannot be imported is refused with a pointer, and nothing changes', async (t) => {
  const { command } = await start(t)
  const { body: before } = await command('GET', '/state?secrets=true')
  const world = JSON.parse(before)
  const cases: [unknown, string, RegExp][] = [
    [[], '', /found \[\]; allowed: object/],
    [null, '', /found null/],
    ['x', '', /found "x"/],
    [{ ...world, apiKeys: {} }, '/apiKeys', /allowed: array/],
    [{ ...world, apiKeys: [null, 'x'] }, '/apiKeys/0', /found null/],
    [{ ...world, nope: 1 }, '', /unknown property "nope"/],
    [{ ...world, clock: {} }, '/clock', /neither or both/],
    [{ ...world, clock: { frozen: '2026-02-30T00:00:00Z' } }, '/clock/frozen', /that exist/],
    [{ ...world, clock: { offset: -9e13 } }, '/clock', /before 1970/],
    [{ ...world, lifecycle: { activeAfter: '1s' } }, '/lifecycle/activeAfter', /beside PENDING_ACCEPTANCE/],
    [{ ...world, faults: [{}] }, '/faults/0', /found nothing that it does/],
    [{ ...world, faults: [{ errorCode: 'NOPE' }] }, '/faults/0/errorCode', /unknown code NOPE/],
    [
      {
        ...world,
        faults: [
          { id: 'a', break: 'drop' },
          { id: 'a', break: 'drop' },
        ],
      },
      '/faults/1/id',
      /another entry has/,
    ],
    [{ ...world, projects: [{ ...world.projects[0], orgId: 'f'.repeat(24) }] }, '/projects/0/orgId', /allowed: the id/],
  ]
  for (const [state, pointer, detail] of cases) {
    const response = await command('PUT', '/state', JSON.stringify(state), { 'content-type': 'application/json' })
    t.equal(response.statusCode, 400, response.body)
    t.match(response.json().errors[0], { pointer, detail })
    t.equal((await command('GET', '/state?secrets=true')).body, before)
  }
})

test('snapshots keep worlds under names, survive a reset, and go on where they were', async (t) => {
  const bench = await start(t)
  const { call, command, clock } = bench
  const { id } = await bench.create()
  clock.advance(1000)
  const taken = await command('PUT', '/snapshots/half-way')
  t.same([taken.statusCode, taken.json()], [200, { name: 'half-way', takenAt: '2026-01-01T00:00:01.000Z' }])
  clock.advance(60_000)
  await command('POST', '/reset')
  t.equal((await call('GET', `${path}/${id}`)).statusCode, 404)
  t.match((await command('POST', '/snapshots/half-way/restore')).json(), { privateEndpoints: 1 })
  const status = async () => (await call('GET', `${path}/${id}`)).json().status
  t.equal(await status(), 'INITIATING')
  clock.advance(999)
  t.equal(await status(), 'INITIATING')
  clock.advance(1)
  t.equal(await status(), 'ACTIVE', 'as long after the restore as it would have been after the snapshot')

  await command('PUT', '/snapshots/another')
  t.same(
    (await command('GET', '/snapshots')).json().snapshots.map(({ name }: { name: string }) => name),
    ['another', 'half-way'],
  )
  t.equal((await command('DELETE', '/snapshots/another')).statusCode, 204)
  t.equal((await command('DELETE', '/snapshots/another')).statusCode, 404)
  t.match((await command('POST', '/snapshots/another/restore')).json(), {
    status: 404,
    detail: 'There is no snapshot named another.',
  })
  t.match((await command('PUT', '/snapshots/a%2Fb')).json(), { status: 400, errors: [{ parameter: 'name' }] })
})

test('there is an end to how many snapshots are kept', async (t) => {
  const { command } = await start(t)
  for (let i = 0; i < 100; i += 1) await command('PUT', `/snapshots/s${i}`)
  t.match((await command('PUT', '/snapshots/s100')).json(), { status: 409, detail: /100 snapshots already/ })
  t.equal((await command('PUT', '/snapshots/s99')).statusCode, 200, 'one that there is can be taken again')
})

test('what is set is stored with the world: clock, plans, faults, snapshots', async (t) => {
  const db = `${t.testdir()}/atlas.db`
  const first = await start(t, ['--db', db])
  await first.command('POST', '/clock', { advance: 'PT5M' })
  await first.command('PUT', '/lifecycle', { provisioning: 'manual' })
  await first.command('POST', '/faults', { errorCode: 'NO_CAPACITY', when: { times: 3 } })
  await first.command('PUT', '/snapshots/kept')
  await first.call('GET', path)
  const { body: before } = await first.command('GET', '/state?secrets=true')
  await first.emulator.close()
  const second = await start(t, ['--db', db])
  t.equal((await second.command('GET', '/state?secrets=true')).body, before)
  t.match(JSON.parse(before), { clock: { offset: 300_000 }, faults: [{ matched: 1, fired: 1 }] })
  t.same((await second.command('GET', '/clock')).json().now, '2026-01-01T00:05:00.000Z')
  t.equal((await second.command('GET', '/snapshots')).json().snapshots[0].name, 'kept')
  await second.emulator.close()
  const third = await start(t, ['--db', db, '--reset'])
  t.match((await third.command('GET', '/state')).json(), { clock: undefined, faults: undefined, lifecycle: undefined })
  t.equal(third.clock.now(), startOfTime)
  t.equal((await third.call('GET', path)).statusCode, 200)
  t.equal(project, (await third.command('GET', '/state')).json().projects[0].id)
})

test('an export holds the writes of all requests that faults have counted', async (t) => {
  const { command, emulator } = await start(t, ['--auth', 'off'])
  await command('POST', '/faults', { errorCode: 'NO_CAPACITY', when: { skip: 9 }, match: { method: 'POST' } })
  const url = await emulator.listen()
  const [creating, exporting] = [await open(url), await open(url)]
  const body = '{"cloudProvider":"AWS","regionName":"US_EAST_1"}'
  const headers = `Host: localhost\r\nAccept: ${accept}\r\nContent-Type: application/json\r\nConnection: close`
  // Both have come when the server looks.
  creating.write(`POST ${path} HTTP/1.1\r\n${headers}\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  exporting.write('GET /_emulator/state HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  const [created, exported] = await Promise.all([rest(creating), rest(exporting)])
  t.match(created, /^HTTP\/1\.1 201 /)
  const { faults, projects } = JSON.parse(parseAnswer(exported).body)
  t.equal(projects[0].privateEndpoints?.length ?? 0, faults[0].matched ?? 0)
})

test('one project is put back as the fixture has it, and all else stays', async (t) => {
  const fixture = defaultWorld()
  const [first] = fixture.projects as [Fixture['projects'][number]]
  Object.assign(first, {
    rateLimit: '2/1/60',
    created: undefined,
    privateEndpoints: [{ id: 'a'.repeat(24), regionName: 'US_EAST_1' }, { regionName: 'EU_WEST_1' }],
  })
  const other = { id: 'b'.repeat(24), orgId: first.orgId, name: 'Other' }
  fixture.lifecycle = { provisioning: '1s' }
  fixture.projects.push(other)
  const bench = await start(t, ['--fixtures', fixtureFile(t, fixture)])
  const { call, command, clock } = bench
  const before = (await command('GET', '/state')).json()
  await command('PUT', '/lifecycle', { project, provisioning: 'manual' })
  await command('PUT', '/lifecycle', { project: other.id, provisioning: 'manual' })
  await command('POST', '/faults', { id: 'kept', errorCode: 'NO_CAPACITY', match: { method: 'PATCH' } })
  await call('DELETE', `${path}/${'a'.repeat(24)}`)
  await bench.create({ cloudProvider: 'AWS', regionName: 'AP_SOUTH_1' })
  t.equal((await call('GET', path)).statusCode, 429)
  clock.advance(1000)
  const reset = await command('POST', `/reset?project=${project}`)
  t.match(reset.json(), { projects: 2, privateEndpoints: 2, faults: 1 })
  t.not(reset.json().requests, 0)
  const [now, others] = (await command('GET', '/state')).json().projects
  t.same(
    now.privateEndpoints.map((endpoint: { regionName: string }) => endpoint.regionName),
    ['US_EAST_1', 'EU_WEST_1'],
  )
  t.same({ ...now, privateEndpoints: 0 }, { ...before.projects[0], privateEndpoints: 0 }, 'made when it was')
  t.same(others.lifecycle, { provisioning: 'manual' })
  t.match((await call('GET', path)).headers, { 'ratelimit-remaining': 1 })
  t.match((await command('POST', `/reset?project=${'c'.repeat(24)}`)).json(), {
    status: 404,
    detail: `The configured fixtures have no project with the id ${'c'.repeat(24)}.`,
  })
  t.match((await command('POST', '/reset?project=x')).json(), { status: 400, errors: [{ parameter: 'project' }] })
})

test('a project that the world lost comes back, unless something of it belongs to another by now', async (t) => {
  const fixture = defaultWorld()
  const [first] = fixture.projects as [Fixture['projects'][number]]
  const id = 'a'.repeat(24)
  Object.assign(first, {
    privateEndpoints: [
      { id, regionName: 'US_EAST_1' },
      { regionName: 'EU_WEST_1', status: 'DELETING', goneAfter: '1h' },
    ],
  })
  const { command } = await start(t, ['--fixtures', fixtureFile(t, fixture)])
  const changed = (change: (world: Fixture) => void) => {
    const world: Fixture = { organizations: structuredClone(fixture.organizations), projects: [] }
    change(world)
    return command('PUT', '/state', world)
  }
  const reset = async () => (await command('POST', `/reset?project=${project}`)).json()
  await changed(() => {})
  t.match(await reset(), { projects: 1, privateEndpoints: 2 })
  const other = { ...first, id: 'b'.repeat(24) }
  await changed(({ projects }) => projects.push(other))
  t.match(await reset(), {
    status: 409,
    detail: `The fixture configured cannot be used:\n  $.projects[0].privateEndpoints[0].id: found "${id}", which another project has by now`,
  })
  t.match((await command('GET', '/health')).json().counts, { projects: 1, privateEndpoints: 2 }, 'nothing has changed')
  await changed(({ organizations }) => Object.assign(organizations[0] as object, { id: 'c'.repeat(24) }))
  t.match(await reset(), {
    status: 409,
    detail: /orgId: found "[0-9a-f]{24}", which no organization of this world has$/,
  })
})

test('a world of a megabyte of mistakes is refused with a hundred of them, and others are answered meanwhile', async (t) => {
  const { command, call } = await start(t)
  const worlds: [string, RegExp][] = [
    [`{"organizations":[${'{},'.repeat(349_525)}{}],"projects":[]}`, /^\/organizations\/0\/id: is missing$/],
    [
      `{"organizations":[],"projects":[{"privateEndpoints":[${'{},'.repeat(349_525)}{}]}]}`,
      /^\/projects\/0\/id: is missing$/,
    ],
    [`{"organizations":[],"projects":[${'[],'.repeat(349_525)}[]]}`, /^\/projects\/0: found \[\]; allowed: object/],
  ]
  for (const [world, detail] of worlds) {
    const answer = await command('PUT', '/state', world, { 'content-type': 'application/json' })
    t.match(answer.json(), { status: 400, detail })
    t.equal(answer.json().errors.length, 100)
  }
  // Each is right by itself, so that all have to be looked at.
  const organizations = Array.from({ length: 200_000 }, (_, i) => ({ id: i.toString(16).padStart(24, '0'), name: 'A' }))
  organizations.push(...organizations.slice(0, 200))
  const order: string[] = []
  const refused = command('PUT', '/state', { organizations, projects: [] }).then((answer) => {
    order.push('refused')
    return answer
  })
  for (const _ of [1, 2, 3, 4, 5]) await call('GET', '/nope')
  order.push('others')
  const answer = await refused
  t.match(answer.json(), { detail: /^\/organizations\/200000\/id: found "0{24}", which another entry has/ })
  t.equal(answer.json().errors.length, 100)
  t.same(order, ['others', 'refused'])
})

test('a clock that has run past the years that there are is exported so that it can be imported', async (t) => {
  const bench = await start(t, ['--auth', 'off'])
  const { command, clock } = bench
  await command('POST', '/clock', { freeze: '9998-12-31T23:59:59Z' })
  await command('POST', '/clock', { resume: true })
  clock.advance(10_000)
  await bench.create()
  clock.advance(366 * 86_400_000)
  const exported = await command('GET', '/state?secrets=true')
  t.same(exported.json().clock, { frozen: '9998-12-31T23:59:59.999Z' })
  t.equal((await command('PUT', '/state', exported.json())).statusCode, 200)
})
