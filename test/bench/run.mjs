// npm run bench: gets of one private endpoint, from the emulator and from a bare Fastify with the same schemas, in
// interleaved rounds on one machine. Prints medians and their ratio.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { arch, cpus, platform } from 'node:os'
import autocannon from 'autocannon'
import { bundle, root } from '../../.scripts/bundle.mjs'

const seconds = Number(process.env.BENCH_SECONDS ?? 4)
const rounds = Number(process.env.BENCH_ROUNDS ?? 5)

const fixture = {
  project: '32b6e34b3d91647abb20e7b8',
  id: 'mdb_sa_id_000000000000000000000001',
  secret: 'mdb_sa_sk_emulatoremulatoremulatoremulatoremulator',
}
const accept = 'application/vnd.atlas.2025-03-12+json'

/** Starts a server that prints its URL on its first line. */
async function start(name, file, ...args) {
  const child = spawn(process.execPath, [file, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [firstLine] = await once(child.stdout, 'data')
  const [url] = /http:\/\/\S+/.exec(String(firstLine)) ?? []
  child.stdout.resume()
  return { name, url, child, rates: [] }
}

async function credentials(url) {
  const response = await fetch(`${url}/api/oauth/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa(`${fixture.id}:${fixture.secret}`)}`,
    },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  const { access_token: token } = await response.json()
  return { accept, authorization: `Bearer ${token}` }
}

async function measure(url, headers, duration) {
  const result = await autocannon({ url, headers, connections: 32, duration })
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${url}: ${result.non2xx} answers were no success`)
  return result.requests.average
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

await bundle('test/bench/bare-fastify.ts', 'dist/bench/bare-fastify.js')
const emulator = await start('emulator', 'dist/main.js', '--port', '0', '--log-level', 'silent')
const bare = await start('bare Fastify', 'dist/bench/bare-fastify.js')
try {
  const headers = await credentials(emulator.url)
  const path = `/api/atlas/v2/groups/${fixture.project}/backup/AWS/privateEndpoints`
  const created = await fetch(emulator.url + path, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ cloudProvider: 'AWS', regionName: 'US_EAST_1' }),
  })
  const { id } = await created.json()
  for (const server of [emulator, bare]) await measure(`${server.url}${path}/${id}`, headers, 2)
  for (let round = 0; round < rounds; round += 1) {
    for (const server of [emulator, bare]) {
      server.rates.push(await measure(`${server.url}${path}/${id}`, headers, seconds))
    }
  }
} finally {
  emulator.child.kill()
  bare.child.kill()
}

console.log(`Node ${process.version}, ${platform()} ${arch()}, ${cpus().length} × ${cpus()[0]?.model.trim()}`)
console.log(`Get one private endpoint with a bearer token; ${rounds} rounds of ${seconds} s, median requests a second:`)
for (const { name, rates } of [emulator, bare]) console.log(`  ${name.padEnd(14)}${Math.round(median(rates))}`)
console.log(`  ratio         ${(median(emulator.rates) / median(bare.rates)).toFixed(2)}`)
