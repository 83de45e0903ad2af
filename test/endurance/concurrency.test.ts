import { performance } from 'node:perf_hooks'
import fc from 'fast-check'
import { type Test, test } from 'tap'
import { accept, fixtureFile } from '../support/emulator.js'
import { type Operation, type SerialOrder, serialOrder } from './serial.js'
import { type Answer, connections, isFull, scaled, send, startServer } from './support.js'

/** How many ask at once, each over a connection of its own. */
const clients = 50
/** How much the search for one order may cost; the most that a round has taken is a small part of it. */
const mostSteps = 2_000_000

const organization = '32b6e34b3d91647abb20e7a0'
const fixedOf = (n: number) => ({
  id: `32b6e34b3d91647abb20e7b${n}`,
  orgId: organization,
  name: `Project ${n}`,
  clusterCount: 0,
  withDefaultAlertsSettings: true,
  created: '2026-01-01T00:00:00Z',
})
const projects = [0, 1, 2].map(fixedOf)
const fixture = { organizations: [{ id: organization, name: 'Acme' }], projects, apiKeys: [], serviceAccounts: [] }

/** What a project can have one endpoint for each of: few, so that creates meet. */
const pairs = [
  { regionName: 'US_EAST_1', vpcRegionName: 'US_EAST_1' },
  { regionName: 'US_EAST_1', vpcRegionName: 'EU_WEST_1' },
  { regionName: 'EU_WEST_1', vpcRegionName: 'US_EAST_1' },
  { regionName: 'AP_SOUTH_1', vpcRegionName: 'AP_SOUTH_1' },
] as const

/* ---- The model: the world as the contract has it, at one moment. ---- */

const statuses = ['INITIATING', 'PENDING_ACCEPTANCE', 'ACTIVE', 'FAILED', 'PENDING_RECREATION', 'DELETING'] as const
type Status = (typeof statuses)[number]

/** A time in an endpoint's life. */
interface Stage {
  readonly at: number
  readonly status: Status
  readonly errorMessage: string | null
  /** Whether its connection name shows. */
  readonly isNamed: boolean
}

interface Endpoint {
  readonly id: string
  readonly pair: number
  /** The one that it is in, then those to come. */
  readonly stages: readonly [Stage, ...Stage[]]
  readonly goneAt: number | null
  /** Undefined until it has been seen. */
  readonly name: string | undefined
}

/** What becomes of new endpoints, as the control API has it. */
interface Plan {
  readonly provisioning?: string
  readonly outcome?: 'ACTIVE' | 'PENDING_ACCEPTANCE' | 'FAILED'
  readonly activeAfter?: string
  readonly errorMessage?: string
  readonly deletion?: string
}

interface Project {
  readonly plan: Plan | undefined
  /** Those that exist, oldest first. */
  readonly endpoints: readonly Endpoint[]
}

/** A fault as it was armed, and how often it has met and struck. */
interface Fault {
  readonly id: string
  readonly match: { readonly operationId: string; readonly project: string }
  readonly when: { readonly skip?: number; readonly times: number }
  readonly errorCode?: string
  readonly detail?: string
  readonly parameters?: readonly string[]
  readonly delay?: string
  readonly delayed?: 'after'
  readonly matched: number
  readonly fired: number
}

interface State {
  /** The clock, which stands still but for commands. */
  readonly now: number
  readonly projects: readonly Project[]
  readonly faults: readonly Fault[]
}

const start: State = {
  now: Date.UTC(2026, 0, 1),
  projects: projects.map(() => ({ plan: undefined, endpoints: [] })),
  faults: [],
}
/** As `--provisioning` and `--deletion` say. */
const defaults = { provisioning: '10s', deletion: '5s' }

const milliseconds = (seconds: string) => Number(seconds.replace('s', '')) * 1000
const moment = (time: number) => new Date(time).toISOString()
const isConnected = (status: Status) => status !== 'INITIATING' && status !== 'FAILED'
const stage = (at: number, status: Status, errorMessage: string | null = null): Stage => ({
  at,
  status,
  errorMessage,
  isNamed: isConnected(status),
})

/** The endpoint's life from its creation on. */
function life(now: number, plan: Plan): Endpoint['stages'] {
  const { provisioning, outcome = 'ACTIVE', activeAfter, errorMessage } = { ...defaults, ...plan }
  const first = stage(now, 'INITIATING')
  if (provisioning === 'manual') return [first]
  const settled = now + milliseconds(provisioning)
  const second = stage(settled, outcome, outcome === 'FAILED' ? (errorMessage ?? null) : null)
  return activeAfter === undefined
    ? [first, second]
    : [first, second, stage(settled + milliseconds(activeAfter), 'ACTIVE')]
}

/** The project with what the clock has brought about: stages that are over, endpoints that are gone. */
function atTime(project: Project, now: number): Project {
  const endpoints = project.endpoints
    .filter(({ goneAt }) => goneAt === null || goneAt > now)
    .map((endpoint) => {
      const current = endpoint.stages.findLastIndex(({ at }) => at <= now)
      return current > 0
        ? { ...endpoint, stages: endpoint.stages.slice(current) as unknown as Endpoint['stages'] }
        : endpoint
    })
  return { ...project, endpoints }
}

