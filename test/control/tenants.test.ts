import { type Test, test } from 'tap'
import { openDatabase } from '../../src/store/database.js'
import { openStore } from '../../src/store/store.js'
import { mostTenants } from '../../src/world/tenants.js'
import { authorize, nonceOf } from '../support/digest.js'
import { accept, memoryLogger, path, project, start, tokenFor } from '../support/emulator.js'

interface Made {
  readonly id: string
  readonly name: string
  readonly project: string
  readonly apiKey: { readonly publicKey: string; readonly privateKey: string }
  readonly serviceAccount: { readonly clientId: string; readonly clientSecret: string }
  readonly createdAt: string
  readonly expiresAt: string | null
  readonly environment: Readonly<Record<string, string>>
}

const endpoint = { cloudProvider: 'AWS', regionName: 'US_EAST_1' }

/** An emulator, and tenants that ask it with their own credentials. */
async function startShared(t: Test, flags: string[] = [], options: Parameters<typeof start>[2] = {}) {
  const bench = await start(t, flags, options)
  const { emulator, call, command } = bench
  const tenant = async (body?: object) => {
    const response = await command('POST', '/tenants', body)
    t.equal(response.statusCode, 201, response.body)
    const made = response.json() as Made
    const { clientId: id, clientSecret: secret } = made.serviceAccount ?? { clientId: '', clientSecret: '' }
    const token = await tokenFor(emulator, { id, secret })
    const headers = { authorization: `Bearer ${token}`, accept }
    const ask = (method: string, url: string, body?: object) =>
      call(method, `/api/atlas/v2${url}`, { bare: true, headers, ...(body && { body }) })
    const endpoints = `/groups/${made.project}/backup/AWS/privateEndpoints`
    const create = (regionName = 'US_EAST_1') => ask('POST', endpoints, { ...endpoint, regionName })
    return { ...made, token, ask, endpoints, create }
  }
  const counts = async () => (await command('GET', '/health')).json().counts
  const exported = async (secrets = true) => (await command('GET', `/state?secrets=${secrets}`)).json()
  return { ...bench, tenant, counts, exported }
}

test('a tenant is an organization with a project, a key and an account, told with the variables that clients read', async (t) => {
  const { tenant, command, call } = await startShared(t, ['--public-url', 'https://atlas.test'])
  const made = await tenant({ name: 'Shop', ttl: '1h', rateLimit: '10/5/60', lifecycle: { provisioning: '1m' } })
  const { id, apiKey, serviceAccount } = made
  t.match(made, {
    id: /^[0-9a-f]{24}$/,
    name: 'Shop',
    project: /^[0-9a-f]{24}$/,
    apiKey: {
      publicKey: /^[a-z]{8}$/,
      privateKey: /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    },
    serviceAccount: { clientId: /^mdb_sa_id_[0-9a-f]{24}$/, clientSecret: /^mdb_sa_sk_[A-Za-z0-9_-]{40}$/ },
    createdAt: '2026-01-01T00:00:00.000Z',
    expiresAt: '2026-01-01T01:00:00.000Z',
    lifecycle: { provisioning: '1m' },
    rateLimit: '10/5/60',
  })
  t.strictSame(made.environment, {
    ATLAS_URL: 'https://atlas.test',
    MONGODB_ATLAS_BASE_URL: 'https://atlas.test',
    MONGODB_ATLAS_OPS_MANAGER_URL: 'https://atlas.test',
    MDB_MCP_API_BASE_URL: 'https://atlas.test',
    MONGODB_ATLAS_ORG_ID: id,
    MONGODB_ATLAS_PROJECT_ID: made.project,
    MONGODB_ATLAS_PUBLIC_API_KEY: apiKey.publicKey,
    MONGODB_ATLAS_PRIVATE_API_KEY: apiKey.privateKey,
    MONGODB_ATLAS_PUBLIC_KEY: apiKey.publicKey,
    MONGODB_ATLAS_PRIVATE_KEY: apiKey.privateKey,
    MONGODB_ATLAS_CLIENT_ID: serviceAccount.clientId,
    MONGODB_ATLAS_CLIENT_SECRET: serviceAccount.clientSecret,
    MDB_MCP_API_CLIENT_ID: serviceAccount.clientId,
    MDB_MCP_API_CLIENT_SECRET: serviceAccount.clientSecret,
  })
  t.match((await made.ask('GET', '/groups')).json(), {
    results: [{ id: made.project, orgId: id, name: 'Shop' }],
    totalCount: 1,
  })
  t.equal((await made.create()).statusCode, 201)
  t.equal((await made.ask('GET', `/groups/${project}`)).statusCode, 401, 'the project of another is not theirs')
  t.equal((await call('GET', `/api/atlas/v2${made.endpoints}`)).statusCode, 401, 'nor is theirs another’s')

  const url = `/api/atlas/v2${made.endpoints}`
  const first = await call('GET', url, { bare: true, headers: { accept } })
  const authorization = authorize({
    username: apiKey.publicKey,
    secret: apiKey.privateKey,
    uri: url,
    nonce: nonceOf(first.headers['www-authenticate']),
  })
  t.match((await call('GET', url, { bare: true, headers: { accept, authorization } })).json(), { totalCount: 1 })

  const { apiKey: key, serviceAccount: account, environment: _, token: __, ...rest } = made
  const { ask: ___, endpoints: ____, create: _____, ...told } = rest
  const state = { ...told, apiKey: { publicKey: key.publicKey }, serviceAccount: { clientId: account.clientId } }
  t.strictSame((await command('GET', `/tenants/${id}`)).json(), state)
  t.strictSame((await command('GET', '/tenants')).json(), { tenants: [state] })
})

