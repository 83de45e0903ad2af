import { once } from 'node:events'
import { get } from 'node:http'
import Fastify from 'fastify'
import { test } from 'tap'
import { EmulatorControl } from '../../src/control/client.js'
import type { ControlContext } from '../../src/control/context.js'
import type { EmulatorEvent } from '../../src/control/event.js'
import { EventHub, rememberedEvents } from '../../src/control/event-hub.js'
import { Followers, mostFollowers } from '../../src/control/following.js'
import { Faults } from '../../src/faults/faults.js'
import { openStore } from '../../src/store/store.js'
import { Chance } from '../../src/world/chance.js'
import { SettableClock, systemClock } from '../../src/world/clock.js'
import {
  defaultWorld,
  fixtureFile,
  ManualClock,
  path,
  project,
  role,
  start,
  type TestBench,
} from '../support/emulator.js'

/** Follows the events of an emulator, until that stops. */
async function follow({ emulator }: Pick<TestBench, 'emulator'>, options: { backlog?: number } = {}) {
  const url = await emulator.listen()
  const events = new EmulatorControl(url).events(options)
  const passedOver: EmulatorEvent[] = []
  /** The first event of a kind that has not been asked for before, or the first of all. */
  const next = async <E extends EmulatorEvent['event']>(kind?: E) => {
    type Wanted = Extract<EmulatorEvent, { event: E }>
    const place = passedOver.findIndex(({ event }) => kind === undefined || event === kind)
    if (place >= 0) return passedOver.splice(place, 1)[0] as Wanted
    for (;;) {
      const { value } = await events.next()
      if (!value) throw new Error('The events have ended')
      if (kind === undefined || value.event === kind) return value as Wanted
      passedOver.push(value)
    }
  }
  return { url, events, next }
}

/** Waits until somebody follows, so that nothing that is done after that is missed. */
async function following(bench: TestBench, { next }: Awaited<ReturnType<typeof follow>>) {
  const waiting = next('clock')
  await bench.command('POST', '/clock', { advance: '0s' })
  let isTold = false
  waiting.then(() => {
    isTold = true
  })
  while (!isTold) {
    await new Promise(setImmediate)
    if (!isTold) await bench.command('POST', '/clock', { advance: '0s' })
  }
}

test('events tell of requests, endpoints, resources, faults and the clock, numbered in one sequence', async (t) => {
  const bench = await start(t, ['--private-networking', 'lenient'])
  const { next } = await follow(bench, { backlog: 1 })
  const first = await next()
  t.match(first, { event: 'request', data: { operation: 'token', status: 200 } }, 'the backlog is of the journal')
  const { id } = await bench.create()
  const created = await next('endpoint')
  t.match(created.data, {
    change: 'created',
    id,
    project,
    status: 'INITIATING',
    regionName: 'US_EAST_1',
    transitions: [{ at: '2026-01-01T00:00:02.000Z', status: 'ACTIVE' }],
  })
  t.notOk('replacement' in created.data)
  const request = await next('request')
  t.match(request.data, { method: 'POST', status: 201, operation: 'createGroupBackupPrivateEndpoint' })
  t.strictSame([created.id, request.id].sort(), [first.id + 1, first.id + 2])
  await bench.command('POST', '/faults', { id: 'mine', errorCode: 'NO_CAPACITY' })
  t.match((await next('fault')).data, { change: 'armed', fault: { id: 'mine', matched: 0 } })
  await bench.call('GET', path)
  t.match((await next('fault')).data, { change: 'changed', fault: { id: 'mine', matched: 1, fired: 1 } })
  await bench.command('DELETE', '/faults/mine')
  t.match((await next('fault')).data, { change: 'disarmed', id: 'mine' })
  await bench.command('POST', '/clock', { advance: '2s' })
  t.match((await next('clock')).data, { now: '2026-01-01T00:00:02.000Z', frozen: false, offset: 2000 })
  t.match((await next('endpoint')).data, { change: 'changed', id, status: 'ACTIVE', transitions: [] })
  await bench.call('DELETE', `${path}/${id}`)
  t.match((await next('endpoint')).data, { change: 'changed', status: 'DELETING', goneAt: '2026-01-01T00:00:03.000Z' })
  await bench.command('POST', '/clock', { advance: '1s' })
  t.match((await next('endpoint')).data, { change: 'gone', id, project })
  const bucket = {
    cloudProvider: 'AWS',
    bucketName: 'a-bucket',
    iamRoleId: role,
  }
  const made = await bench.call('POST', `/api/atlas/v2/groups/${project}/backup/exportBuckets`, { body: bucket })
  t.equal(made.statusCode, 200)
  t.match((await next('resource')).data, {
    change: 'created',
    resource: 'exportBuckets',
    id: made.json()._id,
    owner: project,
    thing: { bucketName: 'a-bucket' },
  })
  await bench.call('DELETE', `/api/atlas/v2/groups/${project}/backup/exportBuckets/${made.json()._id}`)
  t.match((await next('resource')).data, { change: 'gone', resource: 'exportBuckets', owner: project })
})