/** The state with one project changed. */
function withProject(state: State, index: number, change: (project: Project) => Project): State {
  return { ...state, projects: state.projects.map((project, i) => (i === index ? change(project) : project)) }
}

/** The state with the endpoint in place of the one that has its id. */
function withEndpoint(state: State, index: number, endpoint: Endpoint): State {
  return withProject(state, index, (project) =>
    atTime(
      { ...project, endpoints: project.endpoints.map((one) => (one.id === endpoint.id ? endpoint : one)) },
      state.now,
    ),
  )
}

const planOf = (state: State, index: number): Plan => state.projects[index]?.plan ?? {}
const deletionOf = (state: State, index: number) => milliseconds({ ...defaults, ...planOf(state, index) }.deletion)

/** The endpoint with its name, where the answer is the first to show it; a name that has been seen stays. */
function named(endpoint: Endpoint, told: unknown): Endpoint {
  const isName = typeof told === 'string' && /^vpce-[0-9a-f]{17}$/.test(told)
  return endpoint.name === undefined && isName ? { ...endpoint, name: told } : endpoint
}

/** The state with the names that `told` has for its endpoints, by id. */
function withNames(state: State, told: ReadonlyMap<string, unknown>): State {
  let result = state
  state.projects.forEach(({ endpoints }, i) => {
    for (const endpoint of endpoints) {
      const learned = named(endpoint, told.get(endpoint.id))
      if (learned !== endpoint) result = withEndpoint(result, i, learned)
    }
  })
  return result
}

const nameAt = ({ name }: Endpoint, { isNamed }: Stage) => (isNamed ? (name ?? 'a name') : null)

/** The endpoint as Atlas's answers have it, in the order of the contract. */
function entity(endpoint: Endpoint): object {
  const [current] = endpoint.stages
  const { regionName, vpcRegionName } = pairs[endpoint.pair] as (typeof pairs)[number]
  return {
    cloudProvider: 'AWS',
    errorMessage: current.errorMessage,
    id: endpoint.id,
    privateEndpointConnectionName: nameAt(endpoint, current),
    regionName,
    status: current.status,
    vpcRegionName,
  }
}

/* ---- Commands: what each sends, and what it answers in a state. ---- */

/** What came, as far as it can be foretold. */
interface Told {
  readonly status: number
  readonly type: string | undefined
  readonly errorCode: string | undefined
  readonly fault: string | undefined
  readonly body: string
}

/** What must come, and what it leaves behind. */
interface Outcome {
  readonly told: Omit<Told, 'body'> & { readonly body: () => string }
  readonly next: State
}

// biome-ignore lint/suspicious/noExplicitAny: an answer may hold anything, which is compared as a whole
type Json = any

interface Command {
  /** What it is, for counting. */
  readonly name: string
  readonly method: string
  readonly path: string
  readonly body?: object
  /** What it must answer in `state`; `json` is what it did answer, for what the server is free to choose. */
  outcome(state: State, json: Json): Outcome
}

/** The error that faults answer. */
const struck = 'CANNOT_CHANGE_GROUP_NAME'
const versioned = 'application/vnd.atlas.2024-11-13+json;charset=utf-8'
const reasons: Readonly<Record<number, string>> = { 403: 'Forbidden', 404: 'Not Found', 409: 'Conflict' }

function success(next: State, status: 200 | 201 | 204, body?: object): Outcome {
  const text = () => (body ? JSON.stringify(body) : '')
  return { told: { status, type: versioned, errorCode: undefined, fault: undefined, body: text }, next }
}

function refusal(
  next: State,
  status: number,
  errorCode: string,
  detail: string,
  parameters: readonly string[],
): Outcome {
  const body = () => JSON.stringify({ detail, error: status, errorCode, parameters, reason: reasons[status] })
  return { told: { status, type: 'application/json', errorCode, fault: undefined, body }, next }
}

/** An operation of Atlas on one project, which faults may strike. */
abstract class AtlasCommand implements Command {
  abstract readonly name: string
  abstract readonly method: string
  abstract readonly operationId: string
  readonly path: string

  constructor(
    readonly project: number,
    readonly id?: string,
  ) {
    const collection = `/api/atlas/v2/groups/${projects[project]?.id}/backup/AWS/privateEndpoints`
    this.path = id === undefined ? collection : `${collection}/${id}`
  }

  /** What it does when no fault keeps it from it. */
  protected abstract work(state: State, json: Json): Outcome

  isMetBy({ operationId, project }: Fault['match']): boolean {
    return operationId === this.operationId && project === projects[this.project]?.id
  }