test('a tenant needs no body, is reached where it was asked for, and has a name of its own', async (t) => {
  const { command } = await startShared(t)
  const made = await command('POST', '/tenants', undefined, { host: 'localhost:1234' })
  const { id } = made.json()
  t.match(made.json(), { name: `Tenant ${id}`, expiresAt: null, environment: { ATLAS_URL: 'http://localhost:1234' } })
  t.notOk('rateLimit' in made.json() || 'lifecycle' in made.json())
})

test('a body that is no object makes no tenant', async (t) => {
  const { command } = await start(t)
  for (const body of ['null', '[]', '1']) {
    const { statusCode } = await command('POST', '/tenants', body, { 'content-type': 'application/json' })
    t.equal(statusCode, 400, body)
  }
  t.strictSame((await command('GET', '/tenants')).json().tenants, [])
})

test('the ids of tenants follow the seed, their secrets do not', async (t) => {
  const made = async () => {
    const { tenant, create } = await startShared(t, ['--seed', '42'])
    const tenants = [await tenant(), await tenant()]
    const { id } = await create()
    const ids = tenants.map(({ id, project, apiKey, serviceAccount }) => [
      ...[id, project, apiKey.publicKey, serviceAccount.clientId],
    ])
    return {
      ids,
      endpoint: id,
      secrets: tenants.flatMap((one) => [one.apiKey.privateKey, one.serviceAccount.clientSecret]),
    }
  }
  const [one, two] = [await made(), await made()]
  t.strictSame(one.ids, two.ids)
  t.equal(new Set([...one.ids.flat(), ...one.secrets, ...two.secrets]).size, 16)
  const { create } = await start(t, ['--seed', '42'])
  t.equal((await create()).id, one.endpoint, 'other ids are what they are without tenants')
})

test('a tenant gets no id that something has already', async (t) => {
  const first = await startShared(t, ['--seed', '42'])
  const made = await first.tenant()
  const second = await startShared(t, ['--seed', '42'])
  t.equal((await second.command('PUT', '/state', await first.exported())).statusCode, 200)
  const { id, project, apiKey, serviceAccount } = await second.tenant()
  const ids = [id, project, apiKey.publicKey, serviceAccount.clientId]
  for (const one of [made.id, made.project, made.apiKey.publicKey, made.serviceAccount.clientId]) {
    t.notOk(ids.includes(one), one)
  }
})

