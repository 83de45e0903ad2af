import type { TokenBuckets } from '../atlas/steps/rate-limit.js'
import type { Faults } from '../faults/faults.js'
import { type FaultRule, faultProblems, mostFaults } from '../faults/rule.js'
import { lifecycleProblems } from '../fixture/contradictions.js'
import { checkFixture, FixtureError } from '../fixture/fixture.js'
import type { Fixture } from '../fixture/schema.js'
import { exportState, fromLifecycle, type LoadTarget, loadFixture, type State, toLifecycle } from '../fixture/state.js'
import type { Journal } from '../journal/journal.js'
import type { PrivateEndpoint } from '../store/records.js'
import { parseDuration, parseMoment, preciseDate } from '../values/time.js'
import { type ClockSetting, latest } from '../world/clock.js'
import { stateAt } from '../world/lifecycle.js'
import type { World } from '../world/world.js'
import { ControlError, invalidBody } from './problems.js'
import type {
  ArmedFaultState,
  ClockCommand,
  ClockState,
  Counts,
  LifecycleCommand,
  LifecycleState,
  MoveCommand,
  MovedEndpoint,
  Snapshot,
} from './schemas.js'

/** How many snapshots can be kept at once. */
const mostSnapshots = 100

export interface CommandsOptions extends LoadTarget {
  readonly world: World
  readonly faults: Faults
  /** Undefined while it is off. */
  readonly journal: Journal | undefined
  readonly buckets: TokenBuckets
  /** Reads the configured fixtures anew. */
  readonly readFixtures: () => Fixture
}

/**
 * What users can do to a running emulator. Each command happens in one transaction or, with a `ControlError`, not at
 * all.
 */
export class Commands {
  readonly #options: CommandsOptions

  constructor(options: CommandsOptions) {
    this.#options = options
  }

  /** How much there is of everything. */
  counts(): Counts {
    const { store, clock, faults, journal } = this.#options
    store.settle()
    return {
      ...store.directory.counts(),
      privateEndpoints: store.privateEndpoints.total(clock.now()),
      faults: faults.count,
      requests: journal?.size ?? 0,
    }
  }

  /** Whether the database can be written, shown by writing it. */
  isWritable(): boolean {
    const { store, clock } = this.#options
    try {
      store.transaction(() => store.properties.set('health', clock.now()))
      return true
    } catch {
      return false
    }
  }

  /** Starts over with the configured fixtures; the journal is cleared too. */
  reset(): Counts {
    const { readFixtures, journal } = this.#options
    let fixture: Fixture
    try {
      fixture = readFixtures()
    } catch (error) {
      throw unusable(error as Error, 500)
    }
    this.#replaceWorld(fixture)
    journal?.clear()
    return this.counts()
  }

  exportState(secrets: boolean): State {
    const { store, clock } = this.#options
    store.settle()
    return exportState(store, clock, { secrets })
  }

