import { test } from 'tap'
import { defaultWorld, demo, fixtureFile, project, start } from '../../support/emulator.js'

const groups = '/api/atlas/v2/groups'

test('a project has its keys in order, and links to what Atlas has below it [project-read] [project-keys] [project-links] [json-dates]', async (t) => {
  const { call } = await start(t)
  const response = await call('GET', `${groups}/${project}`)
  t.equal(response.statusCode, 200)
  const self = `http://localhost:80${groups}/${project}`
  const links = [
    `{"href":"${self}","rel":"self"}`,
    ...['containers', 'clusters', 'databaseUsers', 'peers', 'processes', 'whitelist'].map(
      (relation) => `{"href":"${self}/${relation}","rel":"https://cloud.mongodb.com/${relation}"}`,
    ),
  ]
  t.equal(
    response.body,
    `{"clusterCount":0,"created":"2025-03-12T00:00:00Z","id":"${project}","links":[${links}],"name":"Emulator","orgId":"32b6e34b3d91647abb20e7a0","tags":[],"withDefaultAlertsSettings":true}`,
  )
  t.equal(response.headers['content-type'], 'application/vnd.atlas.2023-01-01+json;charset=utf-8')
})

test('tags are listed as they were given [project-keys]', async (t) => {
  const { call } = await start(t, ['--fixtures', 'demo'])
  const { tags, clusterCount } = (await call('GET', `${groups}/${demo.production}`)).json()
  t.same(tags, [
    { key: 'environment', value: 'production' },
    { key: 'team', value: 'storefront' },
  ])
  t.equal(clusterCount, 4)
})

test('projects are listed by name in code-point order [project-read] [project-list-order]', async (t) => {
  const world = defaultWorld()
  const [first] = world.projects as [(typeof world.projects)[number]]
  const names = ['a', 'B', '\u{1F600}', '\uFFFF', 'é', 'A']
  world.projects = names.map((name, i) => ({ ...first, id: String(i).repeat(24), name }))
  const roles = [{ roleName: 'ORG_READ_ONLY' as const, orgId: first.orgId }]
  for (const serviceAccount of world.serviceAccounts) serviceAccount.roles = roles
  for (const apiKey of world.apiKeys) apiKey.roles = roles
  const { call } = await start(t, ['--fixtures', fixtureFile(t, world)])
  const response = await call('GET', groups)
  t.equal(response.statusCode, 200)
  t.strictSame(
    response.json().results.map(({ name }: { name: string }) => name),
    ['A', 'B', 'a', 'é', '\uFFFF', '\u{1F600}'],
  )
})

test('a project of another organization is not shown', async (t) => {
  const { call } = await start(t, ['--fixtures', 'demo'])
  t.equal((await call('GET', `${groups}/${demo.fleet}`)).json().errorCode, 'USER_UNAUTHORIZED')
  t.equal((await call('GET', `${groups}/nope`)).json().errorCode, 'INVALID_GROUP_ID')
})

const org = '32b6e34b3d91647abb20e7a0'

/** What an error tells: status, code and parameters. */
function mistake(response: { statusCode: number; json(): unknown }) {
  const { errorCode, parameters } = response.json() as { errorCode: string; parameters: unknown[] }
  return [response.statusCode, errorCode, ...parameters]
}