test('what tenants have and what they ask is theirs alone', async (t) => {
  const { tenant, command, call, create } = await startShared(t, ['--rate-limit', 'off'])
  await create()
  const [one, two] = [
    await tenant({
      lifecycle: { provisioning: 'manual' },
      rateLimit: '4/1/60',
      faults: [{ errorCode: 'NO_CAPACITY', match: { method: 'DELETE' } }],
    }),
    await tenant(),
  ]
  const [created] = [(await one.create()).json(), await two.create()]
  await command('POST', '/clock', { advance: '2s' })
  const statuses = async ({ ask, endpoints }: typeof one) =>
    (await ask('GET', endpoints)).json().results.map(({ status }: { status: string }) => status)
  t.strictSame([await statuses(one), await statuses(two)], [['INITIATING'], ['ACTIVE']])

  t.equal((await one.ask('DELETE', `${one.endpoints}/${created.id}`)).statusCode, 409)
  t.equal((await two.ask('DELETE', `${two.endpoints}/${(await two.create('EU_WEST_1')).json().id}`)).statusCode, 204)
  t.match((await command('GET', `/faults?organization=${one.id}`)).json().faults, [
    { errorCode: 'NO_CAPACITY', match: { method: 'DELETE', organization: one.id }, matched: 1, fired: 1 },
  ])

  t.equal((await one.ask('GET', one.endpoints)).headers['ratelimit-limit'], '4')
  t.equal((await one.ask('GET', one.endpoints)).statusCode, 429)
  t.match((await one.ask('GET', '/groups')).headers, { 'ratelimit-limit': '4', 'ratelimit-remaining': '3' })
  t.match((await one.ask('GET', `/groups/${one.project}`)).headers, { 'ratelimit-remaining': '3' })
  t.notOk('ratelimit-limit' in (await two.ask('GET', '/groups')).headers)

  const requestsOf = async (id: string) => (await command('GET', `/requests?organization=${id}`)).json().requests
  const [ones, twos] = [await requestsOf(one.id), await requestsOf(two.id)]
  t.equal(ones[0].operation, 'token')
  t.strictSame(
    [...new Set(ones.map(({ credential }: { credential: string }) => credential))],
    [one.serviceAccount.clientId],
  )
  t.strictSame([...new Set(twos.map(({ organization }: { organization: string }) => organization))], [two.id])
  const others = (await command('GET', '/requests')).json().requests
  t.equal(others.length, ones.length + twos.length + 2)
  t.equal((await call('GET', path)).json().totalCount, 1)
})

test('what was asked about a tenant without a good credential is told by the path', async (t) => {
  const { tenant, command, call } = await startShared(t)
  const { id, project: own, endpoints } = await tenant()
  await command('DELETE', '/requests')
  for (const url of [endpoints, `/groups/${own}`, `/groups/${own}/alerts`, `/orgs/${id}`, `/orgs/${id}/nope`]) {
    await call('GET', `/api/atlas/v2${url}`, { bare: true, headers: { accept } })
  }
  t.equal((await command('GET', `/requests?organization=${id}&count=true`)).json().count, 5)
  for (const url of [`/groups/${'f'.repeat(24)}`, `/orgs/${'f'.repeat(24)}`, `/groups/${own}0`, '/groups']) {
    await call('GET', `/api/atlas/v2${url}`, { bare: true, headers: { accept } })
  }
  const { requests } = (await command('GET', '/requests')).json()
  t.strictSame(
    requests.slice(5).map(({ organization }: { organization: string }) => organization),
    [null, null, null, null],
  )
})

test('a tenant that is removed is gone with all that it has, and nothing else is', async (t) => {
  const { tenant, command, counts, exported, create } = await startShared(t)
  await create()
  const other = await tenant()
  await other.create()
  await command('POST', '/faults', { errorCode: 'NO_CAPACITY', match: { organization: other.id, method: 'PATCH' } })
  await command('POST', '/faults', { errorCode: 'NO_CAPACITY', match: { method: 'PATCH' } })
  const before = { counts: await counts(), world: await exported() }
  const requests = (await command('GET', '/requests')).json()

  const one = await tenant({ faults: [{ errorCode: 'NO_CAPACITY', when: { skip: 9 } }] })
  const later = 'abcabcabcabcabcabcabcabc'
  await command('POST', '/state', {
    projects: [
      {
        id: later,
        orgId: one.id,
        name: 'Later',
        privateEndpoints: [{ regionName: 'EU_WEST_1' }],
        exportBuckets: [{ bucketName: 'one', iamRoleId: later }],
      },
    ],
    apiKeys: [
      { publicKey: 'later', privateKey: 'x', orgId: one.id, roles: [{ roleName: 'GROUP_OWNER', groupId: later }] },
    ],
  })
  for (const match of [
    { project: later },
    { project: one.project },
    { credential: 'later' },
    { organization: one.id },
  ]) {
    await command('POST', '/faults', { errorCode: 'NO_CAPACITY', match, when: { skip: 9 } })
  }
  await one.create()
  const made = await one.ask('POST', '/groups', { name: 'Made', orgId: one.id })
  t.equal(made.statusCode, 201, made.body)
  t.match((await one.ask('GET', `/orgs/${one.id}/groups`)).json(), { totalCount: 3 })
  t.equal((await counts()).faults, 7)

  t.equal((await command('DELETE', `/tenants/${one.id}`)).statusCode, 204)
  t.strictSame(await counts(), before.counts)
  t.strictSame(await exported(), before.world)
  t.strictSame((await command('GET', '/requests')).json(), requests)
  t.equal((await one.ask('GET', '/groups')).statusCode, 401, 'its tokens are void')
  t.equal((await other.ask('GET', other.endpoints)).json().totalCount, 1)
  for (const [method, url] of [
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/reset'],
  ] as const) {
    t.match((await command(method, `/tenants/${one.id}${url}`)).json(), {
      status: 404,
      detail: `There is no tenant with the id ${one.id}.`,
    })
  }
  t.match((await command('GET', '/tenants/x')).json(), { status: 400, errors: [{ parameter: 'id' }] })
  t.equal(
    (await command('GET', `/tenants/${'32b6e34b3d91647abb20e7a0'}`)).statusCode,
    404,
    'an organization that is none',
  )
})

