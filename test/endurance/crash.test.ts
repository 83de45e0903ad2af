import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { setTimeout as delay, setImmediate } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { test } from 'tap'
import { regions } from '../../src/values/vocabulary.js'
import { accept, defaultWorld } from '../support/emulator.js'
import { type Answer, connections, randomness, type Server, scaled, send, startServer } from './support.js'

const rounds = scaled(10, 100)
/** How many requests are under way at once. */
const atOnce = 8
/** The most that are answered in a round before the kill. */
const mostAnswered = 600
/** The most turns of this process's event loop from then on, so that the kill finds the server anywhere in its work. */
const mostTurns = 100

const asked = { accept, 'content-type': 'application/json' }
const flags = ['--auth', 'off', '--rate-limit', 'off', '--provisioning', '0s']

/** Every database and statement, since Node aborts when one is garbage-collected; see `src/store/database.ts`. */
const kept: unknown[] = []

interface Listed {
  readonly id: string
  readonly cloudProvider: string
  readonly regionName: string
  readonly vpcRegionName: string
  readonly status: string
}

/** What can have one endpoint at a time: a project and a pair of regions, with spaces between. */
type Place = string

/** What is known of an endpoint by the answers; `asked to go` where a delete has none. */
interface Endpoint {
  readonly place: Place
  status: 'ACTIVE' | 'DELETING' | 'gone' | 'asked to go'
}

/** What answers have said of the world, all rounds together. */
class Ledger {
  /** By id, those that are gone included. */
  readonly endpoints = new Map<string, Endpoint>()
  /** Where there is nothing. */
  readonly free: Place[]
  /** Where an endpoint was asked for without an answer. */
  readonly unanswered = new Set<Place>()
  /** Ids of endpoints that no delete was sent for. */
  readonly untouched: string[] = []
  /** Ids that answers gave to one endpoint after another, or at once. */
  readonly repeated: string[] = []

  constructor(projects: readonly string[]) {
    this.free = projects.flatMap((project) => regions.flatMap((a) => regions.map((b) => `${project} ${a} ${b}`)))
  }

  created(id: string, place: Place): void {
    if (this.endpoints.has(id)) this.repeated.push(id)
    this.endpoints.set(id, { place, status: 'ACTIVE' })
    this.unanswered.delete(place)
    this.untouched.push(id)
  }

  /** @param whileDeleting how it is until it is gone */
  deleted(endpoint: Endpoint, whileDeleting: 'DELETING' | 'gone'): void {
    endpoint.status = whileDeleting
    if (whileDeleting === 'gone') this.free.push(endpoint.place)
  }

  /**
   * Compares with what is listed, and learns what became of requests without an answer.
   * @returns what is wrong, in words
   */
  audit(listed: readonly (Listed & { place: Place })[], whileDeleting: 'DELETING' | 'gone') {
    const found = { lost: [] as string[], undeleted: [] as string[], unexplained: [] as string[], done: 0 }
    const statuses = new Map<string, string>()
    for (const { id, place, status } of listed) {
      if (statuses.has(id)) this.repeated.push(id)
      statuses.set(id, status)
      const known = this.endpoints.get(id)
      if (known && known.place !== place) this.repeated.push(id)
      if (known?.status === 'gone') found.undeleted.push(`${id} of ${place} is ${status}`)
      if (known) continue
      if (this.unanswered.has(place) && status === 'ACTIVE') {
        found.done += 1
        this.created(id, place)
      } else {
        found.unexplained.push(`${id} of ${place} is ${status}`)
      }
    }
    for (const [id, endpoint] of this.endpoints) {
      const status = statuses.get(id) ?? 'gone'
      if (endpoint.status === 'asked to go') {
        if (status === whileDeleting) {
          found.done += 1
          this.deleted(endpoint, whileDeleting)
        } else if (status === 'ACTIVE') {
          endpoint.status = 'ACTIVE'
          this.untouched.push(id)
        } else {
          found.lost.push(`${id} of ${endpoint.place} is ${status}`)
        }
      } else if (endpoint.status === 'DELETING' && status === 'ACTIVE') {
        found.undeleted.push(`${id} of ${endpoint.place}`)
      } else if (status !== endpoint.status && endpoint.status !== 'gone') {
        found.lost.push(`${id} of ${endpoint.place} is ${status}, was ${endpoint.status}`)
      }
    }
    this.free.push(...this.unanswered)
    this.unanswered.clear()
    return found
  }
}

