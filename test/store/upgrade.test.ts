import { readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { test } from 'tap'
import { path, start } from '../support/emulator.js'

const account = { id: 'mdb_sa_id_000000000000000000000001' }
const project = '32b6e34b3d91647abb20e7b8'

test('a database file that version 0.1.0 wrote keeps its endpoints, faults, versions and snapshots', async (t) => {
  const file = `${t.testdir()}/atlas.db`
  writeFileSync(file, gunzipSync(readFileSync(new URL('written-by-0.1.0.db.gz', import.meta.url))))
  const { command, call } = await start(t, ['--db', file])
  const state = (await command('GET', '/state')).json()
  t.match(state, {
    organizations: [{ name: 'Acme', apiAccessListRequired: true }],
    serviceAccounts: [{ clientId: account.id }],
    versions: { privateEndpoints: [{ date: '2024-11-13', sunset: '2030-01-01' }, { date: '2025-06-01' }] },
    clock: { frozen: '2026-03-01T00:00:00.000Z' },
    faults: [{ id: 'one', errorCode: 'NO_CAPACITY', match: { operationId: /BackupPrivateEndpoint$/ } }],
  })
  const [shop] = state.projects
  t.match(shop, { id: project, rateLimit: '1000/500/60', lifecycle: { provisioning: 'manual' } })
  const regions = shop.privateEndpoints.map((endpoint: Record<string, unknown>) => [
    endpoint.id,
    endpoint.regionName,
    endpoint.vpcRegionName,
    endpoint.status,
  ])
  t.strictSame(regions, [
    ['6650c3d2e4cb603d9f000001', 'US_EAST_1', 'US_EAST_1', 'DELETING'],
    ['6650c3d2e4cb603d9f000002', 'EU_WEST_1', 'EU_WEST_2', 'INITIATING'],
    ['197eb2a6f8ce020b24953c1a', 'SA_EAST_1', 'SA_EAST_1', 'INITIATING'],
  ])
  t.match(shop.privateEndpoints[1].transitions, [{ at: '2026-06-01T00:00:00.000Z', status: 'FAILED' }])

  const { counts } = (await command('GET', '/health')).json()
  t.equal(counts.privateEndpoints, 3, 'endpoints that an older version stored are counted')

  const taken = await call('POST', path, { body: { cloudProvider: 'AWS', regionName: 'SA_EAST_1' } })
  t.equal(taken.statusCode, 409, 'a place stays taken')
  const created = await call('POST', path, { body: { cloudProvider: 'AWS', regionName: 'AF_SOUTH_1' } })
  t.equal(created.statusCode, 201)
  t.equal((await call('GET', path)).json().results.at(-1).id, created.json().id, 'the newest comes last')

  t.equal((await command('POST', '/snapshots/before/restore')).statusCode, 200)
  const restored = (await call('GET', path)).json().results
  t.match(restored, [
    { id: '6650c3d2e4cb603d9f000001', status: 'ACTIVE' },
    { id: '6650c3d2e4cb603d9f000002', status: 'INITIATING' },
  ])
  t.equal(restored.length, 2)
})