test('a tenant that is reset is as it was made, and its credentials and tokens stay good', async (t) => {
  const { tenant, command, exported, counts } = await startShared(t, ['--rate-limit', 'atlas'])
  const one = await tenant({ rateLimit: '3/1/60', faults: [{ errorCode: 'NO_CAPACITY', match: { method: 'PATCH' } }] })
  const other = await tenant()
  await other.create()
  const before = await exported()
  const later = 'abcabcabcabcabcabcabcabc'
  await one.create()
  const role = { roleName: 'GROUP_OWNER', groupId: later }
  await command('POST', '/state', {
    projects: [{ id: later, orgId: one.id, name: 'Later', privateEndpoints: [{ regionName: 'EU_WEST_1' }] }],
    apiKeys: [{ publicKey: 'later', privateKey: 'x', orgId: one.id, roles: [role] }],
  })
  await command('PUT', '/lifecycle', { project: one.project, provisioning: 'manual' })
  await command('POST', '/faults', { errorCode: 'NO_CAPACITY', match: { organization: one.id, method: 'POST' } })
  for (let i = 0; i < 3; i += 1) await one.ask('GET', '/groups')
  t.equal((await one.ask('GET', '/groups')).statusCode, 429)
  await command('POST', '/clock', { advance: '1s' })

  t.equal((await one.ask('GET', `/orgs/${one.id}`)).headers['ratelimit-limit'], '3')

  const reset = await command('POST', `/tenants/${one.id}/reset`)
  t.match(reset.json(), { id: one.id, project: one.project, apiKey: { publicKey: one.apiKey.publicKey } })
  const after = await exported()
  t.match(after.faults, [{ errorCode: 'NO_CAPACITY', match: { method: 'PATCH', organization: one.id } }])
  t.equal(after.faults.length, 1)
  for (const world of [before, after]) for (const name of ['faults', 'clock']) delete world[name]
  for (const { privateEndpoints = [] } of before.projects) for (const one of privateEndpoints) delete one.transitions
  for (const { privateEndpoints = [] } of after.projects) for (const one of privateEndpoints) delete one.transitions
  t.strictSame(after, before)
  t.equal((await command('GET', `/requests?organization=${one.id}&count=true`)).json().count, 0)
  t.not((await command('GET', `/requests?organization=${other.id}&count=true`)).json().count, 0)
  for (const path of ['/groups', `/orgs/${one.id}`])
    t.match((await one.ask('GET', path)).headers, { 'ratelimit-remaining': '2' }, `the bucket of ${path} is full again`)
  t.match(await counts(), { projects: 3, privateEndpoints: 1 })
})

test('a role on a project that a reset takes away is no more, and what a tenant has lost comes back', async (t) => {
  const { tenant, command, exported } = await startShared(t)
  const { id, project: own, serviceAccount } = await tenant()
  const world = await exported()
  const later = 'abcabcabcabcabcabcabcabc'
  const account = world.serviceAccounts.find(
    ({ clientId }: { clientId: string }) => clientId === serviceAccount.clientId,
  )
  account.roles.push({ roleName: 'GROUP_OWNER', groupId: later }, { roleName: 'GROUP_READ_ONLY', groupId: own })
  world.projects.push({ id: later, orgId: id, name: 'Later' })
  t.equal((await command('PUT', '/state', world)).statusCode, 200)
  await command('POST', `/tenants/${id}/reset`)
  const { serviceAccounts } = await exported()
  t.strictSame(
    serviceAccounts.find(({ clientId }: { clientId: string }) => clientId === serviceAccount.clientId).roles,
    [
      { roleName: 'ORG_OWNER', orgId: id },
      { roleName: 'GROUP_READ_ONLY', groupId: own },
    ],
  )
  const without = await exported()
  without.projects = without.projects.filter((one: { id: string }) => one.id !== own)
  for (const one of without.serviceAccounts)
    one.roles = one.roles.filter(({ groupId }: { groupId?: string }) => groupId !== own)
  t.equal((await command('PUT', '/state', without)).statusCode, 200)
  t.match((await command('GET', `/tenants/${id}`)).json(), { project: own })
  t.equal((await command('POST', `/tenants/${id}/reset`)).statusCode, 200)
  t.match((await exported()).projects, [{}, { id: own, name: `Tenant ${id}` }])

  await command('PUT', '/state', without)
  await command('POST', '/state', { projects: [{ id: own, orgId: '32b6e34b3d91647abb20e7a0', name: 'Taken' }] })
  t.match((await command('POST', `/tenants/${id}/reset`)).json(), {
    status: 409,
    detail: `The project ${own} belongs to the organization 32b6e34b3d91647abb20e7a0 by now.`,
  })
})