  outcome(state: State, json: Json): Outcome {
    const names: string[] = []
    let error: Fault | undefined
    const faults = state.faults.map((fault) => {
      const { match, when, matched, fired } = fault
      if (error || !this.isMetBy(match) || fired >= when.times) return fault
      if (matched < (when.skip ?? 0)) return { ...fault, matched: matched + 1 }
      names.push(fault.errorCode ?? 'delay')
      if (fault.errorCode !== undefined) error = fault
      return { ...fault, matched: matched + 1, fired: fired + 1 }
    })
    const before = faults.every((fault, i) => fault === state.faults[i]) ? state : { ...state, faults }
    const { told, next } = error ? this.#refused(before, error) : this.work(before, json)
    return { told: { ...told, fault: names.join(', ') || undefined }, next }
  }

  #refused(state: State, { errorCode, detail, parameters }: Fault): Outcome {
    return refusal(state, 403, errorCode as string, detail as string, parameters as string[])
  }

  protected find(state: State): Endpoint | undefined {
    return state.projects[this.project]?.endpoints.find(({ id }) => id === this.id)
  }

  protected unknown(state: State): Outcome {
    const what = `Object storage private endpoint with id ${this.id}`
    return refusal(state, 404, 'RESOURCE_NOT_FOUND', `Cannot find resource ${what}.`, [what])
  }
}

class Create extends AtlasCommand {
  readonly name = 'create'
  readonly method = 'POST'
  readonly operationId = 'createBackupPrivateEndpoint'
  readonly body: object

  constructor(
    project: number,
    readonly pair: number,
  ) {
    super(project)
    this.body = { cloudProvider: 'AWS', ...pairs[pair] }
  }

  protected work(state: State, json: Json): Outcome {
    if (state.projects[this.project]?.endpoints.some(({ pair }) => pair === this.pair)) {
      const { regionName = '' } = pairs[this.pair] ?? {}
      const detail = `A private endpoint service already exists for AWS region ${regionName}.`
      return refusal(state, 409, 'PRIVATE_ENDPOINT_SERVICE_ALREADY_EXISTS_FOR_REGION', detail, ['AWS', regionName])
    }
    // An id starts with the seconds of its creation.
    const time = (state.now / 1000).toString(16)
    const id = /^[0-9a-f]{24}$/.test(json?.id) && json.id.startsWith(time) ? json.id : `${time}…`
    const stages = life(state.now, planOf(state, this.project))
    const created = { id, pair: this.pair, stages, goneAt: null, name: undefined }
    const next = withProject(state, this.project, (project) =>
      atTime({ ...project, endpoints: [...project.endpoints, created] }, state.now),
    )
    return success(next, 201, entity(created))
  }
}

class Get extends AtlasCommand {
  readonly name = 'get'
  readonly method = 'GET'
  readonly operationId = 'getBackupPrivateEndpoint'

  protected work(before: State, json: Json): Outcome {
    const state = withNames(before, new Map([[json?.id, json?.privateEndpointConnectionName]]))
    const found = this.find(state)
    return found ? success(state, 200, entity(found)) : this.unknown(state)
  }
}

class List extends AtlasCommand {
  readonly name = 'list'
  readonly method = 'GET'
  readonly operationId = 'listBackupPrivateEndpoints'

  constructor(
    project: number,
    readonly url: string,
  ) {
    super(project)
  }

  protected work(before: State, json: Json): Outcome {
    const told = (json?.results ?? []).map((one: Json) => [one.id, one.privateEndpointConnectionName])
    const state = withNames(before, new Map(told))
    const results = state.projects[this.project]?.endpoints.map(entity) ?? []
    const links = [{ href: `${this.url}${this.path}?pageNum=1&itemsPerPage=100`, rel: 'self' }]
    return success(state, 200, { links, results, totalCount: results.length })
  }
}

class Delete extends AtlasCommand {
  readonly name = 'delete'
  readonly method = 'DELETE'
  readonly operationId = 'deleteBackupPrivateEndpoint'

  protected work(state: State): Outcome {
    const found = this.find(state)
    if (!found) return this.unknown(state)
    const [current] = found.stages
    if (current.status === 'DELETING') return success(state, 204)
    const deleting = { ...stage(state.now, 'DELETING'), isNamed: current.isNamed }
    const goneAt = state.now + deletionOf(state, this.project)
    return success(withEndpoint(state, this.project, { ...found, stages: [deleting], goneAt }), 204)
  }
}

/** Answers of the control API, whose keys may come in any order. */
function done(next: State, status: 200 | 201, body: object): Outcome {
  const type = 'application/json; charset=utf-8'
  return { told: { status, type, errorCode: undefined, fault: undefined, body: () => sorted(body) }, next }
}

function problem(next: State, status: 404 | 409, detail: string, errors?: readonly object[]): Outcome {
  const body = { type: 'about:blank', title: reasons[status], status, detail, errors }
  const type = 'application/problem+json'
  return { told: { status, type, errorCode: undefined, fault: undefined, body: () => sorted(body) }, next }
}

