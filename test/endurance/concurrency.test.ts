import { type Test, test } from 'tap'
import { accept, fixtureFile } from '../support/emulator.js'
import { connections, randomness, scaled, send, startServer } from './support.js'

/** How many clients ask at once, each over a connection of its own. */
const clients = 50
/** How many requests a client, and how many commands the control client, sends in a round. */
const perClient = 6
const perControl = 10
/** After how many rounds all changes come to their end, and a snapshot is taken or restored. */
const untilRest = 4

const organization = '32b6e34b3d91647abb20e7a0'
const projects = [0, 1, 2, 3].map((n) => `32b6e34b3d91647abb20e7b${n}`)
/** What a project can have one endpoint for each of: few, so that creates meet. */
const pairs = [
  { regionName: 'US_EAST_1', vpcRegionName: 'US_EAST_1' },
  { regionName: 'US_EAST_1', vpcRegionName: 'EU_WEST_1' },
  { regionName: 'EU_WEST_1', vpcRegionName: 'US_EAST_1' },
] as const
const start = Date.UTC(2026, 0, 1)
/** How long endpoints are INITIATING, in milliseconds. */
const provisioning = 10_000

/* ---- The ledger. Its moments count what the clients send and receive, and so are in the order of real time. ---- */

type Span = Readonly<Record<'from' | 'to', number>>

/** From some moment of the span on, the emulator's clock told `now`. */
type ClockStep = Span & { readonly now: number }

interface Shown {
  readonly id: string
  /** The project and the pair of regions, with spaces between. */
  readonly place: string
  readonly status: string
}

/** A request from its sending to its answer, and what that says. An injected error says nothing of the world. */
interface Said extends Span {
  readonly what: string
  /** By a 201: the new id, and the place that was asked for. */
  readonly created?: Pick<Shown, 'id' | 'place'>
  /** By a 409: the place. */
  readonly taken?: string
  /** By a 204: the id. */
  readonly deleted?: string
  /** Whether it shows all that there is of an id, of a project or, when empty, of the world; and what it shows. */
  readonly about?: string
  readonly shown?: readonly Shown[]
}

/** An endpoint from when it is created until it is gone. */
interface Life {
  readonly id: string
  readonly place: string
  /** When it was created, by the emulator's clock. */
  readonly created: Span
  /** The request that brought it into the world: a create, or the restoring of a snapshot. */
  readonly begun: Span
  readonly deletes: readonly Span[]
  /** The restoring of a snapshot without it. */
  readonly removed?: Span
  /** It did not exist before or after. */
  readonly may: Span
  /** It existed all the time. */
  readonly sure: Span
}

type Spans = Pick<Life, 'may' | 'sure'>

/** Whether one of the lives may have been there at a moment between `from` and `to`. */
const mayHaveExisted = (lives: readonly Spans[], { from, to }: Span) =>
  lives.some(({ may }) => may.from <= to && may.to >= from)

/** Whether one of the lives was there from `from` to `to`, whatever the order of what was at once. */
const surelyExisted = (lives: readonly Spans[], { from, to }: Span) =>
  lives.some(({ sure }) => sure.from <= from && sure.to >= to)

/** The earliest and the latest that the clock can have told during the span. */
function clockIn(steps: readonly ClockStep[], { from, to }: Span): Span {
  const last = (isOver: (step: ClockStep) => boolean) => steps.filter(isOver).at(-1)?.now ?? start
  return { from: last((step) => step.to <= from), to: last((step) => step.from <= to) }
}

/** When an endpoint that takes so many milliseconds to be deleted was gone: not before the span, surely after it. */
function endOf({ deletes, removed }: Life, steps: readonly ClockStep[], deletion: number): Span {
  if (removed) return removed
  const ends = deletes.map((span) => {
    if (deletion === 0) return span
    const asked = clockIn(steps, span)
    const first = steps.find(({ now, to }) => to > span.from && now >= asked.from + deletion)
    const last = steps.find(({ now, to }) => to > span.to && now >= asked.to + deletion)
    return { from: Math.max(span.from, first?.from ?? Infinity), to: last?.to ?? Infinity }
  })
  return { from: Math.min(...ends.map(({ from }) => from)), to: Math.min(...ends.map(({ to }) => to)) }
}

