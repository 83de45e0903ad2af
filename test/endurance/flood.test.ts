import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'tap'
import { regions } from '../../src/values/vocabulary.js'
import { authorize, nonceOf } from '../support/digest.js'
import { accept, account, basic, path } from '../support/emulator.js'
import { asBytes, load, type Memory, Pipeline, startMeasured } from './load.js'
import { connections, scaled, send, startServer } from './support.js'

const asked = { accept, 'content-type': 'application/json' }
const list = asBytes('GET', path, asked)

function inWords({ live, peak }: Memory): string {
  return `${live.toFixed(1)} MiB live and ${peak.toFixed(0)} at most`
}

test('while a thousand clients send a byte a second, others are answered, and the slow ones are sent away', async (t) => {
  const limit = scaled(2, 10)
  const server = startServer(t, ['--auth', 'off', '--rate-limit', 'off', '--header-timeout', `${limit}s`])
  const url = await server.url
  const { hostname, port } = new URL(url)
  const slow = await Promise.all(
    Array.from({ length: 1000 }, async () => {
      const socket = connect(Number(port), hostname)
      await once(socket, 'connect')
      return socket
    }),
  )
  t.teardown(() => {
    for (const socket of slow) socket.destroy()
  })
  const ends = slow.map((socket) => text(socket))
  const request = `GET ${path} HTTP/1.1\r\nHost: x\r\nX: `
  // A byte at a time, one more each second; one of them has nothing to say at all.
  let sent = 0
  const say = () => {
    for (const socket of slow.slice(1)) socket.write(request[sent] ?? 'x')
    sent += 1
  }
  say()
  const saying = setInterval(say, 1000)
  t.teardown(() => clearInterval(saying))
  const statuses = new Set<number>()
  await load(
    url,
    4,
    scaled(2000, 50_000),
    () => list,
    ({ status }) => statuses.add(status),
  )
  t.strictSame([...statuses], [200])
  const answers = await Promise.all(ends)
  t.strictSame(new Set(answers.slice(1).map((answer) => answer.slice(0, 12))), new Set(['HTTP/1.1 408']))
  t.match(answers[0], /^HTTP\/1\.1 408 |^$/, 'the one that was silent is gone too')
  t.equal((await send(connections(t, 1), url, 'GET', '/_emulator/health')).status, 200)
})

test('uploads that never end get 408 when the request timeout is over, and no more connect than are allowed', async (t) => {
  const server = startServer(t, [
    '--auth',
    'off',
    '--rate-limit',
    'off',
    '--request-timeout',
    '3s',
    '--max-connections',
    '100',
  ])
  const url = await server.url
  const { hostname, port } = new URL(url)
  const head = asBytes('POST', path, { ...asked, 'content-length': '1048576' })
  const open = async () => {
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.write(`${head}{`)
    return socket
  }
  const sockets: Socket[] = []
  for (let i = 0; i < 150; i += 1) sockets.push(await open())
  const answers = await Promise.all(sockets.map((socket) => text(socket).catch(() => '')))
  t.equal(answers.filter((answer) => answer.startsWith('HTTP/1.1 408')).length, 100, 'those that got in')
  t.equal(answers.filter((answer) => answer === '').length, 50, 'those that did not')
  t.equal((await send(connections(t, 1), url, 'GET', path, asked)).status, 200)
})

test('requests that a fault leaves without an answer are forgotten', async (t) => {
  const server = startMeasured(t, ['--auth', 'off', '--rate-limit', 'off'])
  const url = await server.url
  const { hostname, port } = new URL(url)
  const breakages = ['reset', 'drop', 'hang']
  const asking = breakages.map((fault) => asBytes('GET', path, { ...asked, 'x-emulator-fault': fault }))
  const ask = (request: string) =>
    new Promise((resolve) => {
      const socket = connect(Number(port), hostname)
      // A reset is an error to the client. Who hangs up, as this one does at once, is not kept waiting.
      socket.on('error', () => {}).on('close', resolve)
      socket.end(request)
    })
  const many = scaled(900, 10_000)
  const askMany = async () => {
    for (let i = 0; i < many; i += 1) await Promise.all(asking.map(ask))
    return server.memory()
  }
  // As many as the journal keeps, and more, come before the first look.
  const before = await askMany()
  const after = await askMany()
  t.comment(`${inWords(before)}, then ${inWords(after)} after ${many} more of each`)
  t.ok(after.live - before.live < 4, `${3 * many} requests more took ${(after.live - before.live).toFixed(1)} MiB`)
  const counted = await send(connections(t, 1), url, 'GET', '/_emulator/requests?fault=hang&count=true')
  t.ok(JSON.parse(counted.body).count > 0, 'they are in the journal')
})