/** JSON with the keys of objects in order. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, part) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

class Advance implements Command {
  readonly name = 'advance'
  readonly method = 'POST'
  readonly path = '/_emulator/clock'
  readonly body: object

  constructor(readonly seconds: number) {
    this.body = { advance: `${seconds}s` }
  }

  outcome(state: State): Outcome {
    const now = state.now + this.seconds * 1000
    const next = { ...state, now, projects: state.projects.map((project) => atTime(project, now)) }
    return done(next, 200, { now: moment(now), frozen: true })
  }
}

class Clock implements Command {
  readonly name = 'clock'
  readonly method = 'GET'
  readonly path = '/_emulator/clock'

  outcome(state: State): Outcome {
    return done(state, 200, { now: moment(state.now), frozen: true })
  }
}

class Arm implements Command {
  readonly name = 'arm'
  readonly method = 'POST'
  readonly path = '/_emulator/faults'

  constructor(readonly body: Omit<Fault, 'matched' | 'fired'>) {}

  outcome(state: State): Outcome {
    const { id } = this.body
    if (state.faults.some((fault) => fault.id === id)) {
      const errors = [{ detail: 'allowed: an id of its own, or none', pointer: '/id' }]
      return problem(state, 409, `A fault with the id ${id} is armed already.`, errors)
    }
    const armed = { ...this.body, matched: 0, fired: 0 }
    return done({ ...state, faults: [...state.faults, armed] }, 201, armed)
  }
}

class Disarm implements Command {
  readonly name = 'disarm'
  readonly method = 'DELETE'
  readonly path: string

  constructor(readonly id: string) {
    this.path = `/_emulator/faults/${id}`
  }

  outcome(state: State): Outcome {
    const faults = state.faults.filter(({ id }) => id !== this.id)
    if (faults.length === state.faults.length) return problem(state, 404, `No fault with the id ${this.id} is armed.`)
    const told = { status: 204, type: undefined, errorCode: undefined, fault: undefined, body: () => '' }
    return { told, next: { ...state, faults } }
  }
}

class Faults implements Command {
  readonly name = 'faults'
  readonly method = 'GET'
  readonly path = '/_emulator/faults'

  outcome(state: State): Outcome {
    return done(state, 200, { faults: state.faults })
  }
}

/** Moves an endpoint to a status, whatever Atlas would do. */
class Move implements Command {
  readonly name = 'move'
  readonly method = 'PATCH'
  readonly path: string
  readonly body: object

  constructor(
    readonly id: string,
    readonly status: Status,
  ) {
    this.path = `/_emulator/privateEndpoints/${id}`
    this.body = { status, force: true }
  }

  outcome(state: State, json: Json): Outcome {
    const index = state.projects.findIndex(({ endpoints }) => endpoints.some(({ id }) => id === this.id))
    const found = state.projects[index]?.endpoints.find(({ id }) => id === this.id)
    if (!found) return problem(state, 404, `There is no private endpoint with the id ${this.id}.`)
    const [before] = found.stages
    const errorMessage = this.status === 'FAILED' ? 'The private endpoint could not be created.' : null
    const stages = [stage(state.now, this.status, errorMessage)] as const
    const goneAt = this.status === 'DELETING' ? state.now + deletionOf(state, index) : null
    const moved: Endpoint = { ...found, stages, goneAt, name: before.isNamed ? found.name : undefined }
    const known = stages[0].isNamed ? named(moved, json?.privateEndpointConnectionName) : moved
    return done(withEndpoint(state, index, known), 200, {
      ...entity(known),
      project: projects[index]?.id,
      transitions: [],
      goneAt: goneAt === null ? null : moment(goneAt),
    })
  }
}

/** Sets what becomes of a project's new endpoints. */
class SetPlan implements Command {
  readonly name = 'plan'
  readonly method = 'PUT'
  readonly path = '/_emulator/lifecycle'
  readonly body: object

  constructor(
    readonly project: number,
    readonly plan: Plan,
  ) {
    this.body = { project: projects[project]?.id, ...plan }
  }

  outcome(state: State): Outcome {
    const plan = Object.keys(this.plan).length > 0 ? this.plan : undefined
    const next = withProject(state, this.project, (project) => ({ ...project, plan }))
    const plans = next.projects.flatMap((project, i) => (project.plan ? [[projects[i]?.id, project.plan]] : []))
    return done(next, 200, { all: {}, projects: Object.fromEntries(plans) })
  }
}

/** Tells all there is to know: what is to come, too. */
class Export implements Command {
  readonly name = 'state'
  readonly method = 'GET'
  readonly path = '/_emulator/state'

  outcome(before: State, json: Json): Outcome {
    const told = (json?.projects ?? []).flatMap(({ privateEndpoints = [] }: Json) =>
      privateEndpoints.map((one: Json) => [one.id, nameOf(one)]),
    )
    const state = withNames(before, new Map(told))
    return done(state, 200, {
      ...fixture,
      projects: state.projects.map(({ plan, endpoints }, i) => ({
        ...projects[i],
        ...(plan && { lifecycle: plan }),
        ...(endpoints.length > 0 && { privateEndpoints: endpoints.map(exported) }),
      })),
      clock: { frozen: moment(state.now) },
      ...(state.faults.length > 0 && {
        faults: state.faults.map(({ matched, fired, ...fault }) => ({
          ...fault,
          ...(matched > 0 && { matched }),
          ...(fired > 0 && { fired }),
        })),
      }),
    })
  }
}

