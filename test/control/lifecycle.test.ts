import { test } from 'tap'
import { statuses } from '../../src/values/vocabulary.js'
import { demo, path, project, start } from '../support/emulator.js'

const of = (id: string) => `/api/atlas/v2/groups/${id}/backup/AWS/privateEndpoints`

test('a plan says how long new endpoints are INITIATING, and what comes then', async (t) => {
  const bench = await start(t)
  const { call, command } = bench
  const regions = ['US_EAST_1', 'US_EAST_2', 'US_WEST_1', 'US_WEST_2', 'EU_WEST_1', 'EU_WEST_2']
  let i = 0
  /** The statuses that a new endpoint goes through, looked at every five seconds. */
  const life = async (plan: object) => {
    t.equal((await command('PUT', '/lifecycle', plan)).statusCode, 200)
    const { id } = await bench.create({ cloudProvider: 'AWS', regionName: regions[i++] })
    const seen = []
    for (let step = 0; step < 5; step += 1) {
      const { status, errorMessage, privateEndpointConnectionName: name } = (await call('GET', `${path}/${id}`)).json()
      seen.push(`${status}${errorMessage === null ? '' : ` ${errorMessage}`}${name === null ? '' : ' vpce'}`)
      await command('POST', '/clock', { advance: '5s' })
    }
    return seen
  }
  t.same(await life({ provisioning: '10s' }), ['INITIATING', 'INITIATING', 'ACTIVE vpce', 'ACTIVE vpce', 'ACTIVE vpce'])
  t.same(await life({ provisioning: '5s', outcome: 'PENDING_ACCEPTANCE' }), [
    'INITIATING',
    ...Array(4).fill('PENDING_ACCEPTANCE vpce'),
  ])
  t.same(await life({ provisioning: '5s', outcome: 'PENDING_ACCEPTANCE', activeAfter: 'PT10S' }), [
    'INITIATING',
    'PENDING_ACCEPTANCE vpce',
    'PENDING_ACCEPTANCE vpce',
    'ACTIVE vpce',
    'ACTIVE vpce',
  ])
  t.same(await life({ outcome: 'FAILED', errorMessage: 'No room.' }), [
    'INITIATING',
    ...Array(4).fill('FAILED No room.'),
  ])
  t.same(await life({ outcome: 'FAILED' }), [
    'INITIATING',
    ...Array(4).fill('FAILED The private endpoint could not be created.'),
  ])
  t.same(await life({ provisioning: 'manual' }), Array(5).fill('INITIATING'))
})

test('a project’s own plan goes before that of all, until all are set', async (t) => {
  const { call, command } = await start(t, ['--fixtures', 'demo'])
  await command('PUT', '/lifecycle', { provisioning: 'manual' })
  const one = await command('PUT', '/lifecycle', { project: demo.staging, provisioning: '0s', deletion: '1h' })
  t.same(one.json(), {
    all: { provisioning: 'manual' },
    projects: { [demo.staging]: { provisioning: '0h', deletion: '1h' } },
  })
  const create = async (id: string, regionName: string) => {
    const created = await call('POST', of(id), { body: { cloudProvider: 'AWS', regionName } })
    return `${of(id)}/${created.json().id}`
  }
  const status = async (url: string) => (await call('GET', url)).json().status
  t.equal(await status(await create(demo.production, 'SA_EAST_1')), 'INITIATING')
  const own = await create(demo.staging, 'SA_EAST_1')
  t.equal(await status(own), 'ACTIVE')
  await call('DELETE', own)
  await command('POST', '/clock', { advance: '59m' })
  t.equal(await status(own), 'DELETING')
  t.same((await command('PUT', '/lifecycle', { project: demo.staging })).json().projects, {}, 'as everywhere')
  await command('PUT', '/lifecycle', { project: demo.staging, provisioning: '0s' })
  t.same((await command('PUT', '/lifecycle', {})).json(), { all: {}, projects: {} }, 'as the settings say')
})

