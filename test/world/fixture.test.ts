import { readFileSync } from 'node:fs'
import { test } from 'tap'
import { createEmulator } from '../../src/emulator.js'
import { statuses } from '../../src/vocabulary.js'
import { parseFixture } from '../../src/world/fixture.js'
import {
  defaultWorld,
  demo,
  fixtureFile,
  memoryLogger,
  path,
  project,
  settingsFor,
  start,
} from '../support/emulator.js'

const read = (name: string) => readFileSync(new URL(`../../fixtures/${name}.json`, import.meta.url), 'utf8')
const organizationId = '32b6e34b3d91647abb20e7a0'

type Change = (fixture: ReturnType<typeof world>) => void

/** A fixture to break: the default one, with two endpoints. */
function world() {
  const fixture = JSON.parse(read('default'))
  fixture.projects[0].privateEndpoints = [
    { regionName: 'US_EAST_1', status: 'INITIATING', transitions: [{ status: 'ACTIVE', after: '1s' }] },
    { regionName: 'US_EAST_1', vpcRegionName: 'US_EAST_2', id: 'aaaaaaaaaaaaaaaaaaaaaaaa' },
  ]
  return fixture
}

function problem(change: Change): string {
  const fixture = world()
  change(fixture)
  try {
    parseFixture(JSON.stringify(fixture), 'x.json')
  } catch (error) {
    return (error as Error).message
  }
  return 'none'
}

test('the fixtures that come with the emulator can be used', async (t) => {
  t.equal(parseFixture(read('default'), 'default').projects[0]?.id, project)
  const shown = parseFixture(read('demo'), 'demo')
  t.equal(shown.organizations.length, 3)
  const used = new Set(shown.projects.flatMap(({ privateEndpoints }) => privateEndpoints?.map(({ status }) => status)))
  for (const status of statuses) t.ok(used.has(status), status)
  t.equal(
    problem(() => {}),
    'none',
  )
  t.ok(parseFixture(`\uFEFF${read('default')}`, 'with a byte order mark'))
})

test('the README’s example can be used', async (t) => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const [, example = ''] = /^```json\n(.*?)^```/ms.exec(readme) ?? []
  t.equal(parseFixture(example, 'README.md').projects[0]?.name, 'Shop')
})

test('a deletion that is under way, and times of day for what is to come', async (t) => {
  const fixture = defaultWorld()
  Object.assign(fixture.organizations[0] as object, { apiAccessListRequired: false })
  Object.assign(fixture.projects[0] as object, {
    rateLimit: 'atlas',
    privateEndpoints: [
      { regionName: 'US_EAST_1', status: 'DELETING', goneAfter: '10s' },
      { regionName: 'US_EAST_2', status: 'DELETING', goneAt: '2026-01-01T00:00:20Z' },
      {
        regionName: 'US_WEST_1',
        status: 'ACTIVE',
        transitions: [{ status: 'DELETING', at: '2026-01-01T00:00:05Z' }],
        goneAt: '2026-01-01T00:00:30Z',
      },
      { regionName: 'US_WEST_2', goneAfter: undefined },
    ],
  })
  const { call, command, clock } = await start(t, ['--fixtures', fixtureFile(t, fixture)])
  const left = async () =>
    (await call('GET', path))
      .json()
      .results.map(({ status, regionName }: Record<string, string>) => `${regionName} ${status}`)
  const others = ['US_WEST_2 ACTIVE']
  clock.advance(9999)
  t.same(await left(), ['US_EAST_1 DELETING', 'US_EAST_2 DELETING', 'US_WEST_1 DELETING', ...others])
  clock.advance(1)
  t.same(await left(), ['US_EAST_2 DELETING', 'US_WEST_1 DELETING', ...others])
  t.match((await command('GET', '/state')).json().projects[0], {
    rateLimit: '1200/500/60',
    privateEndpoints: [{ goneAt: '2026-01-01T00:00:20.000Z' }, { goneAt: '2026-01-01T00:00:30.000Z' }, {}],
  })
  clock.advance(20_000)
  t.same(await left(), others)
})

