import { type Test, test } from 'tap'
import { defaultWorld, fixtureFile, path, start, type TestBench } from '../../support/emulator.js'

const body = { cloudProvider: 'AWS', regionName: 'US_EAST_1' }

async function show({ call }: TestBench, id: string) {
  return (await call('GET', `${path}/${id}`)).json()
}

/** An emulator whose project has these private endpoints. */
async function having(t: Test, privateEndpoints: object[]) {
  const world = defaultWorld()
  Object.assign(world.projects[0] as object, { privateEndpoints })
  return start(t, ['--fixtures', fixtureFile(t, world)])
}

test('AWS is the only provider, in the path and in the body [endpoint-provider-aws]', async (t) => {
  const { call } = await start(t)
  for (const cloudProvider of ['AZURE', 'GCP', 'aws', '']) {
    const refused = await call('POST', path, { body: { ...body, cloudProvider } })
    t.match(refused.json(), { error: 400, errorCode: 'INVALID_ENUM_VALUE' }, cloudProvider)
    if (cloudProvider === '') continue
    const elsewhere = await call('GET', path.replace('AWS', cloudProvider))
    t.match(elsewhere.json(), { error: 400, errorCode: 'VALIDATION_ERROR' }, cloudProvider)
  }
  t.equal((await call('POST', path, { body })).statusCode, 201)
})

test('bucket and interface endpoint may be in any of 27 regions [endpoint-regions]', async (t) => {
  const { create } = await start(t)
  const regions = [
    ...['US_GOV_WEST_1', 'US_GOV_EAST_1', 'US_EAST_1', 'US_EAST_2', 'US_WEST_1', 'US_WEST_2', 'CA_CENTRAL_1'],
    ...['EU_NORTH_1', 'EU_WEST_1', 'EU_WEST_2', 'EU_WEST_3', 'EU_CENTRAL_1', 'AP_EAST_1', 'AP_NORTHEAST_1'],
    ...['AP_NORTHEAST_2', 'AP_NORTHEAST_3', 'AP_SOUTHEAST_1', 'AP_SOUTHEAST_2', 'AP_SOUTHEAST_3', 'AP_SOUTH_1'],
    ...['SA_EAST_1', 'CN_NORTH_1', 'CN_NORTHWEST_1', 'ME_SOUTH_1', 'AF_SOUTH_1', 'EU_SOUTH_1', 'GLOBAL'],
  ]
  t.equal(new Set(regions).size, 27)
  for (const [i, regionName] of regions.entries()) {
    const vpcRegionName = regions.at(i - 1)
    t.match(await create({ cloudProvider: 'AWS', regionName, vpcRegionName }), { regionName, vpcRegionName })
  }
})

test('an endpoint has one of six statuses, and a failed one says why [endpoint-statuses] [endpoint-error-message]', async (t) => {
  const statuses = ['INITIATING', 'PENDING_ACCEPTANCE', 'ACTIVE', 'FAILED', 'PENDING_RECREATION', 'DELETING']
  const regions = ['US_EAST_1', 'US_EAST_2', 'US_WEST_1', 'US_WEST_2', 'EU_WEST_1', 'EU_WEST_2']
  const { call } = await having(
    t,
    statuses.map((status, i) => ({
      regionName: regions[i],
      status,
      ...(status === 'FAILED' && { errorMessage: 'No route.' }),
    })),
  )
  const { results } = (await call('GET', path)).json()
  t.strictSame(
    results.map(({ status }: { status: string }) => status),
    statuses,
  )
  t.match(results[3], { status: 'FAILED', errorMessage: 'No route.' })
})

test('the interface endpoint has its name once it exists [endpoint-connection-name-late] [endpoint-connection-name-form]', async (t) => {
  const bench = await start(t)
  const { id } = await bench.create()
  t.equal((await show(bench, id)).privateEndpointConnectionName ?? null, null)
  bench.clock.advance(2000)
  t.match((await show(bench, id)).privateEndpointConnectionName, /^vpce-[0-9a-f]{17}$/)
  for (const [outcome, regionName, name] of [
    ['PENDING_ACCEPTANCE', 'US_WEST_1', /^vpce-[0-9a-f]{17}$/],
    ['FAILED', 'US_WEST_2', null],
  ] as const) {
    await bench.command('PUT', '/lifecycle', { outcome })
    const { id } = await bench.create({ ...body, regionName })
    t.match(await show(bench, id), { status: 'INITIATING', privateEndpointConnectionName: null })
    bench.clock.advance(2000)
    t.match(await show(bench, id), { status: outcome, privateEndpointConnectionName: name })
  }
})

test('a create names provider and region, and may name the region of the VPC [endpoint-request]', async (t) => {
  const { call, create } = await start(t)
  for (const missing of ['cloudProvider', 'regionName']) {
    const refused = await call('POST', path, { body: { ...body, [missing]: undefined } })
    t.match(refused.json(), { errorCode: 'MISSING_ATTRIBUTE', parameters: [missing] })
  }
  t.match(await create(body), { regionName: 'US_EAST_1', vpcRegionName: 'US_EAST_1' })
  const cross = { ...body, vpcRegionName: 'US_WEST_2' }
  t.match(await create(cross), { regionName: 'US_EAST_1', vpcRegionName: 'US_WEST_2' })
})

test('an endpoint starts INITIATING, and stays so for a while [endpoint-starts-initiating] [endpoint-initiating-lasts]', async (t) => {
  const bench = await start(t, ['--provisioning', '3m'])
  const created = await bench.create()
  t.match(created, { status: 'INITIATING' })
  bench.clock.advance(179_999)
  t.match(await show(bench, created.id), { status: 'INITIATING' })
  bench.clock.advance(1)
  t.match(await show(bench, created.id), { status: 'ACTIVE' })
})

test('a create ends in ACTIVE by itself, or as its plan says [endpoint-settles]', async (t) => {
  for (const outcome of ['ACTIVE', 'PENDING_ACCEPTANCE', 'FAILED']) {
    const bench = await start(t)
    if (outcome !== 'ACTIVE') await bench.command('PUT', '/lifecycle', { outcome })
    const { id } = await bench.create()
    for (const milliseconds of [2000, 3_000_000]) {
      bench.clock.advance(milliseconds)
      t.match(await show(bench, id), { status: outcome })
    }
  }
})

test('an endpoint may be deleted while INITIATING, and again while DELETING [endpoint-delete-initiating] [endpoint-delete-twice]', async (t) => {
  const bench = await start(t)
  const { id } = await bench.create()
  t.match(await show(bench, id), { status: 'INITIATING' })
  const remove = async () => (await bench.call('DELETE', `${path}/${id}`)).statusCode
  t.equal(await remove(), 204)
  bench.clock.advance(600)
  const before = await show(bench, id)
  t.match(before, { status: 'DELETING' })
  t.equal(await remove(), 204)
  t.strictSame(await show(bench, id), before)
  bench.clock.advance(400)
  t.equal((await bench.call('GET', `${path}/${id}`)).statusCode, 404, 'no later than without the second one')
})