  /** Replaces the world. A credential without its secret keeps the one that is known. */
  importState(state: unknown): Counts {
    let fixture: Fixture
    try {
      fixture = checkFixture(this.#withSecrets(state), 'given')
    } catch (error) {
      throw unusable(error as Error)
    }
    this.#replaceWorld(fixture)
    return this.counts()
  }

  snapshots(): Snapshot[] {
    return this.#options.store.snapshots.all().map(({ name, takenAt }) => ({ name, takenAt: preciseDate(takenAt) }))
  }

  /** Keeps the world as it is under a name, in place of what the name stood for. */
  takeSnapshot(name: string): Snapshot {
    const { store, clock } = this.#options
    const takenAt = clock.now()
    store.transaction(() => {
      const others = store.snapshots.all().filter((snapshot) => snapshot.name !== name)
      if (others.length >= mostSnapshots) {
        throw new ControlError(409, `There are ${mostSnapshots} snapshots already; remove one first.`)
      }
      store.snapshots.put({ name, takenAt, state: JSON.stringify(this.exportState(true)) })
    })
    return { name, takenAt: preciseDate(takenAt) }
  }

  /** Brings the world of a snapshot back; what was to come then, comes as much later. */
  restoreSnapshot(name: string): Counts {
    const snapshot = this.#options.store.snapshots.find(name)
    if (!snapshot) throw noSnapshot(name)
    this.#replaceWorld(JSON.parse(snapshot.state), snapshot.takenAt)
    return this.counts()
  }

  removeSnapshot(name: string): void {
    if (!this.#options.store.snapshots.remove(name)) throw noSnapshot(name)
  }

  clock(): ClockState {
    const { clock } = this.#options
    return { now: preciseDate(clock.now()), frozen: 'frozen' in clock.setting, offset: clock.ahead }
  }

  setClock(command: ClockCommand): ClockState {
    const { store, clock } = this.#options
    const chosen = Object.keys(command)
    const [name] = chosen
    if (chosen.length !== 1 || name === undefined) {
      throw invalidBody([
        { pointer: '', text: `found ${chosen.join(', ') || 'nothing'}; allowed: one of advance, freeze, resume` },
      ])
    }
    const setting = this.#clockSetting(command)
    const now = setting && clock.nowUnder(setting)
    if (!setting || now === undefined || now >= latest) {
      throw invalidBody([{ pointer: `/${name}`, text: 'allowed: a time that exists, from 1970 to 9998' }])
    }
    store.properties.set('clock', setting)
    clock.set(setting)
    return this.clock()
  }

  lifecycle(): LifecycleState {
    const { store, world } = this.#options
    const projects = store.directory.projects().flatMap(({ id, lifecycle }) => (lifecycle ? [[id, lifecycle]] : []))
    return {
      all: fromLifecycle(world.lifecycle),
      projects: Object.fromEntries(projects.map(([id, lifecycle]) => [id, fromLifecycle(lifecycle as object)])),
    }
  }

  setLifecycle({ project, ...plan }: LifecycleCommand): LifecycleState {
    const { world } = this.#options
    const problems = lifecycleProblems(plan, '')
    if (problems.length > 0) throw invalidBody(problems)
    if (project !== undefined && !world.project(project)) {
      throw invalidBody([{ pointer: '/project', text: `found ${project}, which is no project’s id` }])
    }
    world.setLifecycle(Object.keys(plan).length > 0 ? toLifecycle(plan) : undefined, project)
    return this.lifecycle()
  }

  movePrivateEndpoint(id: string, command: MoveCommand): MovedEndpoint {
    const { status, after = '0s', errorMessage, privateEndpointConnectionName, goneAfter, force = false } = command
    if (errorMessage !== undefined && status !== 'FAILED') {
      throw invalidBody([{ pointer: '/errorMessage', text: `found beside ${status}; allowed: beside FAILED` }])
    }
    if (goneAfter !== undefined && status !== 'DELETING') {
      throw invalidBody([{ pointer: '/goneAfter', text: `found beside ${status}; allowed: beside DELETING` }])
    }
    const result = this.#options.world.movePrivateEndpoint(id, (plan, now) => ({
      status,
      at: now + (parseDuration(after) as number),
      errorMessage,
      privateEndpointConnectionName,
      goneAfter:
        goneAfter === undefined ? plan.deletion : goneAfter === null ? null : (parseDuration(goneAfter) as number),
      force,
    }))
    if (!result) throw new ControlError(404, `There is no private endpoint with the id ${id}.`)
    if ('from' in result) {
      const detail = `Atlas never makes a private endpoint that is ${result.from} ${status}. Send "force":true to do it all the same.`
      throw new ControlError(409, detail, [{ detail: `allowed: ${result.allowed.join(', ')}`, pointer: '/status' }])
    }
    return this.#describe(result)
  }

  armFault({ id, ...rule }: FaultRule): ArmedFaultState {
    const { faults, clock, newFaultId } = this.#options
    const problems = faultProblems(rule, '')
    if (problems.length > 0) throw invalidBody(problems)
    if (faults.count >= mostFaults) {
      throw new ControlError(409, `There are ${mostFaults} faults armed already; disarm some first.`)
    }
    const own = id ?? newFaultId(clock.now(), (made) => faults.has(made))
    if (!faults.arm(own, rule)) {
      throw new ControlError(409, `A fault with the id ${own} is armed already.`, [
        { detail: 'allowed: an id of its own, or none', pointer: '/id' },
      ])
    }
    return faults.list().at(-1) as ArmedFaultState
  }

  disarmFault(id: string): void {
    if (!this.#options.faults.disarm(id)) throw new ControlError(404, `No fault with the id ${id} is armed.`)
  }

  #replaceWorld(fixture: Fixture, takenAt?: number): void {
    const { store, clock, faults, buckets } = this.#options
    let setting: ClockSetting
    try {
      setting = store.transaction(() => loadFixture(fixture, 'given', this.#options, takenAt))
    } catch (error) {
      throw unusable(error as Error)
    }
    clock.set(setting)
    faults.reload()
    buckets.clear()
  }

  /** The state with the secrets that it leaves out, where they are known. */
  #withSecrets(state: unknown): unknown {
    const { directory } = this.#options.store
    const fill = (list: unknown, kind: 'apiKey' | 'serviceAccount', id: string, secret: string): unknown =>
      Array.isArray(list)
        ? list.map((entry) => {
            const known = typeof entry?.[id] === 'string' ? directory.credential(kind, entry[id]) : undefined
            return known && entry[secret] === undefined ? { ...entry, [secret]: known.secret } : entry
          })
        : list
    if (typeof state !== 'object' || state === null || Array.isArray(state)) return state
    const { apiKeys, serviceAccounts } = state as Record<string, unknown>
    return {
      ...state,
      ...(apiKeys !== undefined && { apiKeys: fill(apiKeys, 'apiKey', 'publicKey', 'privateKey') }),
      ...(serviceAccounts !== undefined && {
        serviceAccounts: fill(serviceAccounts, 'serviceAccount', 'clientId', 'clientSecret'),
      }),
    }
  }

  #clockSetting({ advance, freeze }: ClockCommand): ClockSetting | undefined {
    const { clock } = this.#options
    if (advance !== undefined) return clock.advanced(parseDuration(advance) as number)
    if (freeze === undefined) return clock.resumed()
    const frozen = parseMoment(freeze)
    return frozen === undefined ? undefined : { frozen }
  }

  #describe(endpoint: PrivateEndpoint): MovedEndpoint {
    const now = this.#options.clock.now()
    const { id, projectId, cloudProvider, regionName, vpcRegionName, transitions, goneAt } = endpoint
    const { at: _, ...current } = stateAt(transitions, now)
    return {
      id,
      project: projectId,
      cloudProvider,
      regionName,
      vpcRegionName,
      ...current,
      transitions: transitions
        .filter(({ at }) => at > now)
        .map((transition) => ({ ...transition, at: preciseDate(transition.at) })),
      goneAt: goneAt === null ? null : preciseDate(goneAt),
    }
  }
}

function noSnapshot(name: string): ControlError {
  return new ControlError(404, `There is no snapshot named ${name}.`)
}

/** A fixture or a state that cannot be loaded. */
function unusable(error: Error, status = 400): Error {
  if (!(error instanceof FixtureError)) return error
  return error.problems.length > 0 && status === 400
    ? invalidBody(error.problems)
    : new ControlError(status, error.message)
}
