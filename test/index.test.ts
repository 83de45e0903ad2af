import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mock } from 'node:test'
import { type Test, test } from 'tap'
import {
  EmulatorControl,
  EmulatorControlError,
  EmulatorTenant,
  type StartOptions,
  startEmulator,
} from '../src/index.js'
import { accept, basic, defaultWorld, project, startOfTime } from './support/emulator.js'
import { exchange } from './support/socket.js'

const path = `/api/atlas/v2/groups/${project}/backup/AWS/privateEndpoints`

/** An emulator that stops when the test ends, and a client that is signed in. */
async function running(t: Test, options: StartOptions = {}) {
  const emulator = await startEmulator(options)
  t.teardown(() => emulator.close())
  const { url, control } = emulator
  const { serviceAccounts } = await control.credentials()
  const [account] = serviceAccounts
  const response = await fetch(`${url}/api/oauth/token`, {
    method: 'POST',
    headers: { authorization: basic({ id: account?.clientId as string, secret: account?.clientSecret as string }) },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  const { access_token: token } = (await response.json()) as { access_token: string }
  const headers = { accept, authorization: `Bearer ${token}` }
  const get = async (id = '') => {
    const response = await fetch(`${url}${path}${id && `/${id}`}`, { headers })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const create = async (regionName: string) => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ cloudProvider: 'AWS', regionName }),
    })
    return (await response.json()) as { id: string; status: string }
  }
  return { ...emulator, get, create }
}

test('an emulator in this process: state, clock, lifecycle, faults and requests by one client', async (t) => {
  const { control, get, create } = await running(t, { deletion: '1h' })
  const { id } = await create('US_EAST_1')
  t.match((await get(id)).body, { status: 'INITIATING' })
  await control.clock.advance('2s')
  t.match((await get(id)).body, { status: 'ACTIVE' })
  const alone = await control.lifecycle.move(id, { status: 'PENDING_RECREATION', recreate: false })
  t.match(alone, { status: 'PENDING_RECREATION', replacement: null })
  t.match(await control.lifecycle.move(id, { status: 'FAILED', errorMessage: 'No.' }), { errorMessage: 'No.' })
  t.match(await control.lifecycle.set({ provisioning: 'manual' }), { all: { provisioning: 'manual' } })
  t.match(await control.lifecycle.set({ outcome: 'FAILED', deletion: '1h' }, { project }), {
    projects: { [project]: { outcome: 'FAILED' } },
  })
  t.match(await control.lifecycle.get(), { all: { provisioning: 'manual' } })

  const { id: fault } = await control.faults.arm('NO_CAPACITY')
  await control.faults.arm({ match: { operationId: 'listGroups' }, errorCode: 'GROUP_NOT_FOUND' })
  t.equal((await get(id)).status, 409)
  t.match(await control.faults.list(), [{ id: fault, matched: 1, fired: 1 }, { errorCode: 'GROUP_NOT_FOUND' }])
  await control.faults.disarm(fault)
  t.equal((await get(id)).status, 200)
  t.equal((await control.faults.list({ errorCode: 'NO_CAPACITY' })).length, 0)
  t.equal((await control.faults.list({ operationId: 'listGroups' })).length, 1)
  await control.faults.disarm({ project })
  t.equal((await control.faults.list()).length, 1)
  await control.faults.disarm()
  t.same(await control.faults.list(), [])

  t.equal(await control.requests.count({ fault: 'any' }), 1)
  t.equal(await control.requests.count({ unserved: true }), 0)
  t.match(await control.requests.find({ status: 409 }), [
    { errorCode: 'NO_CAPACITY', operation: 'getGroupBackupPrivateEndpoint' },
  ])
  t.equal((await control.requests.find({ since: new Date(0) }, { limit: 2 })).length, 2)
  await control.requests.clear({ status: 409 })
  t.equal(await control.requests.count({ status: 409 }), 0)
  t.not(await control.requests.count(), 0)
  await control.requests.clear()
  t.equal(await control.requests.count(), 0)

  t.match(await control.lifecycle.move(id, 'DELETING'), { status: 'DELETING' })
  const before = await control.state.export({ secrets: true })
  t.match(await control.state.snapshot('one'), { name: 'one' })
  t.match(await control.reset({ project }), { privateEndpoints: 0 })
  t.match(await control.state.restore('one'), { privateEndpoints: 1 })
  t.match(await control.reset(), { privateEndpoints: 0 })
  t.match(await control.state.restore('one'), { privateEndpoints: 1 })
  t.match(await control.state.snapshots(), [{ name: 'one' }])
  await control.state.removeSnapshot('one')
  t.same(await control.state.snapshots(), [])
  t.match(await control.state.import(await control.state.export()), { privateEndpoints: 1 })
  t.same((await control.state.export({ secrets: true })).apiKeys, before.apiKeys)
  t.match(await control.state.add({ organizations: [{ id: 'a'.repeat(24), name: 'Added' }] }), { organizations: 2 })
  t.match(await control.health(), { status: 'ok', database: 'memory' })
})