test('a status that changes by time is told at its time, though nobody asks', async (t) => {
  const bench = await start(t, ['--provisioning', '20ms'])
  const stream = await follow(bench)
  await following(bench, stream)
  const { id } = await bench.create()
  t.match((await stream.next('endpoint')).data, { change: 'created', id, status: 'INITIATING' })
  await stream.next('request')
  bench.clock.advance(20)
  t.match((await stream.next('endpoint')).data, { change: 'changed', id, status: 'ACTIVE' })
})

test('what was to come when somebody began to follow is told too; what a clock set back undoes is not', async (t) => {
  const world = defaultWorld()
  const [first] = world.projects
  Object.assign(first as object, {
    privateEndpoints: [
      { regionName: 'US_EAST_1' },
      { regionName: 'EU_WEST_1', status: 'ACTIVE', transitions: [{ status: 'FAILED', after: '3s' }] },
      { regionName: 'EU_WEST_2', status: 'ACTIVE' },
    ],
  })
  const bench = await start(t, ['--fixtures', fixtureFile(t, world)])
  const { command } = bench
  const stream = await follow(bench)
  await following(bench, stream)
  const { next } = stream
  await command('POST', '/clock', { advance: '2s' })
  t.match((await next('endpoint')).data, { change: 'changed', regionName: 'US_EAST_1', status: 'ACTIVE' })
  await command('POST', '/clock', { advance: '1s' })
  t.match((await next('endpoint')).data, { change: 'changed', regionName: 'EU_WEST_1', status: 'FAILED' })
  await command('POST', '/clock', { freeze: '2025-12-31T00:00:00Z' })
  t.match((await next('world')).data, { reason: 'clock', project: null })
})

test('a replacement is told when it begins to exist, and the replaced one when it is gone', async (t) => {
  const bench = await start(t, ['--provisioning', '1s'])
  const { command, create } = bench
  const { id } = await create()
  await command('POST', '/clock', { advance: '1s' })
  const stream = await follow(bench)
  await following(bench, stream)
  const { next } = stream
  await command('PATCH', `/privateEndpoints/${id}`, { status: 'PENDING_RECREATION', after: '10s' })
  t.match((await next('endpoint')).data, { change: 'changed', id, status: 'ACTIVE' })
  await command('POST', '/clock', { advance: '10s' })
  const both = [(await next('endpoint')).data, (await next('endpoint')).data]
  t.match(
    both.find((event) => event.id === id),
    { change: 'changed', status: 'PENDING_RECREATION' },
  )
  const replacement = both.find((event) => event.id !== id)
  t.match(replacement, { change: 'created', status: 'INITIATING' })
  await command('POST', '/clock', { advance: '1s' })
  const ended = [(await next('endpoint')).data, (await next('endpoint')).data]
  t.match(
    ended.find((event) => event.id === id),
    { change: 'gone' },
  )
  t.match(
    ended.find((event) => event.id === replacement?.id),
    { change: 'changed', status: 'ACTIVE' },
  )
  await command('PATCH', `/privateEndpoints/${replacement?.id}`, { status: 'PENDING_RECREATION', after: '10s' })
  await next('endpoint')
  await command('PATCH', `/privateEndpoints/${replacement?.id}`, { status: 'ACTIVE' })
  t.match((await next('endpoint')).data, { id: replacement?.id, status: 'ACTIVE' }, 'a replacement called off was none')
})

