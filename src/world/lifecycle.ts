import type {
  AwaitedTransition,
  Lifecycle,
  Reads,
  State,
  Thing,
  TimedTransition,
  Transition,
} from '../store/records.js'
import type { Status } from '../values/vocabulary.js'
import type { Chance } from './chance.js'

/** What becomes of endpoints, with every time settled. */
export type LifecyclePlan = Lifecycle & Required<Pick<Lifecycle, 'provisioning' | 'deletion'>>

/** The life of a private endpoint; it has begun, so there is at least one transition, and that has a time. */
export type Transitions = readonly [TimedTransition, ...Transition[]]

function isTimed(transition: Transition): transition is TimedTransition {
  return 'at' in transition
}

/** What the endpoint looks like at `now`: the last transition that has come. */
export function stateAt(transitions: readonly Transition[], now: number): TimedTransition {
  const come = transitions.findLast((transition) => isTimed(transition) && transition.at <= now)
  return (come as TimedTransition | undefined) ?? (transitions as Transitions)[0]
}

/** What an endpoint that goes through a transition then looks like. */
export function stateOf({ status, errorMessage, privateEndpointConnectionName }: State): State {
  return { status, errorMessage, privateEndpointConnectionName }
}

/** Statuses in which the interface endpoint exists, so that its name shows. */
const connected: readonly Status[] = ['PENDING_ACCEPTANCE', 'ACTIVE', 'PENDING_RECREATION', 'DELETING']

/** Whether an endpoint with this status has a connection name. */
export function isConnected(status: Status): boolean {
  return connected.includes(status)
}

/** What went wrong with an endpoint that fails without being told why. */
export const defaultErrorMessage = 'The private endpoint could not be created.'

/** The same of one whose deletion fails. */
export const defaultDeletionError = 'The private endpoint could not be deleted.'

/** The state that follows one from `at` on, after a time or after reads. */
function following(at: number, after: number | Reads, state: State): Transition {
  // Written out: every create comes here, and to spread takes several times as long.
  const { status, errorMessage, privateEndpointConnectionName } = state
  return typeof after === 'number'
    ? { at: at + after, status, errorMessage, privateEndpointConnectionName }
    : { reads: after.reads, status, errorMessage, privateEndpointConnectionName }
}

/** The life of an endpoint created at `now`: INITIATING, then what the plan says. */
export function creation(now: number, plan: LifecyclePlan, chance: Chance): Transitions {
  const { provisioning, outcome = 'ACTIVE', activeAfter, errorMessage = defaultErrorMessage } = plan
  const initiating: TimedTransition = {
    at: now,
    status: 'INITIATING',
    errorMessage: null,
    privateEndpointConnectionName: null,
  }
  if (provisioning === 'manual') return [initiating]
  const state: State = {
    status: outcome,
    errorMessage: outcome === 'FAILED' ? errorMessage : null,
    privateEndpointConnectionName: isConnected(outcome) ? connectionName(chance) : null,
  }
  const settled = following(now, provisioning, state)
  if (outcome !== 'PENDING_ACCEPTANCE' || activeAfter === undefined) return [initiating, settled]
  const active: State = { ...state, status: 'ACTIVE' }
  return [
    initiating,
    settled,
    'at' in settled ? { ...active, at: settled.at + activeAfter } : { ...active, after: activeAfter },
  ]
}

/** How a deletion goes on: after how long it ends, null for never, and in what. */
export interface Ending {
  readonly after: number | Reads | null
  /** What went wrong; undefined for a deletion after which the endpoint is gone. */
  readonly failure: string | undefined
}

/**
 * How the deletion of an endpoint ends by the plan. One that has lost its place while it was PENDING_RECREATION never
 * fails to go, since it could not stay beside the one that has the place.
 */
export function endingOf({ deletion, deletionOutcome, errorMessage }: LifecyclePlan, place: string | null): Ending {
  const isFailing = deletionOutcome === 'FAILED' && place !== null
  return { after: deletion, failure: isFailing ? (errorMessage ?? defaultDeletionError) : undefined }
}

/** What comes of a deletion that begins at `at`. */
function deleting(
  at: number,
  privateEndpointConnectionName: string | null,
  { after, failure }: Ending,
): Pick<Thing, 'goneAt'> & { readonly transitions: readonly Transition[] } {
  const begun: TimedTransition = { at, status: 'DELETING', errorMessage: null, privateEndpointConnectionName }
  if (after === null) return { transitions: [begun], goneAt: null }
  if (failure !== undefined) {
    const failed: State = { status: 'FAILED', errorMessage: failure, privateEndpointConnectionName: null }
    return { transitions: [begun, following(at, after, failed)], goneAt: null }
  }
  if (typeof after === 'number') return { transitions: [begun], goneAt: at + after }
  return { transitions: [{ ...begun, goneAfter: after }], goneAt: null }
}

/**
 * The endpoint after a DELETE at `now`: DELETING with the connection name it had, then gone or FAILED. One that is being
 * deleted already stays as it is.
 */
export function deletion<Data>(endpoint: Thing<Data>, now: number, plan: LifecyclePlan): Thing<Data> {
  const current = stateAt(endpoint.transitions, now)
  const isEnding =
    endpoint.goneAt !== null || current.goneAfter !== undefined || current !== endpoint.transitions.at(-1)
  if (current.status === 'DELETING' && isEnding) return endpoint
  const ending = endingOf(plan, endpoint.place)
  return { ...endpoint, ...deleting(now, current.privateEndpointConnectionName, ending) }
}