test('a project is created, found by id and name, changed and deleted [project-create] [project-update] [project-by-name] [project-delete] [legacy-location]', async (t) => {
  const { call } = await start(t)
  const created = await call('POST', groups, { body: { name: 'My shop', orgId: org } })
  t.equal(created.statusCode, 201)
  t.equal(created.headers.location, 'http://localhost:80//api/atlas/v1.0')
  const { id, links, ...rest } = created.json()
  const shown = {
    clusterCount: 0,
    created: '2026-01-01T00:00:00Z',
    name: 'My shop',
    orgId: org,
    withDefaultAlertsSettings: true,
  }
  t.strictSame(rest, shown, 'no tags where none were sent')
  t.equal(links.length, 7)
  const one = `${groups}/${id}`
  t.strictSame((await call('GET', one)).json(), { ...created.json(), tags: [] })
  t.strictSame((await call('GET', `${groups}/byName/My%20shop`)).json(), { ...created.json(), tags: [] })

  const tags = [{ key: 'team', value: 'storefront' }]
  const changed = await call('PATCH', one, { body: { name: 'shop', tags, withDefaultAlertsSettings: false } })
  t.equal(changed.statusCode, 200)
  t.strictSame(changed.json(), { ...shown, id, links, name: 'shop', tags, withDefaultAlertsSettings: false })
  t.equal((await call('PATCH', one, { body: {} })).body, changed.body, 'nothing changes nothing')
  t.equal((await call('GET', one)).body, changed.body)
  t.equal((await call('GET', `${groups}/byName/My%20shop`)).statusCode, 401)

  const deleted = await call('DELETE', one)
  t.equal(deleted.statusCode, 202)
  t.equal(deleted.body, '{}')
  t.strictSame(mistake(await call('GET', one)), [404, 'GROUP_NOT_FOUND', id])
})

test('a project is created as an SDK sends it, with what is read-only and with tags [attribute-read-only] [project-create]', async (t) => {
  const { call } = await start(t)
  const tags = [{ key: 'a', value: 'b' }]
  const readOnly = { clusterCount: 7, created: '0001-01-01T00:00:00Z', id: 'x', links: null }
  const body = { ...readOnly, name: 'sdk', orgId: org, tags, withDefaultAlertsSettings: false }
  const created = await call('POST', groups, { body })
  t.match(created.json(), { clusterCount: 0, created: '2026-01-01T00:00:00Z', tags, withDefaultAlertsSettings: false })
  t.match(created.json().id, /^[0-9a-f]{24}$/)
})

test('whoever creates a project owns it, until it is deleted [project-owner] [organization-role-mapping]', async (t) => {
  const world = defaultWorld()
  const roles = [{ roleName: 'ORG_GROUP_CREATOR' as const, orgId: org }]
  for (const serviceAccount of world.serviceAccounts) serviceAccount.roles = roles
  const { call, command } = await start(t, ['--fixtures', fixtureFile(t, world)])
  t.equal((await call('GET', groups)).json().totalCount, 0)
  const { id } = (await call('POST', groups, { body: { name: 'own', orgId: org } })).json()
  t.equal((await call('GET', groups)).json().totalCount, 1)
  const written = async () => (await command('GET', '/state?secrets=true')).json()
  t.strictSame((await written()).serviceAccounts[0].roles, [...roles, { roleName: 'GROUP_OWNER', groupId: id }])
  t.equal((await call('DELETE', `${groups}/${id}`)).statusCode, 202)
  const after = await written()
  t.strictSame(after.serviceAccounts[0].roles, roles)
  t.equal((await command('PUT', '/state', after)).statusCode, 200, 'a world that can be loaded')
})

test('without credentials a project is owned by nobody', async (t) => {
  const { call } = await start(t, ['--auth', 'off'])
  const { id } = (await call('POST', groups, { body: { name: 'open', orgId: org } })).json()
  t.equal((await call('DELETE', `${groups}/${id}`)).statusCode, 202)
})

test('a name is one of its organization alone, of the right characters and length [project-name] [project-name-taken]', async (t) => {
  const { call } = await start(t)
  const create = async (name: string) => mistake(await call('POST', groups, { body: { name, orgId: org } }))
  for (const name of ['', 'x'.repeat(65), 'a/b', 'a<b', ' a', 'a ', 'a\nb']) {
    t.strictSame(await create(name), [400, 'INVALID_GROUP_NAME', name], name)
  }
  t.strictSame(await create('Emulator'), [409, 'GROUP_ALREADY_EXISTS', 'Emulator'])
  for (const name of ["it's (a) shop, no: 1 & 2 @ 3+4_5-6.", 'ü', 'x'.repeat(64)]) {
    t.equal((await call('POST', groups, { body: { name, orgId: org } })).statusCode, 201, name)
  }
  const patch = async (body: object) => mistake(await call('PATCH', `${groups}/${project}`, { body }))
  t.strictSame(await patch({ name: 'ü' }), [409, 'GROUP_ALREADY_EXISTS', 'ü'])
  t.strictSame(await patch({ name: '/' }), [400, 'INVALID_GROUP_NAME', '/'])
  t.equal((await call('PATCH', `${groups}/${project}`, { body: { name: 'Emulator' } })).statusCode, 200, 'its own name')
})