test('a world that is another one is told as such, and followed on', async (t) => {
  const bench = await start(t)
  const { command, create } = bench
  const stream = await follow(bench)
  await following(bench, stream)
  const { next } = stream
  await command('PUT', '/lifecycle', { provisioning: '5s' })
  t.match((await next('world')).data, { reason: 'plan', project: null })
  await command('PUT', '/lifecycle', { provisioning: '4s', project })
  t.match((await next('world')).data, { reason: 'plan', project })
  await command('POST', `/reset?project=${project}`)
  t.match((await next('world')).data, { reason: 'replaced', project })
  await command('POST', '/reset')
  t.match((await next('world')).data, { reason: 'replaced', project: null })
  await create()
  t.match((await next('endpoint')).data, { change: 'created', transitions: [{ at: String }] })
  const large = defaultWorld()
  Object.assign(large, {
    projects: Array.from({ length: 1100 }, (_, n) => ({
      id: n.toString(16).padStart(24, '0'),
      orgId: large.organizations[0]?.id,
      name: `p${n}`,
    })),
    apiKeys: [],
    serviceAccounts: [],
  })
  await command('PUT', '/state', large)
  t.match((await next('world')).data, { reason: 'replaced', project: null })
  await command('POST', '/clock', { advance: '1s' })
  t.match(await next(), { event: 'clock' }, 'once for all of its projects')
})

test('a change that its transaction took back is none', async (t) => {
  const bench = await start(t)
  const stream = await follow(bench)
  await following(bench, stream)
  // The second one is refused: its insert changes nothing.
  const { id } = await bench.create()
  t.equal((await bench.call('POST', path, { body: { cloudProvider: 'AWS', regionName: 'US_EAST_1' } })).statusCode, 409)
  t.match((await stream.next('endpoint')).data, { id })
  await bench.command('POST', '/faults', { errorCode: 'NO_CAPACITY' })
  t.match(await stream.next('fault'), { data: { change: 'armed' } })
})

test('who comes back is told from where it was; who has been away alone, that it should look anew', async (t) => {
  const bench = await start(t)
  const { emulator, call } = bench
  const url = await emulator.listen()
  const listen = async (headers: Record<string, string>, query = '') => {
    const request = get(`${url}/_emulator/events${query}`, { headers, agent: false })
    const [response] = await once(request, 'response')
    let text = ''
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    const until = async (wanted: RegExp) => {
      while (!wanted.test(text)) await once(response, 'data')
      return text
    }
    return { until, leave: () => request.destroy() }
  }
  const first = await listen({})
  await call('GET', path)
  const told = await first.until(/event: request/)
  const [, id = ''] = /^id: (\d+)$/m.exec(told) ?? []
  const second = await listen({ 'last-event-id': String(Number(id) - 1) })
  t.match(await second.until(/event: request/), new RegExp(`^id: ${id}$`, 'm'))
  const stranger = await listen({ 'last-event-id': '999999' })
  t.match(await stranger.until(/event: world/), /"reason":"missed"/)
  for (const stream of [first, second, stranger]) stream.leave()
  // The last one that leaves ends the watching, which the server sees a moment later.
  let text = ''
  while (!text.includes('event: world')) {
    const again = await listen({ 'last-event-id': id })
    await call('GET', `${path}?again`)
    text = await again.until(/event: request/)
    again.leave()
  }
  t.match(text, /^event: world\ndata: .*"reason":"missed"/m, 'told to look anew')
})