/** Whether SQLite finds the database at `path` whole, with its log; looks at a copy in `dir`. */
function integrity(path: string, dir: string): unknown {
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir)
  for (const suffix of ['', '-wal']) if (existsSync(path + suffix)) copyFileSync(path + suffix, `${dir}/copy${suffix}`)
  const db = new Database(`${dir}/copy`)
  const check = db.prepare('PRAGMA integrity_check').pluck()
  kept.push(db, check)
  const said = check.get()
  db.close()
  return said
}

test('a server that is killed at any moment has lost no create and no delete that it answered', async (t) => {
  const random = randomness(t)
  const world = defaultWorld()
  const [first] = world.projects
  const projects = Array.from({ length: 40 }, (_, n) => n.toString(16).padStart(24, 'c'))
  const fixture = { ...world, projects: projects.map((id) => ({ ...first, id, name: id })), apiKeys: [] }
  const dir = t.testdir({ 'world.json': JSON.stringify({ ...fixture, serviceAccounts: [] }) })
  const db = `${dir}/atlas.db`
  const agent = connections(t, atOnce)
  const ledger = new Ledger(projects)
  const pathOf = (project: string) => `/api/atlas/v2/groups/${project}/backup/AWS/privateEndpoints`
  const sum = { answered: 0, unanswered: 0, done: 0 }

  // Each round begins by looking at what the kill of the one before has left; the last does no more than that.
  let whileDeleting: 'DELETING' | 'gone' = 'DELETING'
  for (let round = 1; round <= rounds + 1 && t.passing(); round += 1) {
    const deletion = round % 2 ? '1h' : '0s'
    const server = startServer(t, [...flags, '--db', db, '--fixtures', `${dir}/world.json`, '--deletion', deletion])
    const url = await server.url

    const listings = await Promise.all(
      projects.map(async (project) => {
        const results: (Listed & { place: Place })[] = []
        const totals = new Set<number>()
        for (let page = 1; page === 1 || results.length === 500 * (page - 1); page += 1) {
          const target = `${pathOf(project)}?itemsPerPage=500&pageNum=${page}`
          const { body } = await send(agent, url, 'GET', target, asked)
          const list: { results: Listed[]; totalCount: number } = JSON.parse(body)
          totals.add(list.totalCount)
          for (const one of list.results) {
            results.push({ ...one, place: `${project} ${one.regionName} ${one.vpcRegionName}` })
          }
        }
        return { results, isCounted: totals.size === 1 && totals.has(results.length) }
      }),
    )
    const found = ledger.audit(
      listings.flatMap(({ results }) => results),
      whileDeleting,
    )
    sum.done += found.done
    t.same(found.lost, [], `round ${round}: every acknowledged create is there`)
    t.same(found.undeleted, [], `round ${round}: every acknowledged delete is done`)
    t.same(found.unexplained, [], `round ${round}: there is nothing that was not asked for`)
    t.same(ledger.repeated, [], `round ${round}: every id has stood for one endpoint`)
    t.ok(
      listings.every(({ isCounted }) => isCounted),
      `round ${round}: totalCount counts them`,
    )
    if (round > rounds) {
      server.child.kill('SIGTERM')
      t.equal(await server.exit, 0)
      break
    }

    whileDeleting = deletion === '0s' ? 'gone' : 'DELETING'
    const killAfter = 1 + random(mostAnswered)
    const turns = round % 3 ? random(mostTurns) : 0
    let answered = 0
    let isKilled = false
    const unexpected: string[] = []
    /** The answer; undefined when there is none because of the kill, which comes with the answer that it is due with. */
    const ask = async (method: string, target: string, status: number, body?: string): Promise<Answer | undefined> => {
      const answer = await send(agent, url, method, target, asked, body).catch((error) => {
        if (!isKilled) throw error
      })
      if (!answer) {
        sum.unanswered += 1
        return undefined
      }
      answered += 1
      if (answer.status !== status) unexpected.push(`${method} ${target}: ${answer.status} ${answer.body}`)
      if (answered === killAfter || unexpected.length > 0) {
        for (let turn = 0; turn < turns; turn += 1) await setImmediate()
        isKilled = server.child.kill('SIGKILL')
      }
      return answer.status === status ? answer : undefined
    }
    const create = async () => {
      const place = ledger.free.pop()
      if (place === undefined) throw new Error('Every pair of regions is used up')
      ledger.unanswered.add(place)
      const [project = '', regionName, vpcRegionName] = place.split(' ')
      const body = JSON.stringify({ cloudProvider: 'AWS', regionName, vpcRegionName })
      const answer = await ask('POST', pathOf(project), 201, body)
      if (answer) ledger.created(JSON.parse(answer.body).id, place)
    }
    const remove = async () => {
      const [id = ''] = ledger.untouched.splice(random(ledger.untouched.length), 1)
      const endpoint = ledger.endpoints.get(id) as Endpoint
      endpoint.status = 'asked to go'
      const [project = ''] = endpoint.place.split(' ')
      if (await ask('DELETE', `${pathOf(project)}/${id}`, 204)) ledger.deleted(endpoint, whileDeleting)
    }
    const work = async () => {
      while (!isKilled) await (ledger.untouched.length > 0 && random(3) === 0 ? remove() : create())
    }
    await Promise.all(Array.from({ length: atOnce }, work))
    sum.answered += answered
    t.equal(await server.exit, 'SIGKILL', `round ${round}: killed with answer ${killAfter}, ${answered} came`)
    t.same(unexpected, [], `round ${round}: every answer was a success`)
    t.equal(integrity(db, `${dir}/copy`), 'ok', `round ${round}: the file is sound`)
  }
  t.comment(`${sum.answered} answers in ${rounds} rounds; ${sum.unanswered} requests without, ${sum.done} of them done`)
  t.ok(sum.answered > 20 * rounds, 'the server was busy')
})