/** The statuses that Atlas takes an endpoint to from each one; nothing comes back from DELETING. */
export const successors: Readonly<Record<Status, readonly Status[]>> = {
  INITIATING: ['PENDING_ACCEPTANCE', 'ACTIVE', 'FAILED', 'DELETING'],
  PENDING_ACCEPTANCE: ['ACTIVE', 'FAILED', 'PENDING_RECREATION', 'DELETING'],
  ACTIVE: ['FAILED', 'PENDING_RECREATION', 'DELETING'],
  FAILED: ['PENDING_RECREATION', 'DELETING'],
  PENDING_RECREATION: ['INITIATING', 'PENDING_ACCEPTANCE', 'ACTIVE', 'FAILED', 'DELETING'],
  DELETING: [],
}

/** A status to move an endpoint to. */
export interface Move {
  readonly status: Status
  /** When, in milliseconds since the epoch. */
  readonly at: number
  /** Why, for FAILED. */
  readonly errorMessage: string | undefined
  /** Undefined for the name it has, or, where the status shows one, a new one. */
  readonly privateEndpointConnectionName: string | null | undefined
  /** For DELETING, how that ends. */
  readonly ending: Ending
  /** Whether to make a transition that Atlas would not. */
  readonly force: boolean
}

/** A transition that Atlas would never make. */
export interface ImpossibleMove {
  readonly from: Status
  readonly allowed: readonly Status[]
}

/** The endpoint with the move made or to come, and none of what would have come later. */
export function moved<Data>(endpoint: Thing<Data>, move: Move, chance: Chance): Thing<Data> | ImpossibleMove {
  const { at, status } = move
  const before = stateAt(endpoint.transitions, at)
  const allowed = [before.status, ...successors[before.status]]
  if (!move.force && !allowed.includes(status)) return { from: before.status, allowed }
  const name = before.privateEndpointConnectionName ?? connectionName(chance)
  const next: State = {
    status,
    errorMessage: status === 'FAILED' ? (move.errorMessage ?? defaultErrorMessage) : null,
    privateEndpointConnectionName:
      move.privateEndpointConnectionName !== undefined
        ? move.privateEndpointConnectionName
        : isConnected(status)
          ? name
          : null,
  }
  const earlier = endpoint.transitions.filter((transition) => isTimed(transition) && transition.at < at)
  const { transitions, goneAt } =
    status === 'DELETING'
      ? deleting(at, next.privateEndpointConnectionName, move.ending)
      : { transitions: [{ ...next, at }], goneAt: null }
  return { ...endpoint, transitions: [...earlier.map(withoutEnd), ...transitions], goneAt }
}

/** Without what would have come of a deletion. */
function withoutEnd(transition: Transition): Transition {
  const { goneAfter: _, ...rest } = transition
  return rest
}

/** Whether answers that show the thing bring it on. Only the last transition can tell: what waits for reads comes last. */
export function awaitsReads({ transitions }: Thing): boolean {
  const last = transitions.at(-1)
  return last !== undefined && (!isTimed(last) || last.goneAfter !== undefined)
}

/** From the first moment on, and before the second, in milliseconds since the epoch. */
export interface Span {
  readonly from: number
  readonly until: number
}

/** Within what span the things look as they do at `now`, unless somebody changes one; undefined where a read may do so. */
export function spanOf(things: readonly Thing[], now: number): Span | undefined {
  if (things.some(awaitsReads)) return undefined
  let from = Number.NEGATIVE_INFINITY
  let until = Number.POSITIVE_INFINITY
  for (const { transitions } of things) {
    for (const { at } of transitions.filter(isTimed)) {
      if (at <= now) from = Math.max(from, at)
      else until = Math.min(until, at)
    }
  }
  return { from, until }
}

/** The thing after one more answer that showed it at `now`. */
export function afterRead<Data>(thing: Thing<Data>, now: number): Thing<Data> {
  const { transitions } = thing
  const current = stateAt(transitions, now)
  const next = transitions[transitions.indexOf(current) + 1]
  if (next && 'reads' in next) {
    if (next.reads > 1)
      return { ...thing, transitions: replaced(transitions, next, { ...next, reads: next.reads - 1 }) }
    return begun(thing, next, now)
  }
  if (next || !current.goneAfter) return thing
  const { goneAfter, ...state } = current
  if (goneAfter.reads > 1) {
    return {
      ...thing,
      transitions: replaced(transitions, current, { ...state, goneAfter: { reads: goneAfter.reads - 1 } }),
    }
  }
  return { ...thing, transitions: replaced(transitions, current, state), goneAt: now }
}

function replaced(transitions: readonly Transition[], one: Transition, by: Transition): readonly Transition[] {
  return transitions.map((transition) => (transition === one ? by : transition))
}

/** The thing whose awaited transition begins at `now`, so that it is known when those come that follow it by time. */
function begun<Data>(thing: Thing<Data>, first: Transition, now: number): Thing<Data> {
  const { transitions } = thing
  const start = transitions.indexOf(first)
  const following = transitions.findIndex((transition, i) => i > start && 'reads' in transition)
  const end = following < 0 ? transitions.length : following
  let { goneAt } = thing
  const settled = transitions.slice(start, end).map((transition): Transition => {
    const { goneAfter, ...rest } = transition as AwaitedTransition
    const at = now + ('after' in rest ? rest.after : 0)
    if (typeof goneAfter === 'number') goneAt = now + goneAfter
    return { ...stateOf(rest), at, ...(typeof goneAfter === 'object' && { goneAfter }) }
  })
  return { ...thing, transitions: [...transitions.slice(0, start), ...settled, ...transitions.slice(end)], goneAt }
}

/** The id of an AWS interface endpoint: `vpce-` and 17 hex digits. */
export function connectionName(chance: Chance): string {
  return `vpce-${chance.hex(17)}`
}
