import { test } from 'tap'
import { accept, path, project } from '../support/emulator.js'
import { asBytes, load, startMeasured } from './load.js'
import { connections, scaled, send } from './support.js'

/** MiB that the README promises all entries to take, however many may be kept. */
const promised = 32
/** What of that is told roughly: the ends of segments, tables, and what an allocator adds. */
const roughly = 1.4
/** MiB that a server may have more, once it has worked, than before: compiled code, what it remembers, entries to write over. */
const settled = 12

const asked = { accept, 'content-type': 'application/json' }

interface Kind {
  /** How many requests are made: more than a journal keeps. */
  readonly total: number
  /** How many of them it keeps at least. Memory does not tell: a small entry is counted for several times its size. */
  readonly least: number
  readonly make: (n: number) => string
}

/** Requests whose entries are large, each kind in a way of its own. */
const kinds: Readonly<Record<string, Kind>> = {
  'bodies of 60 KB': {
    total: 700,
    least: 500,
    make: (n) => asBytes('POST', path, asked, JSON.stringify({ [`k${n}`]: 'x'.repeat(60_000) })),
  },
  'bodies that are longer than what is kept of them, in characters of two bytes': {
    total: 300,
    least: 200,
    make: (n) => asBytes('POST', path, asked, `${n}${'\xe9'.repeat(200_000)}`),
  },
  'bodies in characters of three bytes, which fill more than half of a segment': {
    total: 300,
    least: 200,
    make: (n) => asBytes('POST', path, asked, `{"k${n}":"${'\xe2\x82\xac'.repeat(45_000)}"}`),
  },
  'bodies of 400 characters': {
    total: scaled(12_000, 100_000),
    least: 10_000,
    make: (n) => asBytes('POST', path, asked, JSON.stringify({ [`k${n}`]: 'y'.repeat(390) })),
  },
  'one header of 14 KB': {
    total: 2500,
    least: 1500,
    make: (n) => asBytes('GET', path, { ...asked, 'x-long': `${n}${'h'.repeat(14_000)}` }),
  },
  'a thousand headers': {
    total: 500,
    least: 300,
    make: (n) => asBytes('GET', path, { ...asked, ...Object.fromEntries(many(950, n)) }),
  },
  'URLs of 14 KB': {
    total: 1000,
    least: 700,
    make: (n) => asBytes('GET', `/api/atlas/v2/groups/${n}${'u'.repeat(14_000)}`, asked),
  },
  'nothing but their number': {
    total: scaled(14_000, 100_000),
    least: 9000,
    // Of no list: its pages are remembered, and keep what they share with the journal when that is cleared.
    make: (n) => asBytes('GET', `/api/atlas/v2/groups/${project}?n=${n}`, asked),
  },
}

function many(count: number, n: number): [string, string][] {
  return Array.from({ length: count }, (_, i) => [`h${i}`, `${(n * count + i) % 100_000}`])
}

test('a journal takes no more memory than promised, whatever is large in the requests', async (t) => {
  const server = startMeasured(t, ['--auth', 'off', '--rate-limit', 'off', '--journal', '1000000'])
  const url = await server.url
  const agent = connections(t, 1)
  const kept = async (query = '') =>
    JSON.parse((await send(agent, url, 'GET', `/_emulator/requests?count=true${query}`)).body).count as number
  const { live: idle } = await server.memory()
  for (const [kind, { total, least, make }] of Object.entries(kinds)) {
    await load(url, 4, total, make)
    const { live: full } = await server.memory()
    const entries = await kept()
    await send(agent, url, 'DELETE', '/_emulator/requests')
    t.equal(await kept(), 0)
    const { live: empty } = await server.memory()
    const taken = full - idle
    const left = empty - idle
    t.comment(`${kind}: ${entries} entries take ${taken.toFixed(1)} MiB, and leave ${left.toFixed(1)} behind`)
    t.ok(taken < promised * roughly, `${kind}: no more than promised`, { taken })
    t.ok(left < settled, `${kind}: and it is given back`, { left })
    t.ok(entries >= least && entries < total, `${kind}: and entries are kept up to the bound`, { entries })
  }
})

test('a journal from which others are removed, again and again, takes no more memory than promised either', async (t) => {
  const server = startMeasured(t, ['--auth', 'off', '--rate-limit', 'off', '--journal', '1000000'])
  const url = await server.url
  const agent = connections(t, 1)
  // Entries that stay are few and small; those that go are large, and all around them.
  const large = `/api/atlas/v2/groups/${project}/backup/exportBuckets`
  const make = (n: number) =>
    n % 5 === 0
      ? asBytes('POST', path, asked, JSON.stringify({ [`k${n}`]: 'x'.repeat(700) }))
      : asBytes('POST', large, asked, JSON.stringify({ [`k${n}`]: 'x'.repeat(60_000) }))
  const { live: idle } = await server.memory()
  // Those that stay of all rounds have to fit in.
  const rounds = scaled(16, 150)
  for (let round = 0; round < rounds; round += 1) {
    await load(url, 4, 200, make)
    await send(agent, url, 'DELETE', `/_emulator/requests?path=${large}`)
  }
  const { live: full } = await server.memory()
  const { count } = JSON.parse((await send(agent, url, 'GET', '/_emulator/requests?count=true')).body)
  await send(agent, url, 'DELETE', '/_emulator/requests')
  const { live: empty } = await server.memory()
  const taken = full - idle
  const left = empty - idle
  t.comment(`${count} entries take ${taken.toFixed(1)} MiB, and leave ${left.toFixed(1)} behind`)
  t.equal(count, 40 * rounds, 'those that stay are there')
  t.ok(taken < promised * roughly, 'no more than promised', { taken })
  t.ok(left < settled, 'and it is given back', { left })
})