test('a plan that contradicts itself is refused', async (t) => {
  const { command } = await start(t)
  const cases: [object, string][] = [
    [{ provisioning: 'manual', outcome: 'ACTIVE' }, '/outcome'],
    [{ activeAfter: '1s' }, '/activeAfter'],
    [{ outcome: 'ACTIVE', errorMessage: 'x' }, '/errorMessage'],
    [{ outcome: 'DELETING' }, '/outcome'],
    [{ provisioning: 'soon' }, '/provisioning'],
    [{ provisioning: { reads: 0 } }, '/provisioning/reads'],
    [{ provisioning: { reads: 1_000_001 } }, '/provisioning/reads'],
    [{ deletion: { reads: 1.5 } }, '/deletion/reads'],
    [{ deletion: { times: 1 } }, '/deletion'],
    [{ deletion: 'manual' }, '/deletion'],
    [{ deletionOutcome: 'ACTIVE' }, '/deletionOutcome'],
    [{ deletionOutcome: 'GONE', errorMessage: 'x' }, '/errorMessage'],
    [{ deletable: 'never' }, '/deletable'],
    [{ project: 'x' }, '/project'],
    [{ project: 'f'.repeat(24) }, '/project'],
    [{ projects: project }, ''],
  ]
  for (const [body, pointer] of cases) {
    const response = await command('PUT', '/lifecycle', body)
    t.match(response.json(), { status: 400, errors: [{ pointer }] }, JSON.stringify(body))
  }
  t.same((await command('GET', '/lifecycle')).json(), { all: {}, projects: {} })
})

test('an endpoint is moved to any status, at once or later', async (t) => {
  const bench = await start(t, ['--provisioning', 'manual'])
  const { call, command } = bench
  const { id } = await bench.create()
  const move = (body: object) => command('PATCH', `/privateEndpoints/${id}`, body)
  const get = async () => (await call('GET', `${path}/${id}`)).json()

  const pending = await move({ status: 'PENDING_ACCEPTANCE' })
  t.match(pending.json(), { id, project, status: 'PENDING_ACCEPTANCE', transitions: [], goneAt: null })
  const { privateEndpointConnectionName: name } = pending.json()
  t.match(name, /^vpce-[0-9a-f]{17}$/)
  t.match(await get(), { status: 'PENDING_ACCEPTANCE', privateEndpointConnectionName: name })
  t.match((await move({ status: 'ACTIVE', after: 'PT10S' })).json(), {
    status: 'PENDING_ACCEPTANCE',
    transitions: [{ at: '2026-01-01T00:00:10.000Z', status: 'ACTIVE', privateEndpointConnectionName: name }],
  })
  t.match((await move({ status: 'FAILED', after: '20s', errorMessage: 'Rejected.' })).json().transitions, [
    { status: 'ACTIVE' },
    { status: 'FAILED', errorMessage: 'Rejected.', privateEndpointConnectionName: null },
  ])
  await command('POST', '/clock', { advance: '10s' })
  t.match(await get(), { status: 'ACTIVE' })
  t.match((await move({ status: 'PENDING_RECREATION', privateEndpointConnectionName: null, recreate: false })).json(), {
    status: 'PENDING_RECREATION',
    privateEndpointConnectionName: null,
    transitions: [],
  })
  t.match((await move({ status: 'INITIATING' })).json(), { status: 'INITIATING' })
  t.match((await move({ status: 'FAILED' })).json(), { errorMessage: 'The private endpoint could not be created.' })
  t.match((await move({ status: 'FAILED', errorMessage: 'Again.' })).json(), { errorMessage: 'Again.' })
  t.match((await move({ status: 'DELETING' })).json(), { status: 'DELETING', goneAt: '2026-01-01T00:00:11.000Z' })
  await command('POST', '/clock', { advance: '1s' })
  t.equal((await move({ status: 'ACTIVE' })).statusCode, 404)
})