/** What an endpoint may be while it exists, when the clock tells `now`. */
function statusesAt({ created, deletes }: Life, now: number): string[] {
  if (deletes.length > 0) return ['DELETING']
  const isMade = (since: number) => now >= since + provisioning
  return [...(isMade(created.to) ? [] : ['INITIATING']), ...(isMade(created.from) ? ['ACTIVE'] : [])]
}

const isAbout = ({ about }: Said, { id, place }: Life) =>
  about !== undefined && (about === id || place.startsWith(about))

/** The life as answers have seen it: it is there until the last that shows it, and gone with the first that does not. */
function witnessed(life: Life, answers: readonly Said[]): Life {
  const about = answers.filter((said) => isAbout(said, life))
  const shows = about.filter(({ shown }) => shown?.some(({ id }) => id === life.id))
  const from = Math.min(life.sure.from, ...shows.map((said) => said.to))
  const misses = about.filter((said) => !shows.includes(said) && said.from >= from)
  return {
    ...life,
    sure: { from, to: Math.max(life.sure.to, ...shows.map((said) => said.from)) },
    may: { from: life.may.from, to: Math.min(life.may.to, ...misses.map((said) => said.to)) },
  }
}

/** What is known of the world by the answers that have come. */
class Ledger {
  lives: readonly Life[] = []
  readonly steps: ClockStep[] = []
  readonly #given = new Set<string>()
  readonly #deletion: number

  /** @param deletion how long endpoints are DELETING, in milliseconds */
  constructor(deletion: number) {
    this.#deletion = deletion
  }

  /** From some moment of the span on, the world is the one that it was with those lives. */
  restore(earlier: readonly Life[], span: Span): void {
    const has = (lives: readonly Life[], { id }: Life) => lives.some((one) => one.id === id)
    const stays = this.lives.map((life) => (has(earlier, life) ? life : { ...life, removed: span }))
    const back = earlier.filter((life) => !has(this.lives, life)).map((life) => ({ ...life, begun: span }))
    this.lives = [...stays, ...back]
  }