test('a follower that lags is skipped, and told how many events it has missed', async (t) => {
  const { emulator, command, call } = await start(t, ['--journal', '5', '--rate-limit', 'off'])
  const url = await emulator.listen()
  const written: string[] = []
  let isReady = true
  const follower = {
    get isReady() {
      return isReady
    },
    write: (text: string) => void written.push(text),
  }
  // The hub itself, since no test can have a socket be slow at will.
  let joined: { tell: () => void; leave: () => void } | undefined
  const { prototype } = EventHub
  const join = prototype.join
  prototype.join = function (this: EventHub, other, options) {
    joined ??= join.call(this, follower, { seen: undefined, backlog: 0 })
    return join.call(this, other, options)
  }
  t.teardown(() => {
    prototype.join = join
  })
  const stream = new EmulatorControl(url).events()
  const waiting = stream.next()
  while (!joined) await new Promise(setImmediate)
  isReady = false
  for (let i = 0; i < 8; i += 1) await call('GET', `${path}?n=${i}`)
  for (let i = 0; i < 3; i += 1) await command('POST', '/clock', { advance: '1s' })
  await waiting
  await new Promise(setImmediate)
  t.equal(written.length, 0)
  isReady = true
  joined.tell()
  t.match(written[0], /^id: \d+\nevent: gap\ndata: \{"missed":3\}\n\n$/, 'what the journal has forgotten')
  t.equal(written.filter((text) => text.includes('event: request')).length, 5)
  t.equal(written.filter((text) => text.includes('event: clock')).length, 3)
  isReady = false
  written.length = 0
  const many = rememberedEvents + 10
  for (let i = 0; i < many; i += 1) await call('GET', path)
  await new Promise(setImmediate)
  isReady = true
  joined.tell()
  t.match(written[0], new RegExp(`event: gap\\ndata: \\{"missed":${many - 5}\\}`), 'what the events have forgotten')
  t.equal(written.length, 6)
  joined.leave()
})

test('what is wrong with a question for events is told, and so is that there are too many followers', async (t) => {
  const bench = await start(t)
  const { command, emulator } = bench
  t.match((await command('GET', '/events?backlog=x')).json(), { status: 400, errors: [{ parameter: 'backlog' }] })
  t.match((await command('GET', '/events?types=x')).json(), { status: 400 })
  const head = await command('HEAD', '/events')
  t.match([head.statusCode, head.headers['content-type']], [200, 'text/event-stream'])
  const url = await emulator.listen()
  const all = await Promise.all(
    Array.from({ length: mostFollowers }, async () => {
      const request = get(`${url}/_emulator/events`, { agent: false })
      await once(request, 'response')
      return request
    }),
  )
  t.match((await command('GET', '/events')).json(), { status: 409, detail: `${mostFollowers} follow already.` })
  await t.rejects(new EmulatorControl(url).events().next(), { name: 'EmulatorControlError' })
  for (const request of all) request.destroy()
})

test('the events end when the emulator stops; without a journal they tell the rest', async (t) => {
  const bench = await start(t, ['--journal', 'off'])
  const stream = await follow(bench, { backlog: 10 })
  await following(bench, stream)
  await bench.create()
  t.match((await stream.next('endpoint')).data, { change: 'created' })
  await bench.emulator.close()
  let last = await stream.events.next()
  while (!last.done) last = await stream.events.next()
  t.equal(last.done, true)
})

test('a project that comes, changes and goes is an event, and so are the roles of who made it', async (t) => {
  const bench = await start(t)
  const stream = await follow(bench)
  await following(bench, stream)
  const orgId = defaultWorld().organizations[0]?.id as string
  const made = await bench.call('POST', '/api/atlas/v2/groups', { body: { name: 'new', orgId } })
  const { id } = made.json()
  const events = [(await stream.next('resource')).data, (await stream.next('resource')).data]
  t.match(
    events.find(({ resource }) => resource === 'projects'),
    { change: 'created', id, owner: id },
  )
  t.match(
    events.find(({ resource }) => resource !== 'projects'),
    { change: 'changed', resource: 'serviceAccounts' },
  )
})