test('a reset gives the account all its tokens and requests for tokens again', async (t) => {
  const { tenant, emulator, command } = await startShared(t)
  const [one, other] = [await tenant(), await tenant()]
  const fetchToken = (of: typeof one) =>
    tokenFor(emulator, { id: of.serviceAccount.clientId, secret: of.serviceAccount.clientSecret })
  for (let i = 0; i < 50; i += 1) await Promise.all([fetchToken(one), fetchToken(other)])
  t.notOk(await fetchToken(one))
  t.notOk(await fetchToken(other))
  await command('POST', `/tenants/${one.id}/reset`)
  t.ok(await fetchToken(one))
  t.notOk(await fetchToken(other))
  t.equal((await one.ask('GET', '/groups')).statusCode, 200)
})

test('with a tenant go the requests that it failed to make, and the challenges that it answered', async (t) => {
  const { tenant, call, command } = await startShared(t)
  const other = await tenant()
  const kept = async () => (await command('GET', '/requests?count=true')).json().count as number
  await other.ask('GET', '/groups')
  const before = await kept()
  const one = await tenant()
  const basic = (secret: string) => `Basic ${btoa(`${one.serviceAccount.clientId}:${secret}`)}`
  const ask = (headers: Record<string, string>) =>
    call('POST', '/api/oauth/token', { bare: true, headers, body: 'grant_type=client_credentials' })
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  t.equal((await ask({ ...form, authorization: basic('wrong') })).statusCode, 401)
  for (const privateKey of [one.apiKey.privateKey, 'wrong']) {
    const url = '/api/atlas/v2/groups'
    const challenged = await call('GET', url, { bare: true, headers: { accept } })
    const nonce = nonceOf(challenged.headers['www-authenticate'])
    const authorization = authorize({ username: one.apiKey.publicKey, secret: privateKey, uri: url, nonce })
    await call('GET', url, { bare: true, headers: { accept, authorization } })
  }
  t.equal(await kept(), before + 6, 'a token, a secret that is wrong, two challenges, and two answers to them')
  t.match((await command('GET', `/requests?organization=${one.id}&status=401&count=true`)).json(), { count: 2 })
  await command('DELETE', `/tenants/${one.id}`)
  t.equal(await kept(), before, 'what is left are the requests of the other')
})

test('a tenant goes when its time has come by the clock, as if it were removed, and stays gone', async (t) => {
  const { tenant, command, clock, exported } = await startShared(t)
  const before = await exported()
  const [short, long] = [
    await tenant({ ttl: 'PT10S', faults: [{ errorCode: 'NO_CAPACITY', match: { method: 'PATCH' } }] }),
    await tenant({ ttl: '1h' }),
  ]
  await short.create()
  clock.advance(9999)
  t.equal((await short.ask('GET', '/groups')).statusCode, 200)
  clock.advance(1)
  t.equal((await short.ask('GET', '/groups')).statusCode, 401)
  t.match((await command('GET', '/tenants')).json().tenants, [{ id: long.id }])
  t.equal((await command('GET', '/tenants')).json().tenants.length, 1)
  t.equal((await command('GET', `/requests?organization=${short.id}&count=true`)).json().count, 0)
  t.strictSame((await command('GET', '/faults')).json().faults, [])
  await command('POST', '/clock', { freeze: '2026-01-01T00:00:00Z' })
  t.equal((await short.ask('GET', '/groups')).statusCode, 401)
  await command('POST', '/clock', { advance: '2h' })
  t.strictSame((await command('GET', '/tenants')).json(), { tenants: [] })
  const { clock: _, ...after } = await exported()
  t.strictSame(after, before)
})

test('where tenants cannot be removed they stay until they can, which the log says once', async (t) => {
  const file = `${t.testdir()}/atlas.db`
  const db = openDatabase(file)
  const { logger, lines } = memoryLogger()
  const { tenant, clock, counts } = await startShared(t, ['--db', file], { store: openStore(file, db), logger })
  const { ask } = await tenant({ ttl: '1s' })
  db.exec('PRAGMA query_only = ON')
  clock.advance(1000)
  for (let i = 0; i < 3; i += 1) t.equal((await ask('GET', '/groups')).statusCode, 200)
  t.equal(lines.filter((line) => line.includes('Tenants whose time has come cannot be removed')).length, 1)
  db.exec('PRAGMA query_only = OFF')
  t.equal((await ask('GET', '/groups')).statusCode, 401)
  t.match(await counts(), { organizations: 1, projects: 1, apiKeys: 1 })
})