test('a tag has a key and a value, and a mistake in one names the tags', async (t) => {
  const { call } = await start(t)
  for (const [tags, errorCode] of [
    [[{ key: 'a' }], 'MISSING_ATTRIBUTE'],
    [[{ value: 'a' }, {}], 'MISSING_ATTRIBUTE'],
    [[{ key: 'a', value: 'b', c: 'd' }], 'INVALID_ATTRIBUTE'],
    [[{ key: '', value: 'b' }], 'INVALID_ATTRIBUTE'],
    [[{ key: 'a', value: 1 }], 'INVALID_JSON_ATTRIBUTE'],
    ['a', 'INVALID_JSON_ATTRIBUTE'],
  ] as const) {
    t.strictSame(mistake(await call('PATCH', `${groups}/${project}`, { body: { tags } })), [400, errorCode, 'tags'])
  }
})

test('why a project is not created is told in one order [project-create-order] [project-limit]', async (t) => {
  const world = defaultWorld()
  Object.assign(world.organizations[0] as object, { maxGroups: 1 })
  const other = { id: 'c'.repeat(24), name: 'Other' }
  world.organizations = [...world.organizations, other]
  const fixture = fixtureFile(t, world)
  const { call } = await start(t, ['--fixtures', fixture])
  const create = async (body: object) => mistake(await call('POST', groups, { body }))
  t.strictSame(await create({ name: '/', orgId: 'f'.repeat(24) }), [400, 'INVALID_GROUP_NAME', '/'])
  t.strictSame(await create({ name: 'a', orgId: 'F' }), [400, 'INVALID_ATTRIBUTE', 'orgId'])
  t.strictSame(await create({ orgId: org, regionUsageRestrictions: 'x' }), [
    400,
    'INVALID_ATTRIBUTE',
    'regionUsageRestrictions',
  ])
  t.strictSame(await create({}), [400, 'MISSING_ATTRIBUTES', 'name, orgId'])
  t.strictSame(await create({ name: 'a', orgId: 'f'.repeat(24) }), [404, 'ORG_NOT_FOUND', 'f'.repeat(24)])
  t.strictSame(await create({ name: 'a', orgId: other.id }), [401, 'NOT_ORG_GROUP_CREATOR', other.id])
  t.strictSame(await create({ name: 'Emulator', orgId: org }), [400, 'MAX_GROUPS_PER_ORG_EXCEEDED', '1', org])

  for (const serviceAccount of world.serviceAccounts)
    serviceAccount.roles = [{ roleName: 'GROUP_OWNER', groupId: project }]
  const lesser = await start(t, ['--fixtures', fixtureFile(t, world)])
  const refused = await lesser.call('POST', groups, { body: { name: 'Emulator', orgId: org } })
  t.strictSame(mistake(refused), [401, 'NOT_ORG_GROUP_CREATOR', org])
})

test('250 projects are the most, where the fixture does not say [project-limit]', async (t) => {
  const world = defaultWorld()
  const [first] = world.projects as [(typeof world.projects)[number]]
  const further = Array.from({ length: 248 }, (_, i) => ({ ...first, id: String(i).padStart(24, '0'), name: `p${i}` }))
  world.projects = [first, ...further]
  const { call } = await start(t, ['--fixtures', fixtureFile(t, world)])
  t.equal((await call('POST', groups, { body: { name: 'last', orgId: org } })).statusCode, 201)
  const response = await call('POST', groups, { body: { name: 'more', orgId: org } })
  t.strictSame(mistake(response), [400, 'MAX_GROUPS_PER_ORG_EXCEEDED', '250', org])
  t.equal(
    response.json().detail,
    `Maximum number of groups per organization (250) in ${org} exceeded while trying to add group.`,
  )
})