/** A world that takes a while to load, unlike all others in each of its parts, and the same whenever it is exported. */
function largeWorld(n: number) {
  const world = defaultWorld()
  const [first] = world.projects
  const id = (kind: string, m: number) => `${kind}${n}${m.toString(16).padStart(22, '0')}`
  const projects = Array.from({ length: 10 }, (_, m) => ({
    ...first,
    id: id('a', m),
    name: `World ${n}, project ${m}`,
    privateEndpoints: Array.from({ length: 200 }, (_, k) => ({
      id: id('b', m * 1000 + k),
      regionName: regions[k % regions.length],
      vpcRegionName: regions[Math.floor(k / regions.length)],
      status: 'ACTIVE',
      // Without a name, each load would make up another.
      privateEndpointConnectionName: `vpce-${n.toString(16).padStart(17, '0')}`,
    })),
    exportBuckets: [{ id: id('c', m), bucketName: `world-${n}`, iamRoleId: id('d', m) }],
  }))
  return {
    ...world,
    projects,
    apiKeys: [
      { ...world.apiKeys[0], publicKey: `world-${n}`, roles: [{ roleName: 'ORG_OWNER', orgId: first?.orgId }] },
    ],
    serviceAccounts: [],
    clock: { frozen: `203${n}-01-01T00:00:00.000Z` },
    lifecycle: { provisioning: `${n + 1}s` },
    faults: [{ id: id('e', 0), errorCode: 'NO_CAPACITY', match: { path: `/world/${n}` } }],
  }
}