test('an organization that requires access lists is exported as one', async (t) => {
  const fixture = defaultWorld()
  const [organization] = fixture.organizations
  Object.assign(organization as object, { apiAccessListRequired: true })
  Object.assign(fixture.projects[0] as object, { rateLimit: 'off' })
  const { command } = await start(t, ['--fixtures', fixtureFile(t, fixture)])
  const state = (await command('GET', '/state')).json()
  t.same(state.organizations, [organization])
  t.equal(state.projects[0].rateLimit, 'off')
})

test('a clock that a fixture sets', async (t) => {
  const frozen = { ...defaultWorld(), clock: { frozen: '2031-01-01T00:00:00Z' } }
  const { command } = await start(t, ['--fixtures', fixtureFile(t, frozen)])
  t.match((await command('GET', '/clock')).json(), { now: '2031-01-01T00:00:00.000Z', frozen: true })
  const far = fixtureFile(t, { ...defaultWorld(), clock: { offset: -90_000_000_000_000 } })
  await t.rejects(createEmulator(settingsFor('--fixtures', far)), {
    message: `The fixture ${far} cannot be used:\n  $.clock: leads to a time before 1970 or after 9998`,
  })
})

test('what is wrong is told with source, JSON path, what was found and what is allowed', async (t) => {
  const cases: [Change, string][] = [
    [
      (f) => {
        f.projects[0].privateEndpoints[0].regionName = 'US_EST_1'
      },
      '$.projects[0].privateEndpoints[0].regionName: found "US_EST_1"; allowed: US_GOV_WEST_1, US_GOV_EAST_1, US_EAST_1',
    ],
    [
      (f) => {
        f.apiKeys[0].secret = 'x'
      },
      '$.apiKeys[0]: found the unknown property "secret"; allowed: publicKey, privateKey, orgId, roles, accessList',
    ],
    [
      (f) => {
        delete f.apiKeys[0].privateKey
      },
      '$.apiKeys[0].privateKey: is missing',
    ],
    [
      (f) => {
        f.projects[0].clusterCount = -1
      },
      '$.projects[0].clusterCount: found -1; allowed: integer from 0 (0 when missing)',
    ],
    [
      (f) => {
        f.projects[0].name = ''
      },
      '$.projects[0].name: found ""; allowed: string, not empty (Its name)',
    ],
    [
      (f) => {
        f.projects[0].id = 'x'.repeat(100)
      },
      `$.projects[0].id: found "${'x'.repeat(79)}…; allowed: string (The id of the project: 24 lower-case hex digits)`,
    ],
    [
      (f) => {
        f.projects[0].privateEndpoints[0].errorMessage = 1
      },
      '$.projects[0].privateEndpoints[0].errorMessage: found 1; allowed: string or null (What went wrong',
    ],
    [
      (f) => {
        f.projects[0].privateEndpoints[0].transitions[0].after = '1 s'
      },
      '$.projects[0].privateEndpoints[0].transitions[0].after: found "1 s"; allowed: string (How long after',
    ],
    [
      (f) => {
        f.projects[0].created = '2026-02-30T00:00:00Z'
      },
      '$.projects[0].created: found "2026-02-30T00:00:00Z"; allowed: a date and time that exist',
    ],
    [
      (f) => {
        f.projects[0].created = '2026-02-03T25:00:00Z'
      },
      '$.projects[0].created: found "2026-02-03T25:00:00Z"; allowed: a date and time that exist',
    ],
    [
      (f) => {
        f.organizations.push(f.organizations[0])
      },
      `$.organizations[1].id: found "${organizationId}", which another entry has`,
    ],
    [
      (f) => {
        f.projects.push({ ...f.projects[0], privateEndpoints: [] })
      },
      `$.projects[1].id: found "${project}", which another entry has`,
    ],
    [
      (f) => {
        f.projects[0].orgId = project
      },
      `$.projects[0].orgId: found "${project}"; allowed: the id of one of the fixture's organizations`,
    ],
    [
      (f) => {
        f.serviceAccounts[0].accessList = ['10.0.0.1', '10.0.0.0/33']
      },
      '$.serviceAccounts[0].accessList[1]: found "10.0.0.0/33"; allowed: string (An IPv4 or IPv6 address, or a CIDR block',
    ],
    [
      (f) => {
        f.organizations[0].apiAccessListRequired = 'yes'
      },
      '$.organizations[0].apiAccessListRequired: found "yes"; allowed: boolean (Whether its credentials',
    ],
    [
      (f) => {
        f.projects[0].rateLimit = '10/0/5'
      },
      '$.projects[0].rateLimit: found "10/0/5"; allowed: string (Of its cloud backups: atlas, off, or',
    ],
    [
      (f) => {
        f.privateEndpointVersions = []
      },
      '$.privateEndpointVersions: found []; allowed: array, not empty (The versions',
    ],
    [
      (f) => {
        f.privateEndpointVersions = [{ date: '2024-02-30' }]
      },
      '$.privateEndpointVersions[0].date: found "2024-02-30"; allowed: string (The day it is released: a calendar date',
    ],
    [
      (f) => {
        f.privateEndpointVersions = [{ date: '2024-11-13' }, { date: '2024-11-13' }]
      },
      '$.privateEndpointVersions[1].date: found "2024-11-13"; allowed: a day after 2024-11-13, that of the version above',
    ],
    [
      (f) => {
        f.privateEndpointVersions = [{ date: '2024-11-13', sunset: '2025-01-01' }, { date: '2025-01-01' }]
      },
      '$.privateEndpointVersions[0].sunset: found "2025-01-01"; allowed: a day after 2025-01-01, when the version below succeeds it',
    ],
    [
      (f) => {
        f.privateEndpointVersions = [{ date: '2024-11-13', sunset: '2024-11-13' }]
      },
      '$.privateEndpointVersions[0].sunset: found "2024-11-13"; allowed: a day after 2024-11-13, when it is released',
    ],
    [
      (f) => {
        f.projects[0].privateEndpoints[1].vpcRegionName = 'US_EAST_1'
      },
      '$.projects[0].privateEndpoints[1]: found a second endpoint for US_EAST_1 US_EAST_1',
    ],
    [
      (f) => {
        f.projects[0].privateEndpoints[0].id = 'aaaaaaaaaaaaaaaaaaaaaaaa'
      },
      '$.projects[0].privateEndpoints[1].id: found "aaaaaaaaaaaaaaaaaaaaaaaa", which another entry has',
    ],
    [
      (f) => {
        delete f.projects[0].privateEndpoints[0].status
      },
      '$.projects[0].privateEndpoints[0]: found transitions without a status',
    ],
    [
      (f) => {
        f.projects[0].privateEndpoints[1].errorMessage = 'No.'
      },
      '$.projects[0].privateEndpoints[1]: found errorMessage without a status',
    ],
    [
      (f) => {
        f.projects[0].privateEndpoints[0].transitions[0].errorMessage = 'No.'
      },
      '$.projects[0].privateEndpoints[0]: found an errorMessage with another status than FAILED',
    ],
    [
      (f) => {
        f.projects[0].clusterCount = 1e300
      },
      '$.projects[0].clusterCount: found 1e+300; allowed: integer up to 1000000 (0 when missing)',
    ],
    [
      (f) => {
        f.projects[0].created = '2026-02-03T24:00:00Z'
      },
      '$.projects[0].created: found "2026-02-03T24:00:00Z"; allowed: a date and time that exist',
    ],
    [
      (f) => {
        f.projects[0].privateEndpoints[0].transitions.push({ status: 'FAILED', after: '999ms' })
      },
      '$.projects[0].privateEndpoints[0].transitions[1].after: found "999ms", which comes before the one above it',
    ],
    [
      (f) => {
        f.projects[0].privateEndpoints[0].transitions = [
          { status: 'ACTIVE', at: '2026-01-01T00:00:01Z' },
          { status: 'FAILED', at: '2026-01-01T00:00:00Z' },
        ]
      },
      '$.projects[0].privateEndpoints[0].transitions[1].at: found "2026-01-01T00:00:00Z", which comes before the one',
    ],
    [
      (f) => {
        f.projects[0].privateEndpoints[0].transitions = [{ status: 'ACTIVE', at: '2026-02-30T00:00:01Z' }]
      },
      '$.projects[0].privateEndpoints[0].transitions[0].at: found "2026-02-30T00:00:01Z"; allowed: a date and time that',
    ],
    [
      (f) => {
        f.projects[0].privateEndpoints[0].transitions.push({ status: 'FAILED', at: '2026-01-01T00:00:01Z' })
      },
      '$.projects[0].privateEndpoints[0].transitions[1]: found no after, or at beside it; allowed: in one endpoint, either',
    ],
    [
      (f) => {
        f.projects[0].privateEndpoints[0].goneAfter = '1s'
      },
      '$.projects[0].privateEndpoints[0].goneAfter: found with another last status; allowed: with DELETING',
    ],
    [
      (f) => {
        Object.assign(f.projects[0].privateEndpoints[0], { goneAfter: '1s', goneAt: '2026-01-01T00:00:00Z' })
      },
      '$.projects[0].privateEndpoints[0].goneAt: found beside goneAfter; allowed: one of the two',
    ],
    [
      (f) => {
        f.serviceAccounts.push(f.serviceAccounts[0])
      },
      '$.serviceAccounts[1].clientId: found "mdb_sa_id_000000000000000000000001", which another entry has',
    ],
    [
      (f) => {
        f.serviceAccounts[0].orgId = project
      },
      `$.serviceAccounts[0].orgId: found "${project}"; allowed: the id of one of the fixture's organizations`,
    ],
    [
      (f) => {
        f.apiKeys[0].roles[0] = { roleName: 'ORG_OWNER', groupId: project }
      },
      `$.apiKeys[0].roles[0]: found {"groupId":"${project}"}; allowed: {"orgId":"${organizationId}"}`,
    ],
    [
      (f) => {
        f.apiKeys[0].roles[0] = { roleName: 'ORG_OWNER', groupId: project, orgId: organizationId }
      },
      '$.apiKeys[0].roles[0]: found {"groupId"',
    ],
    [
      (f) => {
        f.apiKeys[0].roles[0] = { roleName: 'GROUP_OWNER' }
      },
      "$.apiKeys[0].roles[0]: found {}; allowed: a groupId, one of the organization's projects",
    ],
    [
      (f) => {
        f.apiKeys[0].roles[0] = { roleName: 'GROUP_OWNER', groupId: organizationId }
      },
      `$.apiKeys[0].roles[0]: found {"groupId":"${organizationId}"}; allowed: a groupId`,
    ],
    [
      (f) => {
        f.apiKeys[0].roles[0] = { roleName: 'GROUP_OWNER', groupId: project, orgId: organizationId }
      },
      '$.apiKeys[0].roles[0]: found {"groupId"',
    ],
  ]
  for (const [change, expected] of cases) {
    const message = problem(change)
    t.ok(message.startsWith(`The fixture x.json cannot be used:\n  ${expected}`), `${expected}\n${message}`)
  }
})

