// npm run bench: the emulator beside what it is fair to compare it with, in one run, by the same client, in interleaved
// rounds, so that whatever else the machine does meets all alike. Prints medians and ratios; with --write it also puts
// them into the README beside it, and draws them in results.svg.
//
//   BENCH_SECONDS    a server is asked in each round for what it answers in so many (0.25)
//   BENCH_ROUNDS     how many rounds there are (18)
//   BENCH_PROCESSES  by how many processes of each server, one after the other (2)
//   BENCH_PEERS      off: without Prism, Mockoon, emulate and WireMock, which are fetched when they are missing
//   BENCH_LARGE      off: without the world of a million endpoints
//   BENCH_ONLY       names of servers, separated by commas
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { arch, cpus, platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle, root } from '../../.scripts/bundle.mjs'
import { Client } from './client.mjs'
import { installPeers } from './peers.mjs'
import { report } from './report.mjs'
import { account, apiKey, creates, fixtureFor, orgId, pathOf, projects, read, regionsOf } from './worlds.mjs'

const { env } = process
const seconds = Number(env.BENCH_SECONDS ?? 0.25)
const rounds = Number(env.BENCH_ROUNDS ?? 18)
/** Processes of one build differ by a tenth as long as they live, so that one says little. */
const processes = Number(env.BENCH_PROCESSES ?? 2)
/** Each round has so many turns: what else a machine does makes it half as fast for seconds, which then meets all alike. */
const turns = 5
/** How long V8 takes to have compiled what such requests run, in seconds. */
const warmUp = 2
/** Rounds before those that are measured: the first thousands of requests after a warm-up still take more than later ones. */
const settling = 2
/** The same of the peers: the JVM takes longer, and the others are so slow that little is compiled for each request. */
const warmUpOfPeers = { Prism: 1, Mockoon: 1, WireMock: 8, emulate: 1 }
/** How often each is started: the peers take seconds, and of a world's file a start reads little, so five will do. */
const starts = 11
const startsOfPeers = 5
const startsOfLarge = 5
/** Rounds for worlds of different sizes, of which there are more workloads. */
const roundsOfLarge = 12
const connections = 32
const requestsForMemory = 100_000

const accept = 'application/vnd.atlas.2025-03-12+json'
/** What Prism takes: it knows no version but those in the document, and answers 406 to the one above. */
const acceptOfPrism = 'application/vnd.atlas.2024-11-13+json'
const json = { 'content-type': 'application/json' }
const endpoint = `${pathOf(read)}/32b6e34b3d91647abb20e7c0`
const allProjects = '/api/atlas/v2/groups'
const regions = regionsOf(root)
const scratch = mkdtempSync(join(tmpdir(), 'bench-'))
const world = join(scratch, 'world.json')
writeFileSync(world, JSON.stringify(fixtureFor(regions)))
const running = new Set()