test('tenants are kept in the database, and end with a reset of everything', async (t) => {
  const db = `${t.testdir()}/atlas.db`
  const first = await startShared(t, ['--db', db])
  const one = await first.tenant({
    ttl: '1h',
    rateLimit: 'off',
    lifecycle: { provisioning: '1h', deletion: { reads: 3 } },
  })
  await first.tenant({ faults: [{ errorCode: 'NO_CAPACITY' }] })
  const listed = (await first.command('GET', '/tenants')).json()
  await first.emulator.close()
  const second = await startShared(t, ['--db', db])
  t.strictSame((await second.command('GET', '/tenants')).json(), listed)
  const token = await tokenFor(second.emulator, {
    id: one.serviceAccount.clientId,
    secret: one.serviceAccount.clientSecret,
  })
  t.ok(token)
  await second.command('POST', '/reset')
  t.strictSame((await second.command('GET', '/tenants')).json(), { tenants: [] })
})

test('an export tells which organizations are tenants, without secrets, and an import makes them so', async (t) => {
  const { tenant, exported, command, clock } = await startShared(t)
  const faults = [{ errorCode: 'NO_CAPACITY', when: { skip: 3 } }]
  const one = await tenant({
    name: 'One',
    ttl: '1h',
    rateLimit: '5/5/5',
    lifecycle: { provisioning: 'manual' },
    faults,
  })
  await tenant()
  const world = await exported()
  t.match(world.tenants, [
    {
      orgId: one.id,
      name: 'One',
      groupId: one.project,
      publicKey: one.apiKey.publicKey,
      clientId: one.serviceAccount.clientId,
      created: '2026-01-01T00:00:00.000Z',
      expiresAt: '2026-01-01T01:00:00.000Z',
      rateLimit: '5/5/5',
      lifecycle: { provisioning: 'manual' },
      faults,
    },
    { expiresAt: undefined, rateLimit: undefined, lifecycle: undefined, faults: undefined },
  ])
  const { tenants } = await exported(false)
  t.strictSame(tenants, world.tenants)
  for (const secret of [one.apiKey.privateKey, one.serviceAccount.clientSecret])
    t.notMatch(JSON.stringify(tenants), secret)

  const other = await startShared(t)
  const listed = (await command('GET', '/tenants')).json()
  t.equal((await other.command('PUT', '/state', world)).statusCode, 200)
  t.strictSame((await other.command('GET', '/tenants')).json(), listed)
  t.strictSame(await other.exported(), world)
  const added = await startShared(t)
  const before = await added.exported()
  for (let i = 0; i < 2; i += 1) t.equal((await added.command('POST', '/state', world)).statusCode, 200)
  t.strictSame((await added.command('GET', '/tenants')).json(), listed)
  for (const { id } of listed.tenants) await added.command('DELETE', `/tenants/${id}`)
  t.strictSame(await added.exported(), before)

  await command('PUT', '/snapshots/one')
  clock.advance(1_800_000)
  await command('POST', '/snapshots/one/restore')
  t.match((await command('GET', `/tenants/${one.id}`)).json(), {
    createdAt: '2026-01-01T00:00:00.000Z',
    expiresAt: '2026-01-01T01:30:00.000Z',
  })
  t.match((await command('POST', `/tenants/${one.id}/reset`)).statusCode, 200)
  t.match((await command('GET', '/faults')).json().faults, [{ match: { organization: one.id }, matched: 0 }])
})