test('of many problems the first ten are told', async (t) => {
  const message = problem((f) => {
    f.projects[0].tags = Array.from({ length: 15 }, () => 1)
  })
  t.equal(message.split('\n').length, 12)
  t.match(message, /and 5 more$/)
})

test('text that is no JSON is told on one line', async (t) => {
  t.throws(() => parseFixture('{"a":\n,}', 'x.json'), { message: /^The fixture x\.json is no JSON: [^\n]+$/ })
})

test('a file that cannot be read, or used, leaves nothing behind', async (t) => {
  const dir = t.testdir({ 'bad.json': '{}' })
  await t.rejects(createEmulator(settingsFor('--fixtures', `${dir}/none.json`)), {
    message: /none\.json cannot be read: ENOENT.*Allowed: default, demo, sunset, or the path of a JSON file\./,
  })
  const db = `${dir}/atlas.db`
  await t.rejects(createEmulator(settingsFor('--db', db, '--fixtures', `${dir}/bad.json`)), {
    message: /bad\.json cannot be used/,
  })
  const { emulator } = await start(t, ['--db', db])
  t.ok(emulator.loaded, 'the database is still empty')
})

test('a status given in a fixture stays until someone acts', async (t) => {
  const { call, clock } = await start(t, ['--fixtures', 'demo'])
  const list = async (id: string) =>
    (await call('GET', `/api/atlas/v2/groups/${id}/backup/AWS/privateEndpoints`)).json().results
  const before = await list(demo.production)
  clock.advance(3_599_999)
  t.same(await list(demo.production), before)
  t.same(
    before.map(({ status }: { status: string }) => status),
    ['ACTIVE', 'ACTIVE', 'ACTIVE', 'PENDING_RECREATION'],
  )
})