/** The connection name that an export tells of an endpoint: the one it has, or will have. */
function nameOf(told: Json): unknown {
  const stages = [told, ...(told.transitions ?? [])]
  return stages.find((one) => one.privateEndpointConnectionName)?.privateEndpointConnectionName
}

function exported(endpoint: Endpoint): object {
  const { id, pair, stages, goneAt } = endpoint
  const [current, ...later] = stages
  const shown = (one: Stage) => ({
    status: one.status,
    ...(one.errorMessage !== null && { errorMessage: one.errorMessage }),
    privateEndpointConnectionName: nameAt(endpoint, one),
  })
  return {
    id,
    cloudProvider: 'AWS',
    ...pairs[pair],
    ...shown(current),
    ...(later.length > 0 && { transitions: later.map((one) => ({ at: moment(one.at), ...shown(one) })) }),
    ...(goneAt !== null && { goneAt: moment(goneAt) }),
  }
}

/* ---- Which commands, at random. ---- */

/** What can be told of the world when a command is sent. */
interface Known {
  readonly url: string
  /** Endpoints that have been created, with their projects; some are gone. */
  readonly endpoints: { readonly id: string; readonly project: number }[]
}

/** A command that is made as it is sent, of what is known then. */
type Planned = (known: Known) => Command

const anyProject = fc.nat(projects.length - 1)
const seconds = (min: number, max: number) => fc.integer({ min, max }).map((n) => `${n}s`)
const faultId = fc.constantFrom('f0', 'f1', 'f2', 'f3', 'f4', 'f5')

/** An endpoint that is known; now and then one that never was, or one of another project. */
const target = fc
  .record({ pick: fc.nat(), isUnknown: fc.integer({ min: 1, max: 20 }), isElsewhere: fc.integer({ min: 1, max: 20 }) })
  .map(({ pick, isUnknown, isElsewhere }) => ({ endpoints }: Known) => {
    const found = endpoints[pick % (endpoints.length || 1)]
    if (!found || isUnknown === 20) return { id: '0123456789abcdef01234567', project: pick % projects.length }
    return isElsewhere === 20 ? { ...found, project: (found.project + 1) % projects.length } : found
  })

const plan: fc.Arbitrary<Plan> = fc.oneof(
  fc.constant({}),
  fc.record({ provisioning: fc.oneof(seconds(1, 15), fc.constant('manual')) }),
  fc.record({
    provisioning: seconds(1, 9),
    outcome: fc.constant('PENDING_ACCEPTANCE' as const),
    activeAfter: seconds(1, 9),
  }),
  fc.record({ outcome: fc.constant('FAILED' as const), errorMessage: fc.constantFrom('No route.', 'No quota.') }),
  fc.record({ deletion: seconds(1, 9) }),
)

const fault = fc
  .record({
    id: faultId,
    operationId: fc.constantFrom(
      'createBackupPrivateEndpoint',
      'getBackupPrivateEndpoint',
      'listBackupPrivateEndpoints',
      'deleteBackupPrivateEndpoint',
    ),
    project: anyProject,
    skip: fc.constantFrom(0, 0, 0, 0, 1),
    times: fc.integer({ min: 1, max: 2 }),
    isDelay: fc.integer({ min: 1, max: 4 }).map((n) => n === 4),
  })
  .map(({ id, operationId, project, skip, times, isDelay }) => ({
    id,
    match: { operationId, project: projects[project]?.id as string },
    when: skip === 0 ? { times } : { skip, times },
    ...(isDelay
      ? { delay: '3ms', delayed: 'after' as const }
      : { errorCode: struck, detail: `It was ${id}.`, parameters: [id] }),
  }))

const command: fc.Arbitrary<Planned> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(anyProject, fc.nat(pairs.length - 1)).map(
      ([project, pair]) =>
        () =>
          new Create(project, pair),
    ),
  },
  {
    weight: 6,
    arbitrary: target.map((find) => (known: Known) => {
      const { project, id } = find(known)
      return new Get(project, id)
    }),
  },
  {
    weight: 5,
    arbitrary: anyProject.map(
      (project) =>
        ({ url }: Known) =>
          new List(project, url),
    ),
  },
  {
    weight: 5,
    arbitrary: target.map((find) => (known: Known) => {
      const { project, id } = find(known)
      return new Delete(project, id)
    }),
  },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }).map((n) => () => new Advance(n)) },
  { weight: 1, arbitrary: fc.constant(() => new Clock()) },
  { weight: 3, arbitrary: fault.map((rule) => () => new Arm(rule)) },
  { weight: 3, arbitrary: faultId.map((id) => () => new Disarm(id)) },
  { weight: 1, arbitrary: fc.constant(() => new Faults()) },
  {
    weight: 3,
    arbitrary: fc.tuple(target, fc.constantFrom(...statuses)).map(
      ([find, status]) =>
        (known: Known) =>
          new Move(find(known).id, status),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(anyProject, plan).map(
      ([project, to]) =>
        () =>
          new SetPlan(project, to),
    ),
  },
  { weight: 1, arbitrary: fc.constant(() => new Export()) },
)

