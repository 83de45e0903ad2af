/** What the page knows of the emulator, kept up to date by its events. */
import { follow, get, health, Refusal } from './api.js'
import type {
  Clock,
  Endpoint,
  EndpointChange,
  Entry,
  Fault,
  FaultChange,
  Health,
  Project,
  StreamEvent,
  Vocabulary,
  World,
} from './types.js'

/** How many requests are shown. */
export const mostRows = 1000
/** How many are kept: a call by Digest is two, of which one is shown. Never more, so that memory stays the same. */
const mostKept = 2 * mostRows
/** How many requests of one second are shown one by one. */
const mostPerSecond = 200
/** A world with more endpoints than this is not loaded whole. */
const mostEndpoints = 20_000
/** Characters of an event whose bodies are kept; those of a longer one are asked for when they are looked at. */
const longestKept = 8192
const backlog = 200
const longestPause = 15

/** A row of the list of requests: one of them, or the number of those that came too fast to be shown. */
export type Row =
  | { readonly key: string; readonly entry: Entry; readonly isWhole: boolean }
  | { readonly key: string; readonly skipped: number; readonly why: 'fast' | 'missed' }

export type Connection =
  | { readonly state: 'connecting' | 'live' | 'stopped' }
  | { readonly state: 'reconnecting'; readonly at: number }

/** What has changed since the page was drawn last. */
export type Part = 'connection' | 'clock' | 'world' | 'endpoints' | 'requests' | 'faults' | 'plans' | 'health'

export const model = {
  vocabulary: undefined as Vocabulary | undefined,
  health: undefined as Health | undefined,
  connection: { state: 'connecting' } as Connection,
  clock: undefined as (Clock & { readonly readAt: number }) | undefined,
  world: { organizations: [], projects: [] } as World,
  /** Undefined while the world is small enough to be shown; else how many endpoints it has. */
  tooLarge: undefined as number | undefined,
  endpoints: new Map<string, Endpoint>(),
  rows: [] as Row[],
  faults: [] as Fault[],
  plans: { all: {}, projects: {} } as { all: object; projects: Record<string, object> },
  /** Requests and errors that have come while their view was not shown. */
  unseen: 0,
  /** What those who do not see the page have not been told yet. */
  news: { requests: 0, endpoints: 0, endpoint: '' },
}

const listeners = new Set<(parts: ReadonlySet<Part>) => void>()
const changed = new Set<Part>()
let isDrawing = false

/** Calls `draw` with what has changed, at most once for each frame; never while nobody looks. */
export function onChange(draw: (parts: ReadonlySet<Part>) => void): void {
  listeners.add(draw)
}

export function note(...parts: Part[]): void {
  for (const part of parts) changed.add(part)
  schedule()
}

function schedule(): void {
  if (isDrawing || document.hidden || changed.size === 0) return
  isDrawing = true
  requestAnimationFrame(() => {
    isDrawing = false
    const parts = new Set(changed)
    changed.clear()
    for (const draw of listeners) draw(parts)
  })
}

document.addEventListener('visibilitychange', schedule)

/** What time it is for the emulator now, in milliseconds since the epoch. */
export function emulatorNow(): number {
  const { clock } = model
  if (!clock) return Date.now()
  return Date.parse(clock.now) + (clock.frozen ? 0 : performance.now() - clock.readAt)
}

export function setClock(clock: Clock): void {
  model.clock = { ...clock, readAt: performance.now() }
  note('clock', 'endpoints')
}

export function projectOf(id: string | null): Project | undefined {
  return model.world.projects.find((project) => project.id === id)
}

let lastEvent: number | undefined
let startedAt: number | undefined
let stopping = new AbortController()
let failures = 0
let reconnection: ReturnType<typeof setTimeout> | undefined

/** Follows the emulator for as long as the page is open, or until it is stopped. */
export async function connect(): Promise<void> {
  clearTimeout(reconnection)
  stopping.abort()
  stopping = new AbortController()
  const { signal } = stopping
  setConnection(model.connection.state === 'reconnecting' ? model.connection : { state: 'connecting' })
  try {
    await loadHealth()
    const early: StreamEvent[] = []
    let isLoaded = false
    await follow(
      lastEvent,
      lastEvent === undefined ? backlog : 0,
      signal,
      () => {
        setConnection({ state: 'live' })
        failures = 0
        load()
          .catch((error) => {
            if (!signal.aborted) fail(error)
          })
          .finally(() => {
            isLoaded = true
            apply(early)
          })
      },
      (events) => (isLoaded ? apply(events) : void early.push(...events)),
    )
    retry()
  } catch (error) {
    if (!signal.aborted) fail(error)
  }
}

/** Follows no more, until `connect` is called. */
export function disconnect(): void {
  clearTimeout(reconnection)
  stopping.abort()
  setConnection({ state: 'stopped' })
}

/** Told of a refusal that trying again does not mend. */
export const refusals = { listener: (_refusal: Refusal) => {} }

function fail(error: unknown): void {
  if (error instanceof Refusal && [401, 403, 404].includes(error.status)) {
    disconnect()
    refusals.listener(error)
    return
  }
  retry()
}