test('a name that nobody has, or several, finds no project [project-by-name-unknown]', async (t) => {
  const world = defaultWorld()
  const [first] = world.projects as [(typeof world.projects)[number]]
  world.projects = [first, { ...first, id: 'd'.repeat(24) }]
  const { call } = await start(t, ['--fixtures', fixtureFile(t, world)])
  t.strictSame(mistake(await call('GET', `${groups}/byName/nope`)), [401, 'NOT_IN_GROUP'])
  t.strictSame(mistake(await call('GET', `${groups}/byName/emulator`)), [401, 'NOT_IN_GROUP'], 'in another case')
  t.strictSame(mistake(await call('GET', `${groups}/byName/Emulator`)), [409, 'MULTIPLE_GROUPS'])
  const demoWorld = await start(t, ['--fixtures', 'demo'])
  const foreign = await demoWorld.call('GET', `${groups}/byName/fleet-tracking`)
  t.strictSame(mistake(foreign), [401, 'NOT_IN_GROUP'], 'of another organization')
})

test('a project with clusters or private endpoints stays; the rest goes with it [project-delete-clusters] [project-delete-endpoints] [project-delete-rest]', async (t) => {
  const { call, create, clock, command } = await start(t, ['--deletion', '10s'])
  const one = `${groups}/${project}`
  const endpoint = await create()
  const endpoints = [409, 'CANNOT_CLOSE_GROUP_ACTIVE_ATLAS_PRIVATE_ENDPOINT_SERVICES']
  t.strictSame(mistake(await call('DELETE', one)), endpoints)
  await call('DELETE', `${one}/backup/AWS/privateEndpoints/${endpoint.id}`)
  t.strictSame(mistake(await call('DELETE', one)), endpoints, 'while it is being deleted')
  clock.advance(10_000)
  t.equal((await call('DELETE', one)).statusCode, 202)
  t.strictSame((await command('GET', '/state')).json().projects, [])

  for (const clusters of [{ clusterCount: 1 }, { clusters: [{ name: 'shop' }] }, { flexClusters: [{}] }]) {
    const world = defaultWorld()
    Object.assign(world.projects[0] as object, clusters)
    const bench = await start(t, ['--fixtures', fixtureFile(t, world)])
    const response = await bench.call('DELETE', one)
    t.strictSame(mistake(response), [409, 'CANNOT_CLOSE_GROUP_ACTIVE_ATLAS_CLUSTERS'])
  }
})

test('of requests for one project that come together, those behind its deletion find none', async (t) => {
  const { call } = await start(t)
  const one = `${groups}/${project}`
  const answers = await Promise.all([
    call('DELETE', one),
    call('DELETE', one),
    call('PATCH', one, { body: { name: 'late' } }),
    call('PATCH', `${one}/settings`, { body: {} }),
  ])
  t.strictSame(
    answers.map(({ statusCode }) => statusCode),
    [202, 404, 404, 404],
  )
})

test('projects and their settings are changed by their owners alone [role-mapping]', async (t) => {
  const world = defaultWorld()
  for (const serviceAccount of world.serviceAccounts) {
    serviceAccount.roles = [{ roleName: 'GROUP_READ_ONLY', groupId: project }]
  }
  const { call } = await start(t, ['--fixtures', fixtureFile(t, world)])
  const one = `${groups}/${project}`
  for (const [method, url] of [
    ['PATCH', one],
    ['DELETE', one],
    ['PATCH', `${one}/settings`],
  ] as const) {
    t.strictSame(mistake(await call(method, url, { body: {} })), [401, 'USER_UNAUTHORIZED'])
  }
  for (const path of ['', '/users', '/teams', '/settings', '/limits', '/ipAddresses', '/managedSlowMs', '/clusters']) {
    t.equal((await call('GET', one + path)).statusCode, 200, path)
  }
})