/** For each client, what it does: one thing, so that all are at it at once, or a few, one after the other. */
const round = fc.array(
  fc.oneof(
    { weight: 7, arbitrary: fc.tuple(command) },
    { weight: 1, arbitrary: fc.array(command, { minLength: 2, maxLength: 3 }) },
  ),
  { minLength: clients, maxLength: clients },
)

/* ---- Asking, and explaining the answers. ---- */

interface Asked extends Pick<Operation<State>, 'client' | 'sent' | 'answered' | 'after'> {
  readonly command: Command
  readonly json: Json
  readonly told: Told
}

function read({ status, headers, body }: Answer, isControl: boolean): { json: Json; told: Told } {
  const header = (name: string) => headers[name] as string | undefined
  const json = body === '' ? undefined : JSON.parse(body)
  // How far the clock is from the system's is nobody's to foretell.
  if (Number.isInteger(json?.offset)) delete json.offset
  const told = {
    status,
    type: header('content-type'),
    errorCode: header('x-error-code'),
    fault: header('x-emulator-fault'),
    body: isControl && json !== undefined ? sorted(json) : body,
  }
  return { json, told }
}

/** The state after the command, when it answers that in `state`. */
function explain(command: Command, told: Told, json: Json, state: State): State | undefined {
  const { told: expected, next } = command.outcome(state, json)
  const isTold =
    expected.status === told.status &&
    expected.fault === told.fault &&
    expected.errorCode === told.errorCode &&
    expected.type === told.type &&
    expected.body() === told.body
  return isTold ? next : undefined
}

/** What the search may know of the operations of a round. */
function forSearch(history: readonly Asked[], state: State): (Asked & Operation<State>)[] {
  const commands = history.map(({ command }) => command)
  const faults = [...state.faults, ...commands.flatMap((command) => (command instanceof Arm ? [command.body] : []))]
  const skipping = faults.filter(({ when }) => when.skip !== undefined)
  const moves = history.filter(({ command }) => command instanceof Move)
  const newNames = moves.flatMap(({ json }) => json.privateEndpointConnectionName ?? [])
  const arms = [...history.keys()].filter((n) => commands[n] instanceof Arm && history[n]?.told.status === 201)
  const all = history.map((one): Asked & Operation<State> => {
    const { command, told } = one
    const { status, fault } = told
    const isAtlas = command instanceof AtlasCommand
    const isRead = isAtlas
      ? // A fault that has let it pass has counted it.
        !fault && status !== 201 && status !== 204 && !skipping.some(({ match }) => command.isMetBy(match))
      : command.method === 'GET' || status === 404 || status === 409
    // Writes wait for each other, while faults and the clock are set at once.
    const isWrite = isAtlas && command.method !== 'GET' && status !== 403
    const names = fault?.split(', ')
    return {
      ...one,
      isRead,
      // Which name an endpoint has at first is told by reads, unless a move may have given it.
      misleads: (before, after) => learned(before, after).some((name) => newNames.includes(name)),
      queue: isWrite ? 'writes' : 'others',
      part: partOf(one),
      isLost: (later, isToCome) => {
        if (later.now > timeOf(one)) return true
        const toCome = () => arms.flatMap((n) => (isToCome(all[n] as Operation<State>) ? (commands[n] as Arm) : []))
        return isAtlas && names !== undefined && !isStruck(later, command, names, toCome())
      },
      mayStay: witness(one),
    }
  })
  return all
}

/** Whether a fault in `state` that is not spent, or one that is `toCome`, may strike the command with each of the names. */
function isStruck(state: State, command: AtlasCommand, names: readonly string[], toCome: readonly Arm[]): boolean {
  const unspent = state.faults.filter(({ when, fired }) => fired < when.times)
  const able = [...unspent, ...toCome.map(({ body }) => body)].filter(({ match }) => command.isMetBy(match))
  return names.every((name) => able.some(({ errorCode = 'delay' }) => errorCode === name))
}

/** The names that `after` has, and that `before`, which it was made of, has not. */
function learned(before: State, after: State): string[] {
  if (after === before) return []
  const [known, now] = [before, after].map(({ projects }) =>
    projects.flatMap(({ endpoints }) => endpoints.flatMap(({ name }) => name ?? [])),
  ) as [string[], string[]]
  return now.filter((name) => !known.includes(name))
}