test('transitions happen as listed; an endpoint without a status is created as the fixture is loaded', async (t) => {
  const fixture = world()
  fixture.projects[0].privateEndpoints = [
    {
      regionName: 'US_EAST_1',
      status: 'PENDING_ACCEPTANCE',
      privateEndpointConnectionName: 'vpce-0123456789abcdef0',
      transitions: [
        { status: 'FAILED', after: '1m', errorMessage: 'Rejected.' },
        { status: 'ACTIVE', after: '1m' },
        { status: 'PENDING_RECREATION', after: '2m', privateEndpointConnectionName: null },
      ],
    },
    { regionName: 'US_EAST_2', status: 'DELETING' },
    { regionName: 'US_WEST_1' },
  ]
  fixture.projects[0].privateEndpoints[0].transitions[1].after = '90s'
  const file = `${t.testdir({ 'x.json': JSON.stringify(fixture) })}/x.json`
  const { call, clock } = await start(t, ['--fixtures', file])
  const list = async () => (await call('GET', path)).json().results
  const name = 'vpce-0123456789abcdef0'
  const [first, deleting, created] = await list()
  t.match(first, { status: 'PENDING_ACCEPTANCE', privateEndpointConnectionName: name, errorMessage: null })
  t.match(deleting, { status: 'DELETING', privateEndpointConnectionName: /^vpce-/ })
  t.match(created, { status: 'INITIATING', privateEndpointConnectionName: null })
  clock.advance(60_000)
  const [failed, , active] = await list()
  t.match(failed, { status: 'FAILED', privateEndpointConnectionName: null, errorMessage: 'Rejected.' })
  t.match(active, { status: 'ACTIVE' })
  clock.advance(30_000)
  t.match((await list())[0], { status: 'ACTIVE', privateEndpointConnectionName: name, errorMessage: null })
  clock.advance(30_000)
  t.match((await list())[0], { status: 'PENDING_RECREATION', privateEndpointConnectionName: null })

  t.equal((await call('DELETE', `${path}/${deleting.id}`)).statusCode, 204, 'acting on it lets it go')
  clock.advance(1000)
  t.equal((await call('GET', `${path}/${deleting.id}`)).statusCode, 404)
})