test('a connection on which nothing happens is kept alive', async (t) => {
  const store = openStore(':memory:')
  t.teardown(() => store.close())
  const clock = new SettableClock(new ManualClock())
  const faults = new Faults(store.faults, new Chance())
  let calls = 0
  await new Promise<void>((resolve) => {
    const hub = new EventHub(
      { store, faults, clock, journal: undefined } as unknown as ControlContext,
      () => {
        calls += 1
        if (calls < 2) return
        joined.leave()
        resolve()
      },
      { interval: 1 },
    )
    const joined = hub.join({ isReady: true, write: () => {} }, { seen: undefined, backlog: 0 })
    // Real time passes for an emulator without keeping its process alive.
    const waiting = setInterval(() => {}, 1000)
    t.teardown(() => clearInterval(waiting))
  })
  t.equal(calls, 2)
  const app = Fastify()
  t.teardown(() => app.close())
  const followers = new Followers(app)
  let left = 0
  let gone = () => {}
  const closed = new Promise<void>((resolve) => {
    gone = resolve
  })
  const following = {
    hello: ': hello\n\n',
    tell: () => {},
    leave: () => {
      left += 1
    },
  }
  app.get('/', (request, reply) => followers.answer(request, reply, () => following))
  app.get('/late', (request, reply) => {
    reply.raw.once('close', gone)
    return followers.answer(request, reply, () => closed.then(() => following))
  })
  const url = await app.listen()
  const request = get(url, { agent: false })
  const [response] = await once(request, 'response')
  let text = ''
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  followers.keepAlive()
  while (!text.includes(': keep-alive\n\n')) await once(response, 'data')
  const late = get(`${url}/late`, { agent: false })
  late.on('error', () => {})
  await once(late, 'socket')
  const [server] = [app.server]
  await once(server, 'request')
  late.destroy()
  await closed
  await new Promise(setImmediate)
  t.equal(left, 1, 'who is gone before the stream begins is not kept')
})

test('what is made and changed at once was made; what waits for reads, or begins later, is told as it comes', async (t) => {
  const store = openStore(':memory:')
  t.teardown(() => store.close())
  const clock = new SettableClock(new ManualClock())
  const faults = new Faults(store.faults, new Chance())
  const hub = new EventHub({ store, faults, clock, journal: undefined } as unknown as ControlContext, () => {})
  const written: string[] = []
  const joined = hub.join({ isReady: true, write: (text) => void written.push(text) }, { seen: undefined, backlog: 0 })
  const told = async () => {
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    return written.splice(0).flatMap((text) => {
      const [, data] = /^data: (.*)$/m.exec(text) ?? []
      return data === undefined ? [] : [JSON.parse(data)]
    })
  }
  await told()
  const things = store.things.of('privateEndpoints')
  const state = { errorMessage: null, privateEndpointConnectionName: null }
  const now = clock.now()
  const thing = {
    id: '6650c3d2e4cb603d9f000001',
    ownerId: project,
    place: 'a',
    data: { cloudProvider: 'AWS', regionName: 'US_EAST_1', vpcRegionName: 'US_EAST_1' },
    transitions: [
      { ...state, status: 'INITIATING' as const, at: now },
      { ...state, status: 'ACTIVE' as const, reads: 2 },
    ],
    goneAt: null,
  }
  things.insert(thing)
  things.update(thing)
  t.match(await told(), [{ change: 'created', transitions: [{ reads: 2 }] }])
  const later = { ...thing, id: '6650c3d2e4cb603d9f000002', place: 'b', beginsAt: now + 1000 }
  things.insert(later)
  t.strictSame(await told(), [], 'one that does not exist yet')
  clock.set({ offset: 1000 })
  things.update(later)
  t.match(await told(), [{ offset: 1000 }, { change: 'created', id: later.id }])
  things.remove(later)
  t.match(await told(), [{ change: 'gone', id: later.id }])
  store.transaction(() => faults.arm('a', { errorCode: 'NO_CAPACITY' }))
  store.transaction(() => faults.arm('b', { errorCode: 'NO_CAPACITY' }))
  t.match(await told(), [{ change: 'armed' }, { change: 'armed' }])
  const target = { operationId: 'listGroups', method: 'GET', path: '/', body: undefined }
  faults.strike({ ...target, projectId: undefined, organizationId: undefined, credentialId: undefined })
  t.match(await told(), [{ change: 'changed', fault: { id: 'a', fired: 1 } }], 'the other one has met nothing')
  things.update(thing)
  joined.leave()
  things.insert({ ...thing, id: '6650c3d2e4cb603d9f000003', place: 'c' })
  t.strictSame(await told(), [], 'who has left is told nothing')
})