/** When the command was done, by the clock, as far as the answer says so. */
function timeOf({ command, told, json }: Asked): number {
  if (command instanceof Advance) return Date.parse(json.now) - command.seconds * 1000
  if (command instanceof Clock) return Date.parse(json.now)
  if (command instanceof Export) return Date.parse(json.clock.frozen)
  const isCreated = command instanceof Create && told.status === 201
  return isCreated ? Number.parseInt(json.id.slice(0, 8), 16) * 1000 : Number.POSITIVE_INFINITY
}

/** What the command has changed: the id of an endpoint or a fault, or a project, for its plan. */
function partOf({ command, told, json }: Asked): string | undefined {
  if (command instanceof SetPlan) return projects[command.project]?.id
  if (command instanceof Create) return told.status === 201 ? json.id : undefined
  if (command instanceof Arm) return told.status === 201 ? json.id : undefined
  if (command instanceof Delete || command instanceof Disarm) return told.status === 204 ? command.id : undefined
  return command instanceof Move && told.status === 200 ? command.id : undefined
}

/** Whether what nobody will touch is on the way to what an answer has, which is still to come. */
function witness({ command, json }: Asked): Operation<State>['mayStay'] {
  if (command instanceof Faults) return (state, part, isLeft) => !isFault(part) || faultsStay(state, part, json, isLeft)
  return command instanceof Export ? staysAs(json) : undefined
}

const isFault = (part: string) => part.startsWith('f')

function faultsStay(state: State, part: string, told: Json, isLeft: (part: string) => boolean): boolean {
  const faults: string[] = (told.faults ?? []).map(({ id }: Json) => id)
  const settled = state.faults.map(({ id }) => id).filter((id) => !isLeft(id))
  return faults.includes(part) === settled.includes(part) && isInOrder(settled, faults)
}

function staysAs(told: Json): Operation<State>['mayStay'] {
  const now = Date.parse(told.clock.frozen)
  const ends: Map<string, Json>[] = told.projects.map(
    ({ privateEndpoints = [] }: Json) => new Map(privateEndpoints.map((one: Json) => [one.id, one])),
  )
  return (state, part, isLeft) => {
    const index = projects.findIndex(({ id }) => id === part)
    if (index >= 0) return sorted(state.projects[index]?.plan) === sorted(told.projects[index].lifecycle)
    if (isFault(part)) return faultsStay(state, part, told, isLeft)
    return state.projects.every((project, i) => {
      const end = ends[i] as Map<string, Json>
      const { endpoints } = atTime(project, now)
      const found = endpoints.find(({ id }) => id === part)
      const one = end.get(part)
      const isTold = found ? one && sorted(exported(named(found, nameOf(one)))) === sorted(one) : !one
      return (
        isTold &&
        isInOrder(
          endpoints.map(({ id }) => id),
          [...end.keys()],
        )
      )
    })
  }
}

/** Whether those that both lists have are in the same order. */
function isInOrder(some: readonly string[], all: readonly string[]): boolean {
  return all.filter((id) => some.includes(id)).join() === some.filter((id) => all.includes(id)).join()
}

/** What to count an answer as. */
function kindOf({ command, told, json }: Asked): string {
  if (told.fault !== undefined) return `${command.name} ${told.status} with ${told.fault}`
  return [command.name, told.status, ...(command.name === 'get' && told.status === 200 ? [json.status] : [])].join(' ')
}

const show = ({ status, fault, errorCode, body }: Told) =>
  [status, ...(fault ? [`(${fault})`] : errorCode ? [`(${errorCode})`] : []), body].join(' ')

const showAsked = ({ client, sent, answered, command, told }: Asked) =>
  `${sent}-${answered} client ${client}: ${command.method} ${command.path}${
    command.body ? ` ${JSON.stringify(command.body)}` : ''
  }\n    answered ${show(told)}`

/** The end of what could be explained, and the first answers that could not. */
function excerpt({ order, end, unexplained, steps, isExhaustive }: SerialOrder<Asked, State>): string {
  const tries = isExhaustive
    ? `no serial order exists (${steps} steps)`
    : `no serial order found within ${mostSteps} steps`
  return [
    `${tries}; after ${order.length} operations, the last of them`,
    ...order.slice(-6).map((asked) => `  ${showAsked(asked)}`),
    `at ${JSON.stringify(end)}`,
    'none of these can come next:',
    ...unexplained.slice(0, 6).map((asked) => {
      const { told } = asked.command.outcome(end, asked.json)
      return `  ${showAsked(asked)}\n    expected ${show({ ...told, body: told.body() })}`
    }),
  ].join('\n')
}

/** Kinds of answers that no run does without. */
const common = [
  ...['create 201', 'create 409', `create 403 with ${struck}`],
  ...[...statuses.map((status) => `get 200 ${status}`), 'get 404', `get 403 with ${struck}`],
  ...['list 200', `list 403 with ${struck}`],
  ...['delete 204', 'delete 404', `delete 403 with ${struck}`],
  ...['advance 200', 'clock 200', 'arm 201', 'arm 409', 'disarm 204', 'disarm 404', 'faults 200'],
  ...['move 200', 'move 404', 'plan 200', 'state 200'],
  // Some ten times in short, so at times not once.
  ...(isFull ? ['create 409 with delay', 'list 200 with delay'] : []),
]