test('a deletion to come, one that never ends, one that is called off', async (t) => {
  const bench = await start(t, ['--provisioning', '0s'])
  const { call, command } = bench
  const { id } = await bench.create()
  const move = async (body: object) => (await command('PATCH', `/privateEndpoints/${id}`, body)).json()
  const status = async () => (await call('GET', `${path}/${id}`)).json().status
  t.match(await move({ status: 'DELETING', after: '10s', goneAfter: 'PT20S' }), {
    status: 'ACTIVE',
    goneAt: '2026-01-01T00:00:30.000Z',
  })
  t.equal((await call('DELETE', `${path}/${id}`)).statusCode, 204)
  t.equal(await status(), 'DELETING', 'a DELETE does not wait for it')
  t.match(await move({ status: 'DELETING', goneAfter: null }), { goneAt: null })
  await command('POST', '/clock', { advance: '24h' })
  const state = (await command('GET', '/state')).json()
  t.match(state.projects[0].privateEndpoints, [{ id, status: 'DELETING', goneAt: undefined }])
  const refused = await move({ status: 'ACTIVE' })
  t.match(refused, {
    status: 409,
    detail: 'Atlas never makes a private endpoint that is DELETING ACTIVE. Send "force":true to do it all the same.',
    errors: [{ detail: 'allowed: DELETING', pointer: '/status' }],
  })
  t.match(await move({ status: 'ACTIVE', force: true }), { status: 'ACTIVE', goneAt: null })
})

test('transitions that Atlas never makes are refused unless forced', async (t) => {
  const bench = await start(t, ['--provisioning', 'manual'])
  const { command } = bench
  const { id } = await bench.create()
  const move = (status: string, force: boolean) =>
    command('PATCH', `/privateEndpoints/${id}`, {
      status,
      force,
      ...(status === 'DELETING' && { goneAfter: null }),
      ...(status === 'PENDING_RECREATION' && { recreate: false }),
    })
  const possible: Record<string, string> = {}
  for (const from of statuses) {
    const allowed = []
    for (const to of statuses) {
      t.equal((await move(from, true)).statusCode, 200)
      const { statusCode } = await move(to, false)
      t.ok([200, 409].includes(statusCode))
      if (statusCode === 200) allowed.push(to)
    }
    possible[from] = allowed.join(' ')
  }
  t.same(possible, {
    INITIATING: 'INITIATING PENDING_ACCEPTANCE ACTIVE FAILED DELETING',
    PENDING_ACCEPTANCE: 'PENDING_ACCEPTANCE ACTIVE FAILED PENDING_RECREATION DELETING',
    ACTIVE: 'ACTIVE FAILED PENDING_RECREATION DELETING',
    FAILED: 'FAILED PENDING_RECREATION DELETING',
    PENDING_RECREATION: 'INITIATING PENDING_ACCEPTANCE ACTIVE FAILED PENDING_RECREATION DELETING',
    DELETING: 'DELETING',
  })
})

test('a move that makes no sense is refused', async (t) => {
  const bench = await start(t)
  const { id } = await bench.create()
  const cases: [object, string][] = [
    [{ status: 'GONE' }, '/status'],
    [{}, '/status'],
    [{ status: 'ACTIVE', errorMessage: 'x' }, '/errorMessage'],
    [{ status: 'ACTIVE', goneAfter: '1s' }, '/goneAfter'],
    [{ status: 'ACTIVE', recreate: false }, '/recreate'],
    [{ status: 'DELETING', goneAfter: { reads: 0 } }, '/goneAfter/reads'],
    [{ status: 'ACTIVE', after: 'later' }, '/after'],
    [{ status: 'ACTIVE', privateEndpointConnectionName: 'x' }, '/privateEndpointConnectionName'],
  ]
  for (const [body, pointer] of cases) {
    const response = await bench.command('PATCH', `/privateEndpoints/${id}`, body)
    t.match(response.json(), { status: 400, errors: [{ pointer }] }, JSON.stringify(body))
  }
  t.match((await bench.command('PATCH', '/privateEndpoints/x', { status: 'ACTIVE' })).json(), {
    status: 404,
    detail: 'There is no private endpoint with the id x.',
  })
})

test('what is far in the future stays there in a snapshot and an export', async (t) => {
  const { call, command, create } = await start(t)
  await command('PUT', '/lifecycle', { provisioning: '99999999h' })
  await create()
  await command('PUT', '/snapshots/far')
  t.equal((await command('POST', '/snapshots/far/restore')).statusCode, 200)
  const status = async () => (await call('GET', path)).json().results[0].status
  t.equal(await status(), 'INITIATING')
  const state = (await command('GET', '/state?secrets=true')).json()
  t.equal((await command('PUT', '/state', state)).statusCode, 200)
  t.equal(await status(), 'INITIATING')
})