test('a fixture may leave out what has a default', async (t) => {
  const minimal = {
    organizations: [{ id: organizationId, name: 'A' }],
    projects: [{ id: project, orgId: organizationId, name: 'B' }],
  }
  const file = `${t.testdir({ 'x.json': JSON.stringify(minimal) })}/x.json`
  const { call } = await start(t, ['--fixtures', file, '--auth', 'off'])
  const { created, clusterCount, tags, withDefaultAlertsSettings } = (
    await call('GET', `/api/atlas/v2/groups/${project}`)
  ).json()
  t.same(
    { created, clusterCount, tags, withDefaultAlertsSettings },
    { created: '2026-01-01T00:00:00Z', clusterCount: 0, tags: [], withDefaultAlertsSettings: true },
  )
})

test('a database that holds data keeps it, and --reset starts over', async (t) => {
  const db = `${t.testdir()}/atlas.db`
  const first = await createEmulator(settingsFor('--db', db))
  t.ok(first.loaded)
  await first.close()
  const { logger, lines } = memoryLogger()
  const kept = await start(t, ['--db', db, '--fixtures', 'default'], { logger })
  t.equal(kept.emulator.loaded, undefined)
  t.equal(lines[0], `${db} holds data already: it is kept, and fixtures are not loaded; --reset starts over`)
  await kept.create()
  await kept.emulator.close()
  const reset = await start(t, ['--db', db, '--reset'])
  t.ok(reset.emulator.loaded)
  t.equal((await reset.call('GET', path)).json().totalCount, 0)
})

test('a secret that does not fit is not told', async (t) => {
  const fixture = world()
  fixture.serviceAccounts[0].clientSecret = 'hunter2'
  t.throws(() => parseFixture(JSON.stringify(fixture), 'x'), {
    message: /\$\.serviceAccounts\[0\]\.clientSecret: found a value; allowed: /,
  })
})

test('a fixture that is nested too deeply is refused like any other', async (t) => {
  t.throws(() => parseFixture(`{"organizations":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 'x'), {
    message: /^The fixture x cannot be used:\n {2}\$/,
  })
})