  /**
   * Enters answers; the last shows the whole world, when nothing else is under way.
   * @returns what is wrong with them, in words
   */
  enter(answers: readonly Said[]): string[] {
    const problems: string[] = []
    const blame = ({ what, from, to }: Said, why: string) =>
      problems.push(`${what}, sent ${from}, answered ${to}: ${why}`)
    for (const said of answers) {
      const { created } = said
      if (!created) continue
      if (this.#given.has(created.id)) blame(said, `${created.id} is given twice`)
      this.#given.add(created.id)
      const at = clockIn(this.steps, said)
      this.lives = [...this.lives, { ...created, created: at, begun: said, deletes: [], may: said, sure: said }]
    }
    this.lives = this.lives.map((life) => {
      const deletes = [...life.deletes, ...answers.filter(({ deleted }) => deleted === life.id)]
      const end = endOf({ ...life, deletes }, this.steps, this.#deletion)
      const bounds = { may: { from: life.begun.from, to: end.to }, sure: { from: life.begun.to, to: end.from } }
      return witnessed({ ...life, deletes, ...bounds }, answers)
    })
    for (const said of answers) {
      const { to, created, taken, shown = [] } = said
      const others = this.lives.filter(({ id, place }) => place === created?.place && id !== created.id)
      if (surelyExisted(others, { from: to, to })) blame(said, `another one for ${created?.place} was there`)
      const there = this.lives.filter(({ place }) => place === taken)
      if (taken !== undefined && !mayHaveExisted(there, said)) blame(said, `none for ${taken} can have been there`)
      for (const { id, place } of shown) {
        const known = this.lives.filter((life) => life.id === id)
        if (!mayHaveExisted(known, said)) blame(said, `${id} can not have been there`)
        if (known.some((life) => life.place !== place)) blame(said, `${id} is not for ${place}`)
        if (shown.some((other) => other.id > id && other.place === place)) blame(said, `two for ${place}`)
      }
      for (const life of this.lives.filter((one) => isAbout(said, one) && !shown.some(({ id }) => id === one.id))) {
        if (surelyExisted([life], said)) blame(said, `${life.id} was there`)
      }
    }
    this.lives = this.lives.filter(({ may }) => may.to === Infinity)
    for (const { id, status } of answers.at(-1)?.shown ?? []) {
      const life = this.lives.find((one) => one.id === id)
      const allowed = life && statusesAt(life, this.steps.at(-1)?.now ?? start)
      if (allowed && !allowed.includes(status)) problems.push(`${id} is ${status}, not ${allowed} in the end`)
    }
    return problems
  }
}

test('an endpoint may have existed wherever its widest span reaches, and surely did within its narrowest', (t) => {
  const life: Spans = { may: { from: 2, to: 9 }, sure: { from: 4, to: 7 } }
  const mays = { '0-1': false, '0-2': true, '3-5': true, '9-12': true, '10-12': false }
  const sures = { '0-12': false, '3-5': false, '4-7': true, '5-6': true, '5-8': false }
  const spanOf = (text: string): Span => ({ from: Number.parseInt(text, 10), to: Number(text.split('-')[1]) })
  for (const [text, is] of Object.entries(mays)) t.equal(mayHaveExisted([life], spanOf(text)), is, text)
  for (const [text, is] of Object.entries(sures)) t.equal(surelyExisted([life], spanOf(text)), is, text)
  t.end()
})

test('the ledger finds fault with each history of answers that cannot be, and with none that can', (t) => {
  const place = 'p US EU'
  const said = (from: number, to: number, more: Partial<Said>): Said => ({ from, to, what: 'it', ...more })
  const made = (from: number, to: number, id = 'a') => said(from, to, { created: { id, place } })
  const taken = (from: number, to: number) => said(from, to, { taken: place })
  const gone = (from: number, to: number) => said(from, to, { deleted: 'a' })
  const get = (from: number, to: number, ...ids: string[]) =>
    said(from, to, { about: 'a', shown: ids.map((id) => ({ id, place, status: 'INITIATING' })) })
  const all = (...ids: string[]) => ({ ...get(98, 99, ...ids), about: '' })
  const elsewhere = said(98, 99, { about: '', shown: [{ id: 'a', place: 'p US US', status: 'INITIATING' }] })
  const active = said(98, 99, { about: '', shown: [{ id: 'a', place, status: 'ACTIVE' }] })
  const histories: [name: string, answers: Said[], problem?: RegExp][] = [
    ['a 409 beside the create', [taken(1, 4), made(2, 3), all('a')]],
    ['a 409 before any create', [taken(1, 2), made(3, 4), all('a')], /none for p US EU can have been there/],
    ['a 409 after the delete', [made(1, 2), gone(3, 4), taken(5, 6), all()], /none for p US EU can have been there/],
    ['a create beside the delete', [made(1, 2), gone(3, 6), made(4, 5, 'b'), all('b')]],
    ['a create before the delete', [made(1, 2), made(3, 4, 'b'), gone(5, 6), all('b')], /another one .* was there/],
    ['two creates at once', [made(1, 3), made(2, 4, 'b'), all('a', 'b')], /another one .* was there/],
    ['two in one list', [made(1, 3), made(2, 4, 'b'), all('a', 'b')], /two for p US EU/],
    ['an id for the second time', [made(1, 2), gone(3, 4), made(5, 6), all()], /a is given twice/],
    ['a 404 beside the create', [made(1, 4), get(2, 3), all('a')]],
    ['a 404 of what is there', [made(1, 2), get(3, 4), all('a')], /a was there/],
    ['a 200 and a 404 beside the delete', [made(1, 2), gone(3, 8), get(4, 5, 'a'), get(6, 7), all()]],
    ['a 200 after a 404', [made(1, 2), gone(3, 8), get(4, 5), get(6, 7, 'a'), all()], /a can not have been there/],
    ['a 200 of what is deleted', [made(1, 2), gone(3, 4), get(5, 6, 'a'), all()], /a can not have been there/],
    ['an export without what is there', [made(1, 2), all()], /a was there/],
    ['an export with what nobody created', [all('a')], /a can not have been there/],
    ['an export with other regions', [made(1, 2), elsewhere], /a is not for p US US/],
    ['an export with a status to come', [made(1, 2), active], /a is ACTIVE, not INITIATING in the end/],
  ]
  for (const [name, answers, problem] of histories) {
    const found = new Ledger(0).enter(answers).join('\n')
    if (problem) t.match(found, problem, name)
    else t.equal(found, '', name)
  }
  t.end()
})

/* ---- The clients. ---- */

const kinds = ['create', 'create', 'create', 'create', 'delete', 'delete', 'get', 'get', 'list', 'list'] as const
const methods = { create: 'POST', delete: 'DELETE', get: 'GET', list: 'GET' }

/** What to do with what, by random numbers that each is below: 10, 4, 3 and 12. */
type Action = Readonly<Record<'dice' | 'project' | 'pair' | 'pick', number>>

/** All clients, which share the ledger's moments, and what they know of each other's endpoints. */
class Clients {
  readonly seen = new Set<string>()
  /** What to get and to delete; some are gone. */
  known: Pick<Shown, 'id' | 'place'>[] = []
  #moment = 0
  readonly #send

  constructor(t: Test, url: string) {
    const agent = connections(t, clients + 1)
    this.#send = send.bind(undefined, agent, url)
  }

  async ask(method: string, path: string, body?: object) {
    const headers = { accept, ...(body && { 'content-type': 'application/json' }) }
    const sent = body && JSON.stringify(body)
    const from = this.#moment++
    const answer = await this.#send(method, path, headers, sent)
    const said: Said = { from, to: this.#moment++, what: `${method} ${path} ${sent ?? ''}: ${answer.status}` }
    const isFault = answer.status === 403 && answer.headers['x-emulator-fault'] !== undefined
    if (![200, 201, 204, 404, 409].includes(answer.status) && !isFault) throw new Error(`${said.what} ${answer.body}`)
    return { said, status: answer.status, json: answer.body && JSON.parse(answer.body) }
  }

  /** Does what clients do with Atlas's API. */
  async act({ dice, project: n, pair, pick }: Action): Promise<Said> {
    const kind = kinds[dice] as (typeof kinds)[number]
    const nobody = { id: organization, place: projects[0] as string }
    const one = kind === 'get' || kind === 'delete' ? (this.known.at(-1 - pick) ?? nobody) : undefined
    const project = one ? one.place.slice(0, 24) : (projects[n] as string)
    const path = `/api/atlas/v2/groups/${project}/backup/AWS/privateEndpoints${one ? `/${one.id}` : ''}`
    const body = { cloudProvider: 'AWS', ...(pairs[pair] as (typeof pairs)[number]) }
    const { said, status, json } = await this.ask(methods[kind], path, kind === 'create' ? body : undefined)
    this.seen.add(`${kind} ${status}`)
    if (status === 403) return said
    if (status === 409) return { ...said, taken: placeOf(project, body) }
    if (kind === 'list') return { ...said, about: project, shown: show(project, json.results) }
    if (status === 404) return { ...said, about: one?.id ?? '', shown: [] }
    if (status === 204 && one) return { ...said, deleted: one.id, about: one.id, shown: [{ ...one, status: '' }] }
    const shown = { ...said, about: json.id, shown: show(project, [json]) }
    if (kind === 'get') return shown
    const created = { id: json.id, place: placeOf(project, body) }
    this.known.push(created)
    return { ...shown, created }
  }

  async export(): Promise<Said> {
    const { said, json } = await this.ask('GET', '/_emulator/state')
    const shown = (json.projects as Json[]).flatMap(({ id, privateEndpoints = [] }) => show(id, privateEndpoints))
    return { ...said, about: '', shown }
  }

  async setClock(command: object): Promise<ClockStep> {
    const { said, json } = await this.ask('POST', '/_emulator/clock', command)
    return { ...said, now: Date.parse(json.now) }
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what it holds is compared with what it should hold
type Json = any
const placeOf = (project: string, one: Json) => `${project} ${one.regionName} ${one.vpcRegionName}`
const show = (project: string, endpoints: Json[]): Shown[] =>
  endpoints.map((one) => ({ id: one.id, place: placeOf(project, one), status: one.status }))

async function endure(t: Test, db: string, deletion: number, rounds: number): Promise<void> {
  const random = randomness(t)
  const anyAction = () => ({ dice: random(10), project: random(4), pair: random(3), pick: random(12) })
  const some = <T>(length: number, make: () => T) => Array.from({ length }, make)
  const own = { orgId: organization, name: 'Own' }
  const world = {
    organizations: [{ id: organization, name: 'Acme' }],
    projects: projects.map((id) => ({ ...own, id })),
  }
  const times = ['--provisioning', `${provisioning}ms`, '--deletion', `${deletion}ms`]
  const flags = ['--auth', 'off', '--rate-limit', 'off', ...times, '--db', db, '--fixtures', fixtureFile(t, world)]
  const all = new Clients(t, await startServer(t, flags).url)
  const ledger = new Ledger(deletion)
  const inTurn = async (actions: readonly Action[]) => {
    const answers: Said[] = []
    for (const action of actions) answers.push(await all.act(action))
    return answers
  }
  /** What the control client does meanwhile. */
  const control = async (actions: readonly Action[]) => {
    const exports: Said[] = []
    for (const { dice, project, pair } of actions) {
      const match = { operationId: `${['create', 'get', 'delete'][pair]}BackupPrivateEndpoint` }
      const effect = project > 0 ? { errorCode: 'CANNOT_CHANGE_GROUP_NAME' } : { delay: '3ms', delayed: 'after' }
      if (dice < 3) exports.push(await all.export())
      else if (dice < 7) ledger.steps.push(await all.setClock({ advance: `${dice}s` }))
      else if (dice < 9) await all.ask('POST', '/_emulator/faults', { match, when: { times: 2 }, ...effect })
      else await all.ask('PUT', '/_emulator/snapshots/unused')
    }
    return exports
  }
  const check = async (answers: readonly Said[], when: string) =>
    t.same(ledger.enter([...answers, await all.export()]), [], `${when}: ${answers.length} answers fit together`)

  ledger.steps.push(await all.setClock({ freeze: new Date(start).toISOString() }))
  let snapshot: { readonly lives: readonly Life[]; readonly now: number } | undefined
  for (let round = 1; round <= rounds && t.passing(); round += 1) {
    all.known = [...all.known.slice(-4), ...ledger.lives]
    const ofClients = some(clients, () => some(perClient, anyAction))
    const answers = await Promise.all([control(some(perControl, anyAction)), ...ofClients.map(inTurn)])
    if (!(await check(answers.flat(), `round ${round}`)) || round % untilRest > 0) continue

    await all.ask('DELETE', '/_emulator/faults')
    ledger.steps.push(await all.setClock({ advance: '1h' }))
    await check([], 'after all changes that were to come')
    if (snapshot) {
      const reading = some(clients, anyAction).map((one) => all.act({ ...one, dice: 6 + (one.dice % 4) }))
      const { said } = await all.ask('POST', '/_emulator/snapshots/kept/restore')
      ledger.steps.push({ ...said, now: snapshot.now })
      ledger.restore(snapshot.lives, said)
      await check(await Promise.all(reading), 'while a snapshot was restored')
      snapshot = undefined
    } else {
      await all.ask('PUT', '/_emulator/snapshots/kept')
      snapshot = { lives: ledger.lives, now: ledger.steps.at(-1)?.now as number }
    }
  }
  if (!t.passing()) return
  const common = 'create 201, create 403, create 409, delete 204, delete 404, get 200, get 404, list 200'.split(', ')
  for (const kind of common) t.ok(all.seen.has(kind), `${kind} occurred`)
}

test('in memory, where deletions take no time, fifty clients at once get only answers that fit together', (t) =>
  endure(t, ':memory:', 0, scaled(20, 1000)))

test('on disk, where deletions take five seconds, fifty clients at once get only answers that fit together', (t) =>
  endure(t, `${t.testdir()}/atlas.db`, 5000, scaled(20, 1000)))