test('a server that is killed while its world is replaced has the old one or the new one, whole', async (t) => {
  const random = randomness(t)
  const worlds = [0, 1, 2, 3].map((n) => JSON.stringify(largeWorld(n)))
  const dir = t.testdir({ 'world.json': worlds[0] as string })
  const db = `${dir}/atlas.db`
  const agent = connections(t, 1)
  const json = { 'content-type': 'application/json' }
  const start = (...more: string[]) =>
    startServer(t, [...flags, '--db', db, '--fixtures', `${dir}/world.json`, '--seed', '1', ...more])

  let url = ''
  const ask = async (method: string, path: string, body?: string): Promise<Answer> => {
    const answer = await send(agent, url, method, `/_emulator${path}`, body === undefined ? {} : json, body)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`)
    return answer
  }
  const exported = async () => (await ask('GET', '/state?secrets=true')).body
  const snapshots = async () => {
    const { snapshots }: { snapshots: { name: string }[] } = JSON.parse((await ask('GET', '/snapshots')).body)
    return snapshots.map(({ name }) => name)
  }

  // What each world is like in an export.
  let server: Server = start()
  url = await server.url
  const likenesses: string[] = []
  for (const world of worlds) {
    await ask('PUT', '/state', world)
    likenesses.push(await exported())
  }
  t.equal(new Set(likenesses).size, worlds.length, 'no two worlds are alike')

  /** The world that an export shows, by a short name for the output. */
  const nameOf = (likeness: string | undefined) => {
    const known = likenesses.indexOf(likeness ?? '')
    return known >= 0 ? `world ${known}` : `none of the worlds: ${likeness?.slice(0, 200)}`
  }
  /** What the answers say: the world that there is, and those that snapshots keep, by their names. */
  let current = likenesses.at(-1) as string
  const kept = new Map<string, string>()
  /** One way to replace the world, or to keep it, and how all is once that is done. */
  const choose = () => {
    const after = { current, kept: new Map(kept) }
    const kind = ['put', 'put', 'reset', 'take', 'restore', 'start'][random(6)] as string
    if (kind === 'reset') return { kind, run: () => ask('POST', '/reset'), after: { ...after, current: likenesses[0] } }
    if (kind === 'start') return { kind, run: undefined, after: { ...after, current: likenesses[0] } }
    const name = `snapshot-${random(3)}`
    if (kind === 'take') {
      after.kept.set(name, current)
      return { kind, run: () => ask('PUT', `/snapshots/${name}`), after }
    }
    const [restored, likeness] = [...kept][random(kept.size || 1)] ?? []
    if (kind === 'restore' && restored !== undefined) {
      const run = () => ask('POST', `/snapshots/${restored}/restore`)
      return { kind, run, after: { ...after, current: likeness } }
    }
    const n = random(worlds.length)
    return { kind: 'put', run: () => ask('PUT', '/state', worlds[n]), after: { ...after, current: likenesses[n] } }
  }
  type State = { readonly current: string | undefined; readonly kept: ReadonlyMap<string, string> }
  const inWords = ({ current, kept }: State) =>
    [nameOf(current), ...[...kept].sort().map(([name, likeness]) => `${name}: ${nameOf(likeness)}`)].join(', ')
  const settle = (state: State) => {
    current = state.current as string
    kept.clear()
    for (const [name, likeness] of state.kept) kept.set(name, likeness)
  }

  /** Milliseconds that each kind took when it was last let alone. */
  const took = new Map<string, number>()
  const found = { old: 0, new: 0, answered: 0 }
  for (let round = 1; round <= scaled(10, 150) && t.passing(); round += 1) {
    // Two that are let alone, with their answers.
    for (const _ of [1, 2]) {
      const { kind, run, after } = choose()
      if (!run) continue
      const started = performance.now()
      await run()
      took.set(kind, performance.now() - started)
      settle(after)
      t.equal(nameOf(await exported()), nameOf(current), `round ${round}: after ${kind} the world is as it says`)
    }

    // One that is killed somewhere on its way, or a little later.
    const { kind, run, after } = choose()
    if (!run) {
      server.child.kill('SIGKILL')
      t.equal(await server.exit, 'SIGKILL')
      server = start('--reset')
    }
    let isAnswered = false
    const done = (run ? run() : server.url).then(
      () => {
        isAnswered = true
      },
      () => {},
    )
    await Promise.race([done, delay((took.get(kind) ?? 250) * (random(1000) / 900))])
    const wasAnswered = isAnswered
    server.child.kill('SIGKILL')
    t.equal(await server.exit, 'SIGKILL', `round ${round}: killed in ${kind}`)
    await done
    t.equal(integrity(db, `${dir}/copy`), 'ok', `round ${round}: the file is sound`)

    const started = performance.now()
    server = start()
    url = await server.url
    took.set('start', performance.now() - started)
    // What each snapshot keeps is seen by restoring it, which leaves the world that the last one keeps.
    const shown = { current: await exported(), kept: new Map<string, string>() }
    for (const name of await snapshots()) {
      await ask('POST', `/snapshots/${name}/restore`)
      shown.kept.set(name, await exported())
    }
    const before: State = { current, kept: new Map(kept) }
    const allowed: readonly State[] = wasAnswered ? [after] : [before, after]
    const state = allowed.find((one) => inWords(one) === inWords(shown))
    t.ok(state, `round ${round}: ${wasAnswered ? 'the new world is' : 'the old world or the new one is'} there`, {
      found: inWords(shown),
      allowed: allowed.map(inWords),
    })
    found[wasAnswered ? 'answered' : state === before ? 'old' : 'new'] += 1
    settle({ current: [...shown.kept.values()].at(-1) ?? shown.current, kept: shown.kept })
  }
  t.comment(`kills without an answer left the old world ${found.old} times, the new one ${found.new} times; \
${found.answered} came after the answer`)
  t.ok(found.old + found.new > 0, 'kills came before the answer')
  server.child.kill('SIGTERM')
  t.equal(await server.exit, 0)
})
