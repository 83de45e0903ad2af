// npm run bench: gets of one private endpoint and creates, from the emulator and from a bare Fastify with the same
// schemas, in interleaved rounds on one machine. Every step of the emulator's is at work: a bearer token, an access
// list, a rate limit (too wide to be met), the journal. Two more emulators show what the journal and armed faults cost:
// one without the journal, one with a hundred faults that meet no request. Prints medians and their ratios, and what a
// request costs the server in processor time, where Linux tells.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { arch, cpus, platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { bundle, root } from '../../.scripts/bundle.mjs'

const seconds = Number(process.env.BENCH_SECONDS ?? 4)
const rounds = Number(process.env.BENCH_ROUNDS ?? 5)
const flags = (process.env.BENCH_FLAGS ?? '--rate-limit 999999999/999999999/60').split(' ').filter(Boolean)

const accept = 'application/vnd.atlas.2025-03-12+json'
const orgId = '32b6e34b3d91647abb20e7a0'
const projects = Array.from({ length: 1000 }, (_, i) => (0x100000 + i).toString(16).padStart(24, '0'))
const account = {
  clientId: 'mdb_sa_id_000000000000000000000001',
  clientSecret: 'mdb_sa_sk_emulatoremulatoremulatoremulatoremulator',
  orgId,
  roles: [{ roleName: 'ORG_OWNER', orgId }],
  accessList: ['192.0.2.0/24', '127.0.0.0/8', '2001:db8::/32'],
}
const fixture = {
  organizations: [{ id: orgId, name: 'Bench' }],
  projects: projects.map((id) => ({ id, orgId, name: id })),
  serviceAccounts: [account],
}
const schema = JSON.parse(readFileSync(join(root, 'fixtures/schema.json'), 'utf8'))
const regions = schema.properties.projects.items.properties.privateEndpoints.items.properties.regionName.enum

const pathOf = (project) => `/api/atlas/v2/groups/${project}/backup/AWS/privateEndpoints`
const json = { 'content-type': 'application/json' }

/** Creates that are all different: each combination of regions once in every project. */
function* creates() {
  for (const regionName of regions) {
    for (const vpcRegionName of regions) {
      const body = JSON.stringify({ cloudProvider: 'AWS', regionName, vpcRegionName })
      for (const project of projects) yield { path: pathOf(project), body }
    }
  }
}

/** Starts a server that prints its URL on its first line, with the flags of `npm start`. */
async function start(name, file, ...args) {
  const child = spawn(process.execPath, ['--max-semi-space-size=64', file, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [firstLine] = await once(child.stdout, 'data')
  const [url] = /http:\/\/\S+/.exec(String(firstLine)) ?? []
  child.stdout.resume()
  return { name, url, child, creates: creates(), rates: { gets: [], creates: [] }, costs: { gets: [], creates: [] } }
}

async function credentials(url) {
  const response = await fetch(`${url}/api/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${account.clientId}:${account.clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  const { access_token: token } = await response.json()
  return { accept, authorization: `Bearer ${token}` }
}

/** Processor time that a process has used, in microseconds; the kernel counts in hundredths of a second. */
function processorTime(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10_000
  } catch {
    return Number.NaN
  }
}

/** Requests a second, and processor time of the server for each, in microseconds. */
async function measure({ url, child }, options, duration) {
  const before = processorTime(child.pid)
  const result = await autocannon({ ...options, url: url + (options.path ?? ''), connections: 32, duration })
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${url}: ${result.non2xx} answers were no success`)
  return { rate: result.requests.average, cost: (processorTime(child.pid) - before) / result.requests.total }
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

const scratch = mkdtempSync(join(tmpdir(), 'bench-'))
const world = join(scratch, 'world.json')
writeFileSync(world, JSON.stringify(fixture))
await bundle('test/bench/bare-fastify.ts', 'dist/bench')
const common = ['dist/main.js', '--port', '0', '--log-level', 'silent', '--fixtures', world, ...flags]
const emulator = await start('emulator', ...common)
const silent = await start('without journal', ...common, '--journal', 'off')
const armed = await start('with 100 faults', ...common)
const bare = await start('bare Fastify', 'dist/bench/bare-fastify.js')
const servers = [emulator, silent, armed, bare]

/** Signs in, and makes an endpoint to get. */
async function prepare(server) {
  const headers = await credentials(server.url)
  const first = server.creates.next().value
  const created = await fetch(server.url + first.path, {
    method: 'POST',
    headers: { ...headers, ...json },
    body: first.body,
  })
  const { id } = await created.json()
  Object.assign(server, { headers, endpoint: `${first.path}/${id}` })
}

/** Faults that no request of this benchmark meets, of every kind of match. */
async function arm({ url }, count) {
  const matches = [
    { operationId: 'deleteBackupPrivateEndpoint' },
    { project: orgId },
    { path: '/api/atlas/v2/groups/*/backup/AWS/privateEndpoints/*/nothing' },
    { credential: 'nobody' },
    { body: { regionName: 'NOWHERE' } },
  ]
  for (let i = 0; i < count; i += 1) {
    const body = JSON.stringify({ errorCode: 'NO_CAPACITY', match: matches[i % matches.length] })
    const { status } = await fetch(`${url}/_emulator/faults`, { method: 'POST', headers: json, body })
    if (status !== 201) throw new Error(`A fault was answered ${status}`)
  }
}

try {
  for (const server of [emulator, silent, armed]) await prepare(server)
  await arm(armed, 100)
  Object.assign(bare, { headers: emulator.headers, endpoint: emulator.endpoint })
  const measurements = {
    gets: (server, duration) => measure(server, { path: server.endpoint, headers: server.headers }, duration),
    creates: (server, duration) => {
      const { headers } = server
      const setupRequest = (request) => ({ ...request, ...server.creates.next().value })
      const requests = [{ method: 'POST', headers: { ...headers, ...json }, setupRequest }]
      return measure(server, { requests }, duration)
    },
  }
  for (const [name, run] of Object.entries(measurements)) {
    for (const server of servers) await run(server, 2)
    for (let round = 0; round < rounds; round += 1) {
      for (const server of servers) {
        const { rate, cost } = await run(server, seconds)
        server.rates[name].push(rate)
        server.costs[name].push(cost)
      }
    }
  }
} finally {
  for (const { child } of servers) child.kill()
  rmSync(scratch, { recursive: true })
}

console.log(`Node ${process.version}, ${platform()} ${arch()}, ${cpus().length} × ${cpus()[0]?.model.trim()}`)
console.log(`In memory, with a bearer token; ${rounds} rounds of ${seconds} s, medians:`)
const row = (name, ...cells) => console.log(`  ${name.padEnd(18)}${cells.map((cell) => cell.padStart(14)).join('')}`)
row('', 'gets/s', 'µs each', 'creates/s', 'µs each')
const shown = (values) => median(values).toFixed(0)
for (const { name, rates, costs } of servers) {
  row(name, shown(rates.gets), shown(costs.gets), shown(rates.creates), shown(costs.creates))
}
const ratio = (one, other) => (values) => (median(values(one)) / median(values(other))).toFixed(2)
for (const [name, one, other] of [
  ['to bare Fastify', emulator, bare],
  ['journal costs', emulator, silent],
  ['faults cost', armed, emulator],
]) {
  const cells = ['gets', 'creates'].flatMap((kind) => [
    ratio(one, other)(({ rates }) => rates[kind]),
    ratio(one, other)(({ costs }) => costs[kind]),
  ])
  row(name, ...cells)
}
