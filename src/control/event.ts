import type { ArmedFaultState } from '../faults/rule.js'
import type { JournalEntry } from '../journal/entry.js'
import type { ClockState } from './clock.js'
import type { MovedEndpoint } from './lifecycle.js'

/** What has become of a thing. */
export type Fate = 'created' | 'changed' | 'gone'

/** A private endpoint that was made, has another status or other plans, or is gone. */
export type EndpointEvent =
  | ({ readonly change: 'created' | 'changed' } & Omit<MovedEndpoint, 'replacement'>)
  | { readonly change: 'gone'; readonly id: string; readonly project: string }

/** The same of whatever else there is: a resource of a project, a project, an organization, a credential. */
export interface ResourceEvent {
  readonly change: Fate
  /** Its name in fixtures: `exportBuckets`, `projects`, … */
  readonly resource: string
  readonly id: string
  /** The id of the project or organization that it belongs to; of such a one itself, its own. */
  readonly owner: string
  /** As a fixture writes it, where it is a thing of a project's and is not gone. */
  readonly thing?: object
}

/** A fault that was armed, has met a request, or is disarmed. */
export type FaultEvent =
  | { readonly change: 'armed' | 'changed'; readonly fault: ArmedFaultState }
  | { readonly change: 'disarmed'; readonly id: string }

/** The world is another one: who follows should look at it anew. */
export interface WorldEvent {
  /**
   * replaced: by a reset, an import, a snapshot; plan: of new endpoints; clock: the clock was set back; missed: nobody was
   * following for a while.
   */
  readonly reason: 'replaced' | 'plan' | 'clock' | 'missed'
  /** The id of the only project that is concerned; null for all. */
  readonly project: string | null
}

/** Who follows was too slow, and these events have been skipped: `missed` of them, before this one. */
export interface GapEvent {
  readonly missed: number
}

/** One event of `GET /_emulator/events`. */
export type EmulatorEvent =
  | { readonly id: number; readonly event: 'request'; readonly data: JournalEntry }
  | { readonly id: number; readonly event: 'endpoint'; readonly data: EndpointEvent }
  | { readonly id: number; readonly event: 'resource'; readonly data: ResourceEvent }
  | { readonly id: number; readonly event: 'fault'; readonly data: FaultEvent }
  | { readonly id: number; readonly event: 'clock'; readonly data: ClockState }
  | { readonly id: number; readonly event: 'world'; readonly data: WorldEvent }
  | { readonly id: number; readonly event: 'gap'; readonly data: GapEvent }