test('a deletion may end FAILED, and be tried again [endpoint-deleting-until-gone] [endpoint-error-message]', async (t) => {
  const { call, command, create, clock } = await start(t)
  await command('PUT', '/lifecycle', { deletion: '10s', deletionOutcome: 'FAILED', errorMessage: 'Still in use.' })
  const { id } = await create()
  clock.advance(2000)
  const get = async () => (await call('GET', `${path}/${id}`)).json()
  t.match(await get(), { status: 'ACTIVE', errorMessage: null })
  t.equal((await call('DELETE', `${path}/${id}`)).statusCode, 204)
  clock.advance(9999)
  t.equal((await call('DELETE', `${path}/${id}`)).statusCode, 204, 'changes nothing')
  t.match(await get(), { status: 'DELETING', errorMessage: null, privateEndpointConnectionName: /^vpce-/ })
  const before = (await command('GET', '/state')).json()
  await command('PUT', '/state', before)
  t.strictSame((await command('GET', '/state')).json(), before)
  clock.advance(1)
  const failed = { status: 'FAILED', errorMessage: 'Still in use.', privateEndpointConnectionName: null }
  t.match(await get(), failed)
  clock.advance(60_000)
  t.match(await get(), failed)
  await command('PUT', '/lifecycle', { deletion: { reads: 1 }, deletionOutcome: 'FAILED' })
  t.match((await command('PATCH', `/privateEndpoints/${id}`, { status: 'DELETING' })).json(), {
    status: 'DELETING',
    transitions: [{ status: 'FAILED', reads: 1, errorMessage: 'The private endpoint could not be deleted.' }],
    goneAt: null,
  })
  t.match(await get(), { status: 'DELETING' })
  t.match(await get(), { status: 'FAILED' })
  await command('PUT', '/lifecycle', { deletion: '0s', deletionOutcome: 'GONE' })
  t.equal((await call('DELETE', `${path}/${id}`)).statusCode, 204)
  t.equal((await call('GET', `${path}/${id}`)).statusCode, 404)
})

test('a DELETE of one that is INITIATING is refused where the plan says "settled" [endpoint-delete-blocked]', async (t) => {
  const { call, command, create, clock } = await start(t)
  await command('PUT', '/lifecycle', { project, deletable: 'settled' })
  const { id } = await create()
  const refused = await call('DELETE', `${path}/${id}`)
  t.equal(refused.statusCode, 400)
  const detail = `Failed to delete Encryption at Rest Private endpoint with id [${id}] during IN_PROGRESS state. Please try again later.`
  const error = {
    detail,
    error: 400,
    errorCode: 'ENCRYPTION_AT_REST_PRIVATE_ENDPOINT_DELETE_BLOCKED_DURING_PROVISIONING',
    parameters: [`[${id}]`],
    reason: 'Bad Request',
  }
  t.strictSame(refused.json(), error)
  t.equal((await call('DELETE', `${path}/${'f'.repeat(24)}`)).statusCode, 404)
  t.equal((await call('GET', `${path}/${id}`)).json().status, 'INITIATING')
  clock.advance(2000)
  const faulted = await call('DELETE', `${path}/${id}`, { headers: { 'x-emulator-fault': error.errorCode } })
  t.strictSame(faulted.json(), error, 'a fault has the same text')
  t.equal((await call('DELETE', `${path}/${id}`)).statusCode, 204)
  for (const [outcome, regionName] of [
    ['PENDING_ACCEPTANCE', 'EU_WEST_1'],
    ['FAILED', 'EU_WEST_2'],
  ] as const) {
    await command('PUT', '/lifecycle', { project, deletable: 'settled', outcome })
    const { id: settled } = await create({ cloudProvider: 'AWS', regionName })
    clock.advance(2000)
    t.equal((await call('DELETE', `${path}/${settled}`)).statusCode, 204, outcome)
  }
  await command('PUT', '/lifecycle', { project, deletable: 'always', provisioning: 'manual' })
  const { id: next } = await create({ cloudProvider: 'AWS', regionName: 'US_WEST_2' })
  t.equal(
    (await call('DELETE', `${path}/${next}`)).statusCode,
    204,
    'always, as by default [endpoint-delete-initiating]',
  )
})