test('ten thousand nonces, tokens, unknown ids, journal entries and faults leave the memory of a server bounded', async (t) => {
  const server = startMeasured(t, ['--rate-limit', 'off'])
  const url = await server.url
  const many = 10_000
  const tokenRequest = asBytes(
    'POST',
    '/api/oauth/token',
    { authorization: basic(account), 'content-type': 'application/x-www-form-urlencoded' },
    'grant_type=client_credentials',
  )
  const seen: Record<string, number> = {}
  const count =
    (what: string) =>
    ({ status }: { status: number }) => {
      const key = `${what} ${status}`
      seen[key] = (seen[key] ?? 0) + 1
    }
  const digests = async (total: number, what: string) => {
    const nonces: string[] = []
    await load(
      url,
      8,
      total,
      () => list,
      ({ head }) => nonces.push(nonceOf(head)),
    )
    await load(
      url,
      8,
      total,
      (i) => asBytes('GET', path, { ...asked, authorization: authorize({ uri: path, nonce: nonces[i] as string }) }),
      count(what),
    )
  }
  let n = 0
  const everything = async () => {
    await digests(many, 'digest')
    const tokens: string[] = []
    await load(
      url,
      8,
      many,
      () => tokenRequest,
      ({ body }) => tokens.push(JSON.parse(body).access_token),
    )
    const bearer = (i: number) => ({ ...asked, authorization: `Bearer ${tokens[i]}` })
    await load(url, 8, many, (i) => asBytes('GET', path, bearer(i)), count('token'))
    const unknown = () => {
      n += 1
      return path.replace(/[0-9a-f]{24}/, n.toString(16).padStart(24, '0'))
    }
    await load(url, 8, many, () => asBytes('GET', unknown(), bearer(0)), count('project'))
    await load(url, 8, many, () => asBytes('GET', `${path}/${unknown().slice(23, 47)}`, bearer(0)), count('endpoint'))
    await load(
      url,
      8,
      many,
      (i) => asBytes('GET', path, { ...bearer(0), accept: `${accept};x=${n}-${i}` }),
      count('accept'),
    )
    await load(
      url,
      8,
      many,
      (i) => asBytes('POST', path, bearer(0), JSON.stringify({ [`k${i}`]: 'x'.repeat(2000) })),
      count('journal'),
    )
    await load(
      url,
      8,
      many,
      (i) =>
        asBytes(
          'POST',
          '/_emulator/faults',
          { 'content-type': 'application/json' },
          JSON.stringify({ errorCode: 'NO_CAPACITY', match: { path: `/x/${i}` } }),
        ),
      count('fault'),
    )
    await send(connections(t, 1), url, 'DELETE', '/_emulator/faults')
    await load(
      url,
      8,
      many / 10,
      (i) =>
        asBytes(
          'POST',
          '/api/oauth/revoke',
          { authorization: basic(account), 'content-type': 'application/x-www-form-urlencoded' },
          `token=${tokens[i + 1]}`,
        ),
      count('revoked'),
    )
    return server.memory()
  }
  // More nonces than are remembered, or their number would still grow in what follows; never so many at once.
  for (const _ of [1, 2]) await digests(15_000, 'first digest')
  const after: Memory[] = []
  for (let round = 0; round < scaled(2, 5); round += 1) after.push(await everything())
  t.comment(`after each round: ${after.map(inWords).join(', ')}; ${JSON.stringify(seen)}`)
  const rounds = after.length
  t.match(seen, {
    'first digest 200': 30_000,
    'digest 200': many * rounds,
    'token 200': many * rounds,
    'project 404': many * rounds,
    'endpoint 404': many * rounds,
    'accept 200': many * rounds,
    'journal 400': many * rounds,
    'fault 201': 1000 * rounds,
    'fault 409': (many - 1000) * rounds,
    'revoked 200': (many / 10) * rounds,
  })
  const [before, last] = after.slice(-2) as [Memory, Memory]
  t.ok(last.live < before.live * 1.05, 'no more with each round')
  t.ok(last.live < 64 && last.peak < 512, 'and in all')
})

test('the memory that a server holds does not grow with the number of requests that it has answered', async (t) => {
  const server = startMeasured(t, ['--auth', 'off', '--rate-limit', 'off', '--provisioning', '0s', '--deletion', '0s'])
  const url = await server.url
  const ids: string[] = []
  let created = 0
  /** A mix of all operations and of what is wrong with some. */
  const make = (n: number): string => {
    const id = ids[n % (ids.length || 1)] ?? 'f'.repeat(24)
    switch (n % 8) {
      case 0: {
        created += 1
        const [a, b] = [created % regions.length, Math.floor(created / regions.length) % regions.length]
        return asBytes(
          'POST',
          path,
          asked,
          JSON.stringify({ cloudProvider: 'AWS', regionName: regions[a], vpcRegionName: regions[b] }),
        )
      }
      case 1:
        return ids.length > 200 ? asBytes('DELETE', `${path}/${ids.shift()}`, asked) : list
      case 2:
        return asBytes('GET', `${path}?itemsPerPage=10`, asked)
      case 3:
        return asBytes('GET', `/api/atlas/v2/groups?n=${n}`, asked)
      case 4:
        return asBytes('GET', `/nope/${n}`, asked)
      case 5:
        return asBytes('POST', path, asked, JSON.stringify({ [`k${n}`]: n }))
      default:
        return asBytes('GET', `${path}/${id}`, asked)
    }
  }
  const statuses = new Map<number, number>()
  /** Half of the requests, and what memory is held after them. */
  const half = async () => {
    await load(url, 16, scaled(40_000, 500_000), make, ({ status, body }) => {
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (status === 201) ids.push(JSON.parse(body).id)
    })
    return server.memory()
  }
  const first = await half()
  const second = await half()
  t.comment(`${inWords(first)}, then ${inWords(second)}; ${JSON.stringify([...statuses])}`)
  t.strictSame(
    [...statuses.keys()].sort(),
    [200, 201, 204, 400, 404, 409].filter((status) => statuses.has(status)),
  )
  t.ok(second.live < first.live * 1.05, 'no more is kept')
  // In short, the first half still goes on filling what the allocators keep.
  t.ok(second.peak < first.peak * scaled(1.25, 1.05), 'and no more was needed')
  const pipeline = await Pipeline.open(url)
  const [health] = await pipeline.send([asBytes('GET', '/_emulator/health')])
  t.equal(health?.status, 200)
  pipeline.close()
})