test('what a world says of tenants must fit what it has', async (t) => {
  const { tenant, exported, command } = await startShared(t)
  await tenant()
  await tenant()
  const world = await exported()
  const [first, second] = world.tenants
  const cases: [string, object[], string, RegExp][] = [
    ['PUT', [{ ...first, orgId: 'f'.repeat(24) }], '/tenants/0/orgId', /one of the fixture's organizations/],
    ['PUT', [first, first], '/tenants/1/orgId', /another entry has/],
    ['PUT', [{ ...first, groupId: project }], '/tenants/0/groupId', /one of the organization's projects/],
    ['PUT', [{ ...first, created: '2026-02-30T00:00:00Z' }], '/tenants/0/created', /that exist/],
    ['PUT', [{ ...first, expiresAt: '2026-02-30T00:00:00Z' }], '/tenants/0/expiresAt', /that exist/],
    ['PUT', [{ ...first, lifecycle: { activeAfter: '1s' } }], '/tenants/0/lifecycle/activeAfter', /PENDING_ACCEPTANCE/],
    ['PUT', [{ ...first, faults: [{}] }], '/tenants/0/faults/0', /nothing that it does/],
    ['POST', [{ ...first, orgId: 'f'.repeat(24) }], '/tenants/0/orgId', /of this world, or of one that is added/],
    ['POST', [first, { ...second, name: 'Other' }], '/tenants/1/name', /found "Other", where what has this id has/],
    ['POST', [{ ...first, groupId: 'f'.repeat(24) }], '/tenants/0/groupId', /where what has this id has/],
  ]
  for (const [method, tenants, pointer, detail] of cases) {
    const { privateEndpointVersions: _, ...rest } = world
    const body = method === 'PUT' ? { ...rest, tenants } : { tenants }
    const refused = (await command(method, '/state', body)).json()
    t.match(refused, { status: /^(400|409)$/, errors: [{ pointer, detail }] }, `${method} ${pointer}`)
    t.strictSame(await exported(), world)
  }
  const organization = { id: 'e'.repeat(24), name: 'Own' }
  const own = { orgId: organization.id, name: 'Own', groupId: 'd'.repeat(24) }
  t.equal((await command('POST', '/state', { organizations: [organization], tenants: [own] })).statusCode, 200)
  t.match((await command('GET', `/tenants/${own.orgId}`)).json(), {
    apiKey: null,
    createdAt: '2026-01-01T00:00:00.000Z',
  })
  t.equal((await command('POST', `/tenants/${own.orgId}/reset`)).statusCode, 200)
  t.match((await exported()).projects, [{}, { id: own.groupId, name: 'Own' }])
})

test('options that contradict themselves are refused with a pointer, and nothing is made', async (t) => {
  const { command, exported } = await startShared(t)
  const before = await exported()
  const fault = { errorCode: 'NO_CAPACITY' }
  const cases: [unknown, string][] = [
    [{ nope: 1 }, ''],
    [{ name: '' }, '/name'],
    [{ name: 'x'.repeat(65) }, '/name'],
    [{ ttl: 'soon' }, '/ttl'],
    [{ ttl: '0s' }, '/ttl'],
    [{ ttl: '999999999h' }, '/ttl'],
    [{ rateLimit: '1/2' }, '/rateLimit'],
    [{ lifecycle: { activeAfter: '1s' } }, '/lifecycle/activeAfter'],
    [{ faults: [{ ...fault, id: 'own' }] }, '/faults/0'],
    [{ faults: [fault, { errorCode: 'NOPE' }] }, '/faults/1/errorCode'],
    [{ faults: [{ ...fault, match: { organization: 'f'.repeat(24) } }] }, '/faults/0/match/organization'],
    [{ faults: Array(101).fill(fault) }, '/faults'],
  ]
  for (const [body, pointer] of cases) {
    const refused = await command('POST', '/tenants', body)
    t.match(refused.json(), { status: 400, errors: [{ pointer }] }, JSON.stringify(body).slice(0, 80))
  }
  t.match((await command('POST', '/tenants?name=x')).json(), { status: 400, errors: [{ parameter: 'name' }] })
  t.strictSame(await exported(), before)
})

test('faults that find no room make no tenant, and no reset', async (t) => {
  const { tenant, command, exported } = await startShared(t)
  const fault = { errorCode: 'NO_CAPACITY', match: { method: 'PATCH' } }
  const one = await tenant({ faults: [fault] })
  for (const { id } of (await command('GET', '/faults')).json().faults) await command('DELETE', `/faults/${id}`)
  await command('POST', '/state', { faults: Array(1000).fill(fault) })
  const { tenants, organizations } = await exported()
  for (const url of ['/tenants', `/tenants/${one.id}/reset`]) {
    const refused = await command('POST', url, url === '/tenants' ? { faults: [fault] } : undefined)
    t.match(refused.json(), { status: 409, detail: 'There would be more than 1000 faults armed; disarm some first.' })
  }
  const after = await exported()
  t.strictSame([after.tenants, after.organizations], [tenants, organizations])
})

test('with --auth off a tenant is its project alone, and lists show all', async (t) => {
  const { tenant, command, call, exported, create } = await startShared(t, ['--auth', 'off'])
  const one = await tenant({
    name: 'One',
    rateLimit: '5/5/5',
    faults: [{ errorCode: 'NO_CAPACITY', match: { method: 'DELETE' } }],
  })
  const two = await tenant({ name: 'Two' })
  t.match(one, { apiKey: null, serviceAccount: null })
  t.strictSame(Object.keys(one.environment), [
    'ATLAS_URL',
    'MONGODB_ATLAS_BASE_URL',
    'MONGODB_ATLAS_OPS_MANAGER_URL',
    'MDB_MCP_API_BASE_URL',
    'MONGODB_ATLAS_ORG_ID',
    'MONGODB_ATLAS_PROJECT_ID',
  ])
  t.match((await exported()).tenants[0], { publicKey: undefined, clientId: undefined })
  t.match((await command('GET', '/tenants')).json().tenants, [{ apiKey: null }, { serviceAccount: null }])
  t.strictSame(
    (await one.ask('GET', '/groups')).json().results.map(({ name }: { name: string }) => name),
    ['Emulator', 'One', 'Two'],
  )
  const { id } = (await one.create()).json()
  t.equal((await one.ask('DELETE', `${one.endpoints}/${id}`)).statusCode, 409)
  const other = (await two.create()).json()
  t.equal((await two.ask('DELETE', `${two.endpoints}/${other.id}`)).statusCode, 204)
  t.equal((await call('DELETE', `${path}/${(await create()).id}`)).statusCode, 204)
  t.equal((await one.ask('GET', one.endpoints)).headers['ratelimit-limit'], '5')
  t.match((await command('GET', `/requests?organization=${one.id}`)).json().requests, [
    { method: 'POST', project: one.project },
    { method: 'DELETE', fault: 'NO_CAPACITY' },
    { method: 'GET' },
  ])
  t.equal((await one.ask('GET', `/orgs/${one.id}`)).headers['ratelimit-limit'], '5')
  t.match((await command('GET', `/requests?organization=${one.id}&limit=1`)).json().requests, [{ operation: 'getOrg' }])
  await command('POST', `/tenants/${one.id}/reset`)
  t.equal((await one.ask('GET', one.endpoints)).json().totalCount, 0)
  await command('DELETE', `/tenants/${one.id}`)
  t.equal((await one.ask('GET', one.endpoints)).statusCode, 404)
})

test('the plan of all is not that of a tenant which has its own, and leaves the plans of its projects', async (t) => {
  const { tenant, command } = await startShared(t)
  const [planned, plain] = [await tenant({ lifecycle: { provisioning: '0s' } }), await tenant()]
  await command('PUT', '/lifecycle', { project, provisioning: '7s' })
  await command('PUT', '/lifecycle', { project: plain.project, provisioning: '0s' })
  const set = await command('PUT', '/lifecycle', { provisioning: 'manual' })
  t.strictSame(set.json(), { all: { provisioning: 'manual' }, projects: { [plain.project]: { provisioning: '0h' } } })
  for (const { create, ask, endpoints } of [planned, plain]) {
    const { id } = (await create()).json()
    t.equal((await ask('GET', `${endpoints}/${id}`)).json().status, 'ACTIVE')
  }
  const added = {
    id: 'abcabcabcabcabcabcabcabc',
    orgId: planned.id,
    name: 'Later',
    privateEndpoints: [{ regionName: 'US_EAST_1' }],
  }
  await command('POST', '/state', { projects: [added] })
  const url = `/groups/${added.id}/backup/AWS/privateEndpoints`
  t.equal((await planned.ask('GET', url)).json().results[0].status, 'ACTIVE')
})

test('there is an end to how many tenants there can be', async (t) => {
  const { command, exported } = await startShared(t)
  const id = (digit: string, i: number) => `${digit}${i.toString(16).padStart(23, '0')}`
  const numbers = Array.from({ length: mostTenants }, (_, i) => i)
  const world = {
    organizations: numbers.map((i) => ({ id: id('a', i), name: 'A' })),
    projects: [],
    tenants: numbers.map((i) => ({
      orgId: id('a', i),
      name: 'A',
      groupId: id('b', i),
      expiresAt: '2026-01-01T00:00:01Z',
    })),
  }
  t.equal((await command('PUT', '/state', world)).statusCode, 200)
  t.match((await command('POST', '/tenants')).json(), {
    status: 409,
    detail: 'There are 10000 tenants already; remove one first.',
  })
  const one = {
    organizations: [{ id: id('c', 0), name: 'C' }],
    tenants: [{ orgId: id('c', 0), name: 'C', groupId: id('d', 0) }],
  }
  t.match((await command('POST', '/state', one)).json(), { status: 409, errors: [{ pointer: '/tenants/0' }] })
  t.equal((await command('DELETE', `/tenants/${id('a', 0)}`)).statusCode, 204)
  t.equal((await command('POST', '/tenants')).statusCode, 201)
  await command('POST', '/clock', { advance: '1s' })
  t.equal((await exported()).tenants.length, 1)
})