test('a tenant of an emulator that others use: its variables, plan, faults, requests, reset and end', async (t) => {
  const { control } = await running(t)
  const tenant = await control.tenant({ name: 'One', ttl: 3_600_000, faults: [{ delay: '1ms' }] })
  t.ok(tenant instanceof EmulatorTenant)
  const { id, name, apiKey, serviceAccount, environment, createdAt, expiresAt } = tenant
  t.equal(Date.parse(expiresAt as string) - Date.parse(createdAt), 3_600_000)
  t.match(await control.tenants.list(), [
    { id, name: 'One', project: tenant.project, apiKey: { publicKey: apiKey?.publicKey }, serviceAccount: {} },
  ])
  t.match(await control.tenants.get(id), { id, name })
  const url = environment.MONGODB_ATLAS_BASE_URL as string
  const get = async () => {
    const response = await fetch(`${url}/api/oauth/token`, {
      method: 'POST',
      headers: {
        authorization: basic({
          id: serviceAccount?.clientId as string,
          secret: serviceAccount?.clientSecret as string,
        }),
      },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    const { access_token: token } = (await response.json()) as { access_token: string }
    const headers = { accept, authorization: `Bearer ${token}` }
    return (await fetch(`${url}/api/atlas/v2/groups`, { headers })).status
  }
  const followed = await tenant.requests.follow({ method: 'GET' })
  t.equal(await get(), 200)
  t.match((await followed.next()).value, { organization: id, fault: 'delay' })
  await followed.return()
  t.match(await tenant.requests.find({}, { limit: 1 }), [{ operation: 'listGroups' }])
  t.same([await tenant.requests.count(), await control.requests.count()], [2, 3])

  const { id: fault } = await tenant.faults.arm('NO_CAPACITY')
  await tenant.faults.arm({ errorCode: 'GROUP_NOT_FOUND', match: { method: 'POST' } })
  await control.faults.arm({ errorCode: 'GROUP_NOT_FOUND', match: { method: 'PATCH' } })
  t.equal((await tenant.faults.list()).length, 3)
  t.match(await tenant.faults.list({ errorCode: 'GROUP_NOT_FOUND' }), [{ match: { method: 'POST', organization: id } }])
  t.equal(await get(), 409)
  await tenant.faults.disarm(fault)
  t.equal(await get(), 200)
  await tenant.faults.disarm()
  t.match(await control.faults.list(), [{ match: { method: 'PATCH' } }])
  await tenant.requests.clear()
  t.same([await tenant.requests.count(), await control.requests.count()], [0, 1])

  t.match(await tenant.lifecycle.set({ provisioning: 'manual' }), {
    projects: { [tenant.project]: { provisioning: 'manual' } },
  })
  t.match(await tenant.reset(), { id })
  t.same((await control.lifecycle.get()).projects, {})
  t.match(await tenant.faults.list(), [{ delay: '1ms' }])
  t.match(await control.tenants.reset(id), { id })
  await control.tenants.remove(id)
  await t.rejects(tenant.remove(), { message: `There is no tenant with the id ${id}.` })
  await tenant[Symbol.asyncDispose]()

  {
    await using other = await control.tenant()
    t.match(await control.tenants.list(), [{ id: other.id }])
  }
  t.same(await control.tenants.list(), [])
})

test('a tenant that cannot be removed says why', async (t) => {
  const { control, close } = await startEmulator()
  const tenant = await control.tenant()
  await close()
  await t.rejects(tenant[Symbol.asyncDispose]())
  const server = createServer((_request, response) => response.writeHead(503).end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const elsewhere = new EmulatorControl(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const same = new EmulatorTenant(elsewhere, { ...tenant, lifecycle: {} })
  await t.rejects(same[Symbol.asyncDispose](), { message: /answered 503/ })
})

test('the clock is frozen where it is or at a moment, and advanced by a number of milliseconds', async (t) => {
  const { control } = await running(t)
  const { now } = await control.clock.freeze()
  t.equal((await control.clock.get()).now, now)
  t.equal((await control.clock.advance(1500)).now, new Date(Date.parse(now) + 1500).toISOString())
  t.match(await control.clock.freeze(new Date(0)), { now: '1970-01-01T00:00:00.000Z', frozen: true })
  t.match(await control.clock.freeze('2026-01-01T00:00:00Z'), { now: '2026-01-01T00:00:00.000Z' })
  t.match(await control.clock.resume(), { frozen: false })
})

test('requests are followed as they come, until the emulator stops', async (t) => {
  const { url, control, close, create } = await running(t)
  const [all, failed] = [await control.requests.follow(), await control.requests.follow({ status: '4xx' })]
  await create('US_EAST_1')
  await fetch(`${url}/nope`)
  t.match((await all.next()).value, { operation: 'createGroupBackupPrivateEndpoint' })
  t.match((await failed.next()).value, { url: '/nope' })
  await failed.return()
  await close()
  const urls = []
  for await (const request of all) urls.push(request.url)
  t.same(urls, ['/nope'])
})

test('a refusal says why, and carries the problem', async (t) => {
  const { control, url } = await running(t, { controlToken: 's3cret', logLevel: 'fatal' })
  await t.rejects(control.faults.arm('RESORCE_NOT_FOUND'), {
    name: 'EmulatorControlError',
    message: /Did you mean RESOURCE_NOT_FOUND\?/,
    problem: { status: 400, errors: [{ pointer: '/errorCode' }] },
  })
  await t.rejects(new EmulatorControl(url).reset(), { message: /Send the token of --control-token/ })
  t.match(await new EmulatorControl(new URL(url), { token: 's3cret' }).reset(), { projects: 1 })
  const other = createServer((_request, response) => response.writeHead(502).end('<html>')).listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const elsewhere = new EmulatorControl(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`)
  const error = await elsewhere.reset().catch((refusal: unknown) => refusal)
  t.ok(error instanceof EmulatorControlError)
  await t.rejects(elsewhere.reset(), { message: /answered 502 Bad Gateway; is this an emulator with --control on\?/ })
})

test('options are the flags, in code', async (t) => {
  const { control, get, create } = await running(t, {
    fixtures: { ...defaultWorld(), organizations: [{ id: '32b6e34b3d91647abb20e7a0', name: 'Mine' }] },
    provisioning: 0,
    deletion: '1h',
    rateLimit: 'off',
    trustProxy: true,
    reset: true,
    journal: undefined,
    port: undefined,
  })
  t.equal((await control.state.export()).organizations[0]?.name, 'Mine')
  await control.reset()
  t.equal((await control.state.export()).organizations[0]?.name, 'Mine', 'a reset loads the same world')
  const { id } = await create('US_EAST_1')
  t.match((await get(id)).body, { status: 'ACTIVE' })
  const demo = await startEmulator({ fixtures: 'demo', reset: false })
  t.equal((await demo.control.health()).counts.organizations, 3)
  await demo[Symbol.asyncDispose]()
  await demo.close()
  await t.rejects(demo.control.health())
})

test('what cannot be started is refused, and leaves nothing behind', async (t) => {
  await t.rejects(startEmulator({ prot: 1 } as never), {
    name: 'UsageError',
    message: /Unknown option "prot"\. Did you mean port\?/,
  })
  await t.rejects(startEmulator({ port: 70_000 }), { name: 'UsageError' })
  await t.rejects(startEmulator({ help: true } as never), { name: 'UsageError' })
  for (const options of [null, 'demo', { fixtures: null }, { fixtures: () => ({}) }, { port: Number.NaN }]) {
    await t.rejects(startEmulator(options as never), { name: 'UsageError' })
  }
  await t.rejects(startEmulator({ fixtures: 'none.json' }), { name: 'FixtureError' })
  await t.rejects(startEmulator({ fixtures: { organizations: [] } as never }), {
    message: /^The fixture given cannot be used:\n {2}\$\.projects: is missing$/,
  })
  await t.rejects(startEmulator({ db: '/none/x.db' }), { name: 'DatabaseError' })
  await t.rejects(startEmulator({ host: '192.0.2.1' }), { code: 'EADDRNOTAVAIL' })
})

test('fake timers of a test in the same process, and its fetch, are not the emulator’s', async (t) => {
  const { fetch } = globalThis
  t.teardown(() => {
    mock.timers.reset()
    globalThis.fetch = fetch
  })
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'], now: 0 })
  globalThis.fetch = () => {
    throw new Error('No request may leave this test')
  }
  const { url, control, close } = await startEmulator({ auth: 'off', provisioning: 0 })
  t.teardown(close)
  t.ok(Date.parse((await control.clock.get()).now) > startOfTime, 'the time is the real one')
  const followed = await control.requests.follow()
  const headers = { accept, 'content-type': 'application/json' }
  const created = request(url + path, { method: 'POST', headers })
  created.end(JSON.stringify({ cloudProvider: 'AWS', regionName: 'US_EAST_1' }))
  const [answer] = (await once(created, 'response')) as [IncomingMessage]
  answer.resume()
  t.equal(answer.statusCode, 201)
  t.match((await followed.next()).value, { operation: 'createGroupBackupPrivateEndpoint' })
  t.equal(await control.requests.count({ header: 'accept' }), 1)
  await control.faults.arm({ delay: '1ms' })
  const delayed = request(url + path, { headers: { accept } }).end()
  const [late] = (await once(delayed, 'response')) as [IncomingMessage]
  t.equal(late.resume().statusCode, 200)
  const refused = await exchange(url, 'GET / HTTP/1.1\r\nHost : x\r\n\r\n')
  t.match(refused.statusLine, '400')
  t.ok(
    Date.parse(refused.headers.date ?? '') > startOfTime,
    'what Node cannot read is answered with the real time, too',
  )
  await close()
  await t.rejects(control.health(), { code: 'ECONNREFUSED' })
})

test('trustProxy takes what the flag takes, and a list', async (t) => {
  await running(t, { trustProxy: ['127.0.0.1', 'uniquelocal'] })
  for (const trustProxy of [7, ['nowhere']] as never[]) {
    await t.rejects(startEmulator({ trustProxy }), { name: 'UsageError', message: /^trustProxy: found / })
  }
})