function retry(): void {
  stopping.abort()
  const pause = Math.min(longestPause, 2 ** failures)
  failures += 1
  setConnection({ state: 'reconnecting', at: performance.now() + pause * 1000 })
  clearTimeout(reconnection)
  reconnection = setTimeout(connect, pause * 1000)
}

function setConnection(connection: Connection): void {
  model.connection = connection
  note('connection')
}

async function loadHealth(): Promise<void> {
  model.health = await health<Health>()
  if (model.health.uptime === undefined) {
    // Who is told so little may not use the rest.
    await get('clock')
    return
  }
  const started = Date.now() - model.health.uptime * 1000
  // A process that began later numbers everything anew.
  if (startedAt !== undefined && Math.abs(started - startedAt) > 2000) {
    lastEvent = undefined
    model.rows = []
    note('requests')
  }
  startedAt = started
  note('health')
}

/** Loads all that events only tell the changes of. */
export async function load(): Promise<void> {
  model.vocabulary ??= await get<Vocabulary>('console/vocabulary.json')
  await loadHealth()
  const [clock, { faults }, plans] = await Promise.all([
    get<Clock>('clock'),
    get<{ faults: Fault[] }>('faults'),
    get<typeof model.plans>('lifecycle'),
  ])
  setClock(clock)
  model.faults = faults
  model.plans = plans
  const endpoints = Number(model.health?.counts?.privateEndpoints ?? 0)
  if (endpoints > mostEndpoints) {
    model.tooLarge = endpoints
    model.world = { organizations: [], projects: [] }
    model.endpoints.clear()
  } else {
    model.tooLarge = undefined
    model.world = await get<World>('state')
    model.endpoints = new Map()
    for (const { id: project, privateEndpoints = [] } of model.world.projects) {
      for (const endpoint of privateEndpoints) {
        const vpcRegionName = endpoint.vpcRegionName ?? endpoint.regionName
        if (endpoint.beginsAt === undefined) model.endpoints.set(endpoint.id, { ...endpoint, vpcRegionName, project })
      }
    }
  }
  note('world', 'endpoints', 'faults', 'plans', 'health', 'requests')
}

let reloading: ReturnType<typeof setTimeout> | undefined

/** Loads all of it soon, once for many reasons. */
function reload(): void {
  clearTimeout(reloading)
  reloading = setTimeout(() => load().catch(() => {}), 50)
}

function apply(events: readonly StreamEvent[]): void {
  for (const event of events) {
    lastEvent = event.id
    switch (event.event) {
      case 'request':
        addRequest(event)
        break
      case 'endpoint':
        applyEndpoint(event.data)
        break
      case 'fault':
        applyFault(event.data)
        break
      case 'clock':
        setClock(event.data)
        break
      case 'gap':
        addGap(event.data.missed)
        reload()
        break
      default:
        reload()
    }
  }
}

function applyEndpoint(endpoint: EndpointChange): void {
  const { news } = model
  const { regionName, status } =
    endpoint.change === 'gone' ? { ...model.endpoints.get(endpoint.id), status: 'gone' } : endpoint
  news.endpoints += 1
  news.endpoint = `Endpoint ${regionName ?? endpoint.id} is ${status}.`
  if (endpoint.change === 'gone') model.endpoints.delete(endpoint.id)
  else if (model.tooLarge === undefined) model.endpoints.set(endpoint.id, endpoint)
  note('endpoints')
}

function applyFault(told: FaultChange): void {
  if (told.change === 'disarmed') model.faults = model.faults.filter(({ id }) => id !== told.id)
  else {
    const { fault } = told
    const isKnown = model.faults.some(({ id }) => id === fault.id)
    model.faults = isKnown ? model.faults.map((one) => (one.id === fault.id ? fault : one)) : [...model.faults, fault]
  }
  note('faults')
}

let second = 0
let inSecond = 0

function addRequest(event: Extract<StreamEvent, { event: 'request' }>): void {
  const now = Math.floor(performance.now() / 1000)
  if (now !== second) {
    second = now
    inSecond = 0
  }
  inSecond += 1
  model.unseen += 1
  model.news.requests += 1
  note('requests')
  const last = model.rows.at(-1)
  if (inSecond > mostPerSecond) {
    const isCounting = last && 'skipped' in last && last.key === `second ${now}`
    const skipped = isCounting ? last.skipped + 1 : 1
    addRow({ key: `second ${now}`, skipped, why: 'fast' }, isCounting)
    return
  }
  const entry = event.data
  const isWhole = lengthOf(entry) <= longestKept
  addRow({
    key: String(entry.id),
    entry: isWhole ? entry : { ...entry, requestBody: null, responseBody: null },
    isWhole,
  })
}

function lengthOf({ requestBody, responseBody }: Entry): number {
  return (JSON.stringify(requestBody) ?? '').length + (JSON.stringify(responseBody) ?? '').length
}

function addGap(missed: number): void {
  addRow({ key: `gap ${lastEvent}`, skipped: missed, why: 'missed' })
  note('requests')
}

function addRow(row: Row, replacesLast = false): void {
  if (replacesLast) model.rows[model.rows.length - 1] = row
  else model.rows.push(row)
  if (model.rows.length > mostKept) model.rows.shift()
}