test('a look at the world for what is to come ends when nobody follows any more', async (t) => {
  let looks = 0
  const store = {
    changes: {},
    directory: { eachOrganization: () => [], projectIds: () => ['a', 'b'] },
    things: {
      everyOf: () => {
        looks += 1
        // So long that others get their turn before the next project.
        for (const end = performance.now() + 15; performance.now() < end; );
        return new Map()
      },
    },
    tenants: { nextExpiry: Number.POSITIVE_INFINITY },
  }
  const faults = { list: () => [] }
  const clock = new SettableClock(new ManualClock())
  const hub = new EventHub({ store, faults, clock } as unknown as ControlContext, () => {})
  const joined = hub.join({ isReady: true, write: () => {} }, { seen: undefined, backlog: 0 })
  const looked = looks
  joined.leave()
  for (let i = 0; i < 5; i += 1) await new Promise(setImmediate)
  t.ok(looked > 0)
  t.equal(looks, looked, 'the other project is not looked at')
})

test('events tell of a tenant that is made, and of each thing that goes with it', async (t) => {
  const bench = await start(t)
  const followed = await follow(bench)
  await following(bench, followed)
  const { next } = followed
  const told = async () => {
    const events = [await next('resource'), await next('resource'), await next('resource'), await next('resource')]
    return events.map(({ data: { change, resource, id } }) => `${change} ${resource} ${id}`).sort()
  }
  const { id, project, apiKey, serviceAccount } = (await bench.command('POST', '/tenants')).json()
  const all = (change: string) => [
    `${change} apiKeys ${apiKey.publicKey}`,
    `${change} organizations ${id}`,
    `${change} projects ${project}`,
    `${change} serviceAccounts ${serviceAccount.clientId}`,
  ]
  t.strictSame(await told(), all('created'))
  await bench.command('DELETE', `/tenants/${id}`)
  t.strictSame(await told(), all('gone'))
})

test('who follows is told of a tenant whose time has come, though nobody sends a request', async (t) => {
  const bench = await start(t)
  const followed = await follow(bench)
  await following(bench, followed)
  const { id } = (await bench.command('POST', '/tenants', { ttl: '1h' })).json()
  for (let i = 0; i < 4; i += 1) await followed.next('resource')
  await bench.command('POST', '/clock', { freeze: '2098-01-01T00:00:00Z' })
  const gone = []
  for (let i = 0; i < 4; i += 1) gone.push((await followed.next('resource')).data)
  t.ok(gone.every(({ change }) => change === 'gone'))
  t.ok(gone.some(({ resource, id: one }) => resource === 'organizations' && one === id))
})

test('a tenant that could not be removed is tried again, and meanwhile the processor rests', async (t) => {
  const store = openStore(':memory:')
  t.teardown(() => store.close())
  const clock = new SettableClock(systemClock)
  const faults = new Faults(store.faults, new Chance())
  const tenants = { nextExpiry: clock.now() + 20 }
  const context = { store: { ...store, tenants }, faults, clock, journal: undefined } as unknown as ControlContext
  let calls = 0
  const due = new Promise<void>((resolve) => {
    const expire = () => {
      calls += 1
      if (clock.now() >= tenants.nextExpiry) resolve()
    }
    const joined = new EventHub(context, () => {}, { expire }).join(
      { isReady: true, write: () => {} },
      { seen: undefined, backlog: 0 },
    )
    t.teardown(() => joined.leave())
  })
  // Real time passes for an emulator without keeping its process alive.
  const waiting = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(waiting))
  await due
  const before = calls
  for (let i = 0; i < 20; i += 1) await new Promise(setImmediate)
  t.equal(calls, before)
})