/** A port that was free a moment ago, for servers that do not tell which one they took. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return String(port)
}

/** Starts a server; resolves when it has answered `path`, whatever it says. */
async function launch({ command, port, path }) {
  const begun = performance.now()
  const child = spawn(command[0], command.slice(1), { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  running.add(child)
  child.on('exit', () => running.delete(child))
  let url = port && `http://127.0.0.1:${port}`
  if (url) {
    child.stdout.resume()
  } else {
    const [line] = await once(child.stdout, 'data')
    url = /http:\/\/[^\s/]+/.exec(String(line))[0]
    child.stdout.resume()
  }
  for (;;) {
    const answer = await fetch(url + path, { headers: { accept } }).catch(() => undefined)
    if (answer) {
      await answer.arrayBuffer()
      return { url, child, cold: performance.now() - begun }
    }
    // To ask more often would take from a server that is starting what it starts with.
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

async function stop(child) {
  child.kill()
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

/** Resident memory in MiB: now, or with VmHWM the most that there was. */
function residentMemory({ pid }, which = 'VmRSS') {
  const [, kibibytes] = new RegExp(`${which}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kibibytes) / 1024
}

/**
 * Processor time that the threads of a process have used, in microseconds. The kernel counts that of threads in
 * nanoseconds, and that of a process in hundredths of a second.
 */
function processorTime({ pid }) {
  const folder = `/proc/${pid}/task`
  const ofThread = (thread) => Number(readFileSync(`${folder}/${thread}/schedstat`, 'utf8').split(' ')[0])
  return readdirSync(folder).reduce((sum, thread) => sum + ofThread(thread), 0) / 1000
}

/** What `requests` ask by turns, made as they are sent. */
function requestsInTurn(requests) {
  let sent = 0
  return () => {
    const { setupRequest, ...request } = requests[sent % requests.length]
    sent += 1
    return setupRequest ? setupRequest(request) : request
  }
}

/** How many requests were answered, in how many seconds, and for how many microseconds of the server's processor time. */
async function measure(server, next, limits) {
  const { url, child } = server
  server.client ??= new Client(url, connections)
  const before = processorTime(child)
  const begun = performance.now()
  const total = await server.client.ask(next, limits).catch((error) => {
    throw new Error(`${child.spawnargs.join(' ')}: ${error.message}`, { cause: error })
  })
  return { total, taken: (performance.now() - begun) / 1000, used: processorTime(child) - before }
}

/** The same in another order, by chance. */
const shuffled = (values) =>
  values
    .map((value) => [Math.random(), value])
    .sort(([a], [b]) => a - b)
    .map(([, value]) => value)

/**
 * Asks each server until it has compiled what such requests run.
 * @param requestsOf what a server is asked
 * @returns by server: where its next requests come from, and how many of them it answers in a round
 */
async function warmUpEach(servers, requestsOf) {
  const pace = new Map()
  for (const server of servers) {
    await server.renew?.()
    const next = requestsInTurn(requestsOf(server))
    const { total, taken } = await measure(server, next, { duration: warmUpOfPeers[server.name] ?? warmUp })
    pace.set(server, { next, amount: Math.round((total / taken) * seconds) })
  }
  return pace
}

/**
 * Has the servers take turns.
 * @param pace what each is asked, and how often; see `warmUpEach`
 * @param rounds how many turns of each are measured
 * @returns what was measured of each, by server: requests a second, and the server's microseconds for each
 */
async function inTurns(pace, rounds) {
  const servers = [...pace.keys()]
  const samples = new Map(servers.map((server) => [server, []]))
  for (let round = -settling; round < rounds; round += 1) {
    for (const server of servers) await server.renew?.()
    const measured = new Map(servers.map((server) => [server, { total: 0, taken: 0, used: 0 }]))
    for (let turn = 0; turn < turns; turn += 1) {
      // Most peers are too slow for turns: they have one. A fixed order would hold a machine's pace against the same
      // server each time.
      for (const server of shuffled(servers.filter((one) => turn === 0 || !isPeer(one)))) {
        const { next, amount } = pace.get(server)
        const inTurn = Math.max(connections, amount / (isPeer(server) ? 1 : turns))
        const sum = measured.get(server)
        for (const [name, value] of Object.entries(await measure(server, next, { amount: inTurn }))) sum[name] += value
      }
    }
    if (round < 0) continue
    for (const [server, { total, taken, used }] of measured)
      samples.get(server).push({ rate: total / taken, cost: used / total })
  }
  return samples
}

async function signIn(url) {
  const response = await fetch(`${url}/api/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${account.clientId}:${account.clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  return `Bearer ${(await response.json()).access_token}`
}

/** Faults that no request of this benchmark meets, of every kind of match. */
async function armFaults(url) {
  const matches = [
    { operationId: 'deleteBackupPrivateEndpoint' },
    { project: orgId },
    { path: '/api/atlas/v2/groups/*/backup/AWS/privateEndpoints/*/nothing' },
    { credential: 'nobody' },
    { body: { regionName: 'NOWHERE' } },
  ]
  for (let i = 0; i < 100; i += 1) {
    const body = JSON.stringify({ errorCode: 'NO_CAPACITY', match: matches[i % matches.length] })
    const { status } = await fetch(`${url}/_emulator/faults`, { method: 'POST', headers: json, body })
    if (status !== 201) throw new Error(`A fault was answered ${status}`)
  }
}

const node = [process.execPath]
/** A bucket that never gets empty: one is taken from for each request, as with any other limit. */
const flags = ['--port', '0', '--log-level', 'silent', '--rate-limit', '999999999/999999999/60']
const emulatorWith = (...more) => [...node, 'dist/main.cjs', ...flags, '--fixtures', world, ...more]

/** What a server is asked in each of the three workloads; `setupRequest` makes a request of what it is given. */
function workloads(authorization, accept, more = {}) {
  const made = creates(regions)
  const get = (path) => [{ method: 'GET', path, headers: { accept, authorization, ...more } }]
  return {
    get: get(endpoint),
    page: get(pathOf(read)),
    create: [
      {
        method: 'POST',
        headers: { accept, authorization, ...json, ...more },
        setupRequest: (request) => ({ ...request, ...made.next().value }),
      },
    ],
  }
}

/**
 * The same, each request with the next answer to one of as many challenges as there are connections, by turns; `renew`
 * asks for new ones, since a nonce lives for minutes and a whole run takes longer.
 */
function withDigest(url, asked) {
  const md5 = (text) => createHash('md5').update(text).digest('hex')
  const { publicKey: username, privateKey } = apiKey
  const realm = 'MMS Public API'
  const key = md5(`${username}:${realm}:${privateKey}`)
  const challenged = async () => {
    const { headers } = await fetch(url + endpoint, { headers: { accept } })
    // A bare server asks for nothing, and is sent as much.
    return /nonce="([^"]+)"/.exec(headers.get('www-authenticate'))?.[1] ?? 'x'.repeat(32)
  }
  let nonces = []
  let sent = 0
  const renew = async () => {
    nonces = await Promise.all(Array.from({ length: connections }, challenged))
    sent = 0
  }
  const answered = (request) => {
    const nonce = nonces[sent % nonces.length]
    const nc = (Math.floor(sent / nonces.length) + 1).toString(16).padStart(8, '0')
    sent += 1
    const response = md5(`${key}:${nonce}:${nc}:c:auth:${md5(`${request.method}:${request.path}`)}`)
    const parameters = { username, realm, nonce, uri: request.path, cnonce: 'c', response }
    const quoted = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`)
    return {
      ...request,
      headers: { ...request.headers, authorization: `Digest ${quoted.join(', ')}, qop=auth, nc=${nc}` },
    }
  }
  const workloads = Object.fromEntries(
    Object.entries(asked).map(([name, [request]]) => {
      const { setupRequest = (one) => one } = request
      return [name, [{ ...request, setupRequest: (one) => answered(setupRequest(one)) }]]
    }),
  )
  return { workloads, renew }
}

/** WireMock's stubs: what the bare servers answer. */
function stubsOf() {
  const folder = join(scratch, 'wiremock')
  mkdirSync(join(folder, 'mappings'), { recursive: true })
  const entity = {
    ...{ cloudProvider: 'AWS', errorMessage: null, id: '32b6e34b3d91647abb20e7c0', status: 'ACTIVE' },
    ...{ privateEndpointConnectionName: 'vpce-0123456789abcdef0', regionName: 'US_EAST_1', vpcRegionName: 'US_EAST_1' },
  }
  const stub = (method, urlPathPattern, status, jsonBody) => ({
    request: { method, urlPathPattern },
    response: { status, jsonBody, headers: { 'content-type': 'application/json' } },
  })
  const list = '/api/atlas/v2/groups/[^/]+/backup/AWS/privateEndpoints'
  const page = {
    links: [{ href: '/api/atlas/v2/groups/:groupId/backup/AWS/privateEndpoints', rel: 'self' }],
    results: Array(10).fill(entity),
    totalCount: 10,
  }
  const mappings = [
    stub('GET', `${list}/[^/]+`, 200, entity),
    stub('GET', list, 200, page),
    stub('POST', list, 201, entity),
  ]
  writeFileSync(join(folder, 'mappings/all.json'), JSON.stringify({ mappings }))
  return folder
}

/** emulate's nearest routes: a project, all projects, a database user. It takes 5000 requests of each token. */
function workloadsOfEmulate(project) {
  let sent = 0
  const turn = (more) => (request) => {
    sent += 1
    const authorization = `Bearer t${Math.floor(sent / 4000)}`
    return { ...request, ...more?.(), headers: { ...request.headers, authorization } }
  }
  const get = (path) => [{ method: 'GET', path, headers: { accept }, setupRequest: turn() }]
  const user = () => ({
    body: JSON.stringify({ username: `u${sent}`, roles: [{ databaseName: 'a', roleName: 'read' }] }),
  })
  const path = `/api/atlas/v2/groups/${project}/databaseUsers`
  return {
    get: get(`/api/atlas/v2/groups/${project}`),
    page: get(allProjects),
    create: [{ method: 'POST', path, headers: { accept, ...json }, setupRequest: turn(user) }],
  }
}

await bundle(['test/bench/bare-fastify.ts', 'test/bench/large-world.ts'], 'dist/bench')
const peers = env.BENCH_PEERS === 'off' ? undefined : installPeers()

const bareByDigest = 'bare Fastify by digest'
/** Servers that are measured for what they do with a request alone. */
const isSide = (name) => name.startsWith('with') || name === bareByDigest

/** How to start each server, afresh each time. */
const launchers = {
  emulator: async () => ({ command: emulatorWith(), path: endpoint }),
  'emulator on disk': async () => ({
    command: emulatorWith('--db', join(scratch, `${Date.now()}.db`)),
    path: endpoint,
  }),
  'without journal': async () => ({ command: emulatorWith('--journal', 'off'), path: endpoint }),
  'with 100 faults': async () => ({ command: emulatorWith(), path: endpoint }),
  // What Go, Python's requests and Node's fetch ask for unless told otherwise.
  'with gzip': async () => ({ command: emulatorWith(), path: endpoint }),
  'with digest': async () => ({ command: emulatorWith(), path: endpoint }),
  'bare Fastify': async () => ({ command: [...node, 'dist/bench/bare-fastify.js'], path: endpoint }),
  // Its client has two digests to make for each request, as that of the one above: a server whose client is busier has
  // fewer requests at once, and each takes more of the processor.
  [bareByDigest]: async () => ({ command: [...node, 'dist/bench/bare-fastify.js'], path: endpoint }),
  'node:http': async () => ({ command: [...node, 'test/bench/bare-node.mjs'], path: endpoint }),
  ...(peers && {
    Prism: async () => {
      const port = await freePort()
      return { command: peers.prism(port, join(scratch, 'openapi.json')), port, path: endpoint }
    },
    Mockoon: async () => {
      const port = await freePort()
      return { command: peers.mockoon(port, join(scratch, 'openapi.json')), port, path: endpoint }
    },
    ...(peers.wireMock && {
      WireMock: async () => {
        const port = await freePort()
        return { command: peers.wireMock(port, stubsOf()), port, path: endpoint }
      },
    }),
    emulate: async () => {
      const port = await freePort()
      return { command: peers.emulate(port), port, path: allProjects }
    },
  }),
}
const only = env.BENCH_ONLY?.split(',')
const names = Object.keys(launchers).filter((name) => !only || only.includes(name))

const isPeer = ({ name }) => name in warmUpOfPeers
/** The value below which a part of them lies; between two of them, what lies as far between the two. */
const quantile = (values, part) => {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (values.length - 1) * part
  const below = sorted[Math.floor(at)]
  return below + (sorted[Math.ceil(at)] - below) * (at % 1)
}
/** Of two processes that differ, with as many values of each, it lies between them. */
const median = (values) => quantile(values, 0.5)
/** Each value by that of another server in the same round, of those rounds that both have. */
const paired = (values, others) => values.slice(0, others.length).map((value, round) => value / others[round])
/** How far apart the middle half of them lies, as a part of the median. */
const spreadOf = (values) => (quantile(values, 0.75) - quantile(values, 0.25)) / median(values)

/** Starts a server, and says what it is to be asked. */
async function begin(server) {
  const { name } = server
  Object.assign(server, await launch(await launchers[name]()), { client: undefined })
  if (name === 'emulate') {
    const { results: found } = await (await fetch(server.url + allProjects)).json()
    server.workloads = workloadsOfEmulate(found[0].id)
  } else {
    const isOurs = name.startsWith('emulator') || name.startsWith('with')
    // The others are sent a token of the same length, and do not look at it.
    const authorization = isOurs ? await signIn(server.url) : `Bearer ${'x'.repeat(330)}`
    const more = name === 'with gzip' ? { 'accept-encoding': 'gzip' } : {}
    const asked = workloads(authorization, name === 'Prism' ? acceptOfPrism : accept, more)
    Object.assign(server, name.endsWith(' digest') ? withDigest(server.url, asked) : { workloads: asked })
  }
  if (name === 'with 100 faults') await armFaults(server.url)
}

const results = { servers: {}, large: {} }

try {
  // Prism is given what the emulator says of itself.
  const describing = await launch(await launchers.emulator())
  const document = await (await fetch(`${describing.url}/_emulator/openapi.json`)).text()
  writeFileSync(join(scratch, 'openapi.json'), document)
  await stop(describing.child)

  const servers = names.map((name) => ({
    name,
    colds: [],
    memories: [],
    samples: { get: [], page: [], create: [] },
  }))
  for (let generation = 1; generation <= processes; generation += 1) {
    // The peers take seconds to start, and are so far from the others that half of the rounds will do.
    const all = servers.filter((one) => generation === 1 || !isPeer(one))
    // Of seven processes of one build, those that started last took a tenth more than the first ones.
    const present = generation % 2 === 0 ? all.toReversed() : all
    for (const server of present) await begin(server)
    // All is compiled before any of it is measured: what one workload runs is for the most part what another does.
    const paces = {}
    for (const workload of ['get', 'page', 'create'])
      paces[workload] = await warmUpEach(present, (server) => server.workloads[workload])
    for (const [workload, pace] of Object.entries(paces)) {
      const samples = await inTurns(pace, Math.ceil(rounds / processes))
      for (const server of present) server.samples[workload].push(...samples.get(server))
    }
    for (const server of present) await stop(server.child)
  }

  // A start is that of `npm start`, without the fixture that the requests need, which has a line of its own.
  const startOf = {
    ...launchers,
    emulator: async () => ({ command: [...node, 'dist/main.cjs', ...flags], path: endpoint }),
    'emulator on disk': async () => ({
      command: [...node, 'dist/main.cjs', ...flags, '--db', join(scratch, `${Date.now()}.db`)],
      path: endpoint,
    }),
  }
  const seeded = []
  const answering = []
  for (let round = 0; round < starts; round += 1) {
    const starting = servers.filter((server) => !isSide(server.name) && (round < startsOfPeers || !isPeer(server)))
    for (const { name, colds, memories } of starting) {
      const { child, cold } = await launch(await startOf[name]())
      colds.push(cold)
      memories.push(residentMemory(child))
      await stop(child)
    }
    if (names.includes('emulator')) {
      const { child, cold } = await launch(await launchers.emulator())
      seeded.push(cold)
      await stop(child)
      const found = await launch({ command: [...node, 'dist/main.cjs', ...flags, '--auth', 'off'], path: allProjects })
      answering.push(found.cold)
      await stop(found.child)
    }
  }
  // The peers are slow enough that so many requests of each would take minutes.
  for (const server of servers.filter((server) => !isSide(server.name) && !isPeer(server))) {
    const { url, child } = await launch(await launchers[server.name]())
    const { get } = server.name.startsWith('emulator') ? workloads(await signIn(url), accept) : server.workloads
    await measure({ url, child }, requestsInTurn(get), { amount: requestsForMemory })
    server.memoryAfter = residentMemory(child)
    await stop(child)
  }

  const found = (name) => servers.find((server) => server.name === name)
  const costs = (server, workload) => server?.samples[workload].map(({ cost }) => cost)
  const rates = (server, workload) => server.samples[workload].map(({ rate }) => rate)
  const emulator = found('emulator')
  const base = found('node:http')
  const bare = found('bare Fastify')
  const toBase = (colds) => base && median(paired(colds, base.colds))
  if (seeded.length > 0) {
    results.seeded = { start: median(seeded), startRatio: toBase(seeded), projects: projects.length + 1 }
    results.answering = { start: median(answering), startRatio: toBase(answering) }
  }
  for (const server of servers) {
    const { name, colds, memories, memoryAfter } = server
    const compared = name === 'with digest' ? found(bareByDigest) : bare
    const other = server === bare ? base : compared
    const ofWorkload = (workload) => {
      const mine = costs(server, workload)
      const toBare = compared && paired(mine, costs(compared, workload))
      return {
        rate: median(rates(server, workload)),
        // How many times as many requests the emulator answers.
        behind: emulator && median(paired(rates(emulator, workload), rates(server, workload))),
        cost: median(mine),
        ratio: toBare && median(toBare),
        spread: spreadOf(other ? paired(mine, costs(other, workload)) : mine),
      }
    }
    const measured = { get: ofWorkload('get'), page: ofWorkload('page'), create: ofWorkload('create') }
    results.servers[name] = {
      ...measured,
      spread: Math.max(...Object.values(measured).map(({ spread }) => spread)),
      ...(colds.length > 0 && { cold: median(colds), coldRatio: toBase(colds), memory: median(memories) }),
      memoryAfter,
    }
  }

  if (env.BENCH_LARGE !== 'off') {
    // Twenty-five in each project; but one that has a page full of them, or every combination of regions.
    const sizes = [
      ['100 in 4 projects', '100', '4', '25'],
      ['100 in 1 project', '100', '1', '100'],
      ['1,000,000 in 40,000 projects', '1000000', '40000', '729'],
    ]
    const stored = []
    for (const [label, ...size] of sizes) {
      const file = join(scratch, `${size.join('-')}.db`)
      const printed = execFileSync(...[process.execPath, ['dist/bench/large-world.js', file, ...size]], {
        cwd: root,
        encoding: 'utf8',
        maxBuffer: 2 ** 26,
      })
      const { first, sample } = JSON.parse(printed)
      const command = [...node, 'dist/main.cjs', ...flags, '--db', file]
      const server = await launch({ command, path: endpoint })
      const headers = { accept, authorization: await signIn(server.url) }
      // In no order, so that every place in the file is as likely.
      const mixed = sample.map((entry, i) => [(i * 7919) % sample.length, entry]).sort(([a], [b]) => a - b)
      const all = (path, entries = mixed) => entries.map(([, entry]) => ({ method: 'GET', path: path(entry), headers }))
      // As many as the smallest world has, which tells what it costs that there are others; so few that what has been read
      // stays in memory, as with whoever works on some of many; and all, of which little does.
      const [same, some] = [mixed.slice(0, 100), mixed.slice(0, 1000)]
      // Not the first, which is that of the fullest project.
      const lists = [...new Set(same.map(([, [project]]) => project))].slice(-4)
      const one = ([project, id]) => `${pathOf(project)}/${id}`
      const list = ([project]) => pathOf(project)
      stored.push({
        label,
        command,
        ...server,
        costs: { start: [] },
        asked: {
          getSame: all(one, same),
          pageSame: lists.map((project) => ({ method: 'GET', path: pathOf(project), headers })),
          getSome: all(one, some),
          pageSome: all(list, some),
          getAny: all(one),
          pageAny: all(list),
          full: [{ method: 'GET', path: pathOf(first), headers }],
        },
      })
    }
    for (const workload of Object.keys(stored[0].asked)) {
      const pace = await warmUpEach(stored, (server) => server.asked[workload])
      const samples = await inTurns(pace, Math.min(rounds, roundsOfLarge))
      for (const server of stored) server.costs[workload] = samples.get(server).map(({ cost }) => cost)
    }
    // Each file is one process's alone, so the servers end before others start with theirs.
    for (const { child } of stored) await stop(child)
    for (let round = 0; round < startsOfLarge; round += 1) {
      for (const { command, costs } of stored) {
        const { child, cold } = await launch({ command, path: '/_emulator/health' })
        costs.start.push(cold)
        await stop(child)
      }
    }
    for (const { label, costs, command } of stored) {
      const { url, child } = await launch({ command, path: '/_emulator/health' })
      let exported = 0
      for await (const piece of (await fetch(`${url}/_emulator/state`)).body) exported += piece.length
      results.large[label] = {
        ...Object.fromEntries(Object.entries(costs).map(([name, values]) => [name, median(values)])),
        // To those of the same page size among few.
        ratios: Object.fromEntries(
          Object.entries(costs).map(([name, values]) => {
            const few = stored[name === 'full' ? 1 : 0].costs[name]
            return [name, median(paired(values, few))]
          }),
        ),
        exported: exported / 2 ** 20,
        peak: residentMemory(child, 'VmHWM'),
      }
      await stop(child)
    }
  }

  // With the types, which a build for what is only run here leaves out.
  execFileSync(process.execPath, ['.scripts/build.mjs'], { cwd: root, stdio: 'inherit' })
  const bundled = ['core', 'later', 'yaml']
    .map((name) => statSync(join(root, `dist/${name}.cjs`)).size)
    .reduce((sum, size) => sum + size)
  const [packed] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root }))
  results.sizes = { tarball: packed.size, bundle: bundled }
} finally {
  for (const child of running) child.kill()
  rmSync(scratch, { recursive: true })
}

results.machine = {
  node: process.version,
  platform: `${platform()} ${arch()}`,
  processors: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
  date: new Date().toISOString().slice(0, 10),
  rounds,
  roundsOfLarge: Math.min(rounds, roundsOfLarge),
  processes,
  seconds,
  ...{ starts, startsOfPeers, startsOfLarge },
  connections,
}
report(results, process.argv.includes('--write'))
