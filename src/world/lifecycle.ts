import type { Lifecycle, Thing, Transition } from '../store/records.js'
import type { Status } from '../values/vocabulary.js'
import type { Chance } from './chance.js'

/** What becomes of endpoints, with every time settled. */
export type LifecyclePlan = Lifecycle & Required<Pick<Lifecycle, 'provisioning' | 'deletion'>>

/** What a new endpoint can turn into by itself. */
export const outcomes = ['ACTIVE', 'PENDING_ACCEPTANCE', 'FAILED'] as const

/** The life of a private endpoint; it has begun, so there is at least one transition. */
export type Transitions = readonly [Transition, ...Transition[]]

/** What the endpoint looks like at `now`: the last transition that has come. */
export function stateAt(transitions: readonly Transition[], now: number): Transition {
  return transitions.findLast(({ at }) => at <= now) ?? (transitions as Transitions)[0]
}

/** Statuses in which the interface endpoint exists, so that its name shows. */
const connected: readonly Status[] = ['PENDING_ACCEPTANCE', 'ACTIVE', 'PENDING_RECREATION', 'DELETING']

/** Whether an endpoint with this status has a connection name. */
export function isConnected(status: Status): boolean {
  return connected.includes(status)
}

/** What went wrong with an endpoint that fails without being told why. */
export const defaultErrorMessage = 'The private endpoint could not be created.'

/** The life of an endpoint created at `now`: INITIATING, then what the plan says. */
export function creation(now: number, plan: LifecyclePlan, chance: Chance): Transitions {
  const { provisioning, outcome = 'ACTIVE', activeAfter, errorMessage = defaultErrorMessage } = plan
  const initiating: Transition = {
    at: now,
    status: 'INITIATING',
    errorMessage: null,
    privateEndpointConnectionName: null,
  }
  if (provisioning === 'manual') return [initiating]
  const settled: Transition = {
    at: now + provisioning,
    status: outcome,
    errorMessage: outcome === 'FAILED' ? errorMessage : null,
    privateEndpointConnectionName: isConnected(outcome) ? connectionName(chance) : null,
  }
  if (outcome !== 'PENDING_ACCEPTANCE' || activeAfter === undefined) return [initiating, settled]
  return [initiating, settled, { ...settled, at: settled.at + activeAfter, status: 'ACTIVE' }]
}

/**
 * The endpoint after a DELETE at `now`: DELETING with the connection name it had, then gone. One that is being deleted
 * already stays as it is.
 */
export function deletion<Data>(endpoint: Thing<Data>, now: number, plan: LifecyclePlan): Thing<Data> {
  const { status, privateEndpointConnectionName } = stateAt(endpoint.transitions, now)
  if (status === 'DELETING' && endpoint.goneAt !== null) return endpoint
  return {
    ...endpoint,
    transitions: [
      {
        at: now,
        status: 'DELETING',
        errorMessage: null,
        privateEndpointConnectionName,
      },
    ],
    goneAt: now + plan.deletion,
  }
}

/** The statuses that Atlas takes an endpoint to from each one; nothing comes back from DELETING. */
const successors: Readonly<Record<Status, readonly Status[]>> = {
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
  /** For DELETING: after how many milliseconds the endpoint is gone; null for never. */
  readonly goneAfter: number | null
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
  const next: Transition = {
    at,
    status,
    errorMessage: status === 'FAILED' ? (move.errorMessage ?? defaultErrorMessage) : null,
    privateEndpointConnectionName:
      move.privateEndpointConnectionName !== undefined
        ? move.privateEndpointConnectionName
        : isConnected(status)
          ? name
          : null,
  }
  return {
    ...endpoint,
    transitions: [...endpoint.transitions.filter((transition) => transition.at < at), next],
    goneAt: status === 'DELETING' && move.goneAfter !== null ? at + move.goneAfter : null,
  }
}

/** The id of an AWS interface endpoint: `vpce-` and 17 hex digits. */
export function connectionName(chance: Chance): string {
  return `vpce-${chance.hex(17)}`
}