/** Has the clients do a number of rounds of everything, and finds an order for each. */
async function endure(t: Test, db: string, rounds: number): Promise<void> {
  const flags = ['--auth', 'off', '--rate-limit', 'off', '--provisioning', '10s', '--deletion', '5s']
  const server = startServer(t, [...flags, '--db', db, '--fixtures', fixtureFile(t, fixture)])
  const url = await server.url
  const agent = connections(t, clients)
  let count = 0
  const ask = async (client: number, command: Command): Promise<Asked> => {
    const isControl = command.path.startsWith('/_emulator')
    const headers = { ...(!isControl && { accept }), ...(command.body && { 'content-type': 'application/json' }) }
    const text = command.body && JSON.stringify(command.body)
    const sent = count++
    const answer = await send(agent, url, command.method, command.path, headers, text)
    const answered = count++
    const { json, told } = read(answer, isControl)
    return { client, sent, answered, command, json, told, after: (state) => explain(command, told, json, state) }
  }
  const frozen = await send(
    agent,
    url,
    'POST',
    '/_emulator/clock',
    { 'content-type': 'application/json' },
    JSON.stringify({ freeze: moment(start.now) }),
  )
  t.equal(frozen.status, 200)
  // Every client has its connection before the first round.
  await Promise.all(Array.from({ length: clients }, (_, client) => ask(client, new Clock())))

  let state = start
  let gone: Known['endpoints'] = []
  const ids = new Set<string>()
  const kinds = new Map<string, number>()
  const steps: number[] = []
  let asking = 0
  let searching = 0
  const doRound = async (planned: Planned[][]): Promise<void> => {
    const known: Known = {
      url,
      endpoints: [
        ...gone,
        ...state.projects.flatMap(({ endpoints }, project) => endpoints.map(({ id }) => ({ id, project }))),
      ],
    }
    const history: Asked[] = []
    const begun = performance.now()
    await Promise.all(
      planned.map(async (own, client) => {
        for (const make of own) {
          const asked = await ask(client, make(known))
          history.push(asked)
          const { command, told, json } = asked
          if (!(command instanceof Create) || told.status !== 201) continue
          if (ids.has(json.id)) throw new Error(`the id ${json.id} was given twice`)
          ids.add(json.id)
          known.endpoints.push({ id: json.id, project: command.project })
        }
      }),
    )
    // When all is quiet, what the orders that are possible would leave differently is told.
    const last = await ask(clients, new Export())
    history.push(last, await ask(clients, new Faults()))
    const asked = performance.now()
    const found = serialOrder({
      history: forSearch(history, state),
      start: state,
      identify: JSON.stringify,
      mostSteps,
    })
    asking += asked - begun
    searching += performance.now() - asked
    if (found.unexplained.length > 0) throw new Error(excerpt(found))
    steps.push(found.steps)
    for (const one of history) kinds.set(kindOf(one), (kinds.get(kindOf(one)) ?? 0) + 1)
    state = found.end
    gone = known.endpoints
      .filter(({ id }) => !state.projects.some((one) => one.endpoints.some((e) => e.id === id)))
      .slice(-3)
    t.equal(found.unexplained.length, 0, `round ${steps.length}: ${history.length} operations in an order`)
  }
  const details = await fc.check(fc.asyncProperty(round, doRound), {
    numRuns: rounds,
    endOnFailure: true,
    ...(process.env.ATLAS_ENDURANCE_SEED && { seed: Number(process.env.ATLAS_ENDURANCE_SEED) }),
  })
  const total = [...kinds.values()].reduce((sum, n) => sum + n, 0)
  const perRound = steps.reduce((sum, n) => sum + n, 0) / steps.length
  t.comment(`${total} operations in ${steps.length} rounds, ${Math.round(total / (asking / 1000))} a second`)
  t.comment(
    `${Math.round(searching)} ms of searching: ${Math.round(perRound)} steps a round, ${Math.max(...steps)} at most`,
  )
  if (details.failed) {
    const { errorInstance, seed, numRuns } = details
    t.comment(errorInstance instanceof Error ? errorInstance.message : String(errorInstance))
    t.fail(`round ${numRuns} has no order that was found; ATLAS_ENDURANCE_SEED=${seed} sends the same commands`)
    return
  }
  t.same(
    common.filter((kind) => !kinds.has(kind)),
    [],
    'every kind of answer occurred',
  )
  t.ok(total > clients * rounds, `${total} operations`)
}

test('whatever fifty clients do at once, some serial order explains every answer', async (t) => {
  const rounds = scaled(80, 1000)
  await t.test('in memory', (t) => endure(t, ':memory:', rounds))
  if (!t.passing()) return
  await t.test('on disk', (t) => endure(t, `${t.testdir()}/atlas.db`, rounds))
})
