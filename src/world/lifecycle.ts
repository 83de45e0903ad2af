import { randomBytes } from 'node:crypto'
import type { PrivateEndpoint, Transition } from '../store/records.js'

/** How long an endpoint takes to be made and to go. */
export interface LifecyclePlan {
  /** Milliseconds in INITIATING before ACTIVE; `manual` stays there. */
  readonly provisioning: number | 'manual'
  /** Milliseconds in DELETING before the endpoint is gone. */
  readonly deletion: number
}

export type Transitions = PrivateEndpoint['transitions']

/** What the endpoint looks like at `now`: the last transition that has come. */
export function stateAt(transitions: Transitions, now: number): Transition {
  return transitions.findLast(({ at }) => at <= now) ?? transitions[0]
}

/** The life of an endpoint created at `now`: INITIATING, then ACTIVE with the name of its interface endpoint. */
export function creation(now: number, { provisioning }: LifecyclePlan): Transitions {
  const initiating: Transition = {
    at: now,
    status: 'INITIATING',
    errorMessage: null,
    privateEndpointConnectionName: null,
  }
  if (provisioning === 'manual') return [initiating]
  return [
    initiating,
    {
      at: now + provisioning,
      status: 'ACTIVE',
      errorMessage: null,
      privateEndpointConnectionName: connectionName(),
    },
  ]
}

/**
 * The endpoint after a DELETE at `now`: DELETING with the connection name it had, then gone. One that is being deleted
 * already stays as it is.
 */
export function deletion(endpoint: PrivateEndpoint, now: number, plan: LifecyclePlan): PrivateEndpoint {
  if (endpoint.goneAt !== null) return endpoint
  const { privateEndpointConnectionName } = stateAt(endpoint.transitions, now)
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

/** The id of an AWS interface endpoint: `vpce-` and 17 hex digits. */
export function connectionName(): string {
  return `vpce-${randomBytes(9).toString('hex').slice(0, 17)}`
}
