import type { RateLimit } from '../values/rate-limit.js'
import type {
  Deletable,
  DeletionOutcome,
  OrganizationRole,
  Outcome,
  ProjectRole,
  Status,
} from '../values/vocabulary.js'

/** What is known of a project or an organization besides: by section of the fixture, as the fixture writes it. */
export type Details = Readonly<Record<string, unknown>>

export interface Organization {
  readonly id: string
  readonly name: string
  /** Whether its credentials must have an access list. */
  readonly apiAccessListRequired: boolean
  readonly details: Details
}

export interface Project {
  readonly id: string
  readonly orgId: string
  readonly name: string
  /** Milliseconds since the epoch. */
  readonly created: number
  readonly clusterCount: number
  readonly tags: readonly { readonly key: string; readonly value: string }[]
  readonly withDefaultAlertsSettings: boolean
  /** Its own, where it has one. */
  readonly rateLimit: RateLimit | undefined
  /** Its own, where it has one. */
  readonly lifecycle: Lifecycle | undefined
  readonly details: Details
}

/** An organization that was made for one user of the emulator, with a project and, where they are asked for, credentials. */
export interface Tenant {
  /** That of the organization. */
  readonly id: string
  /** That of the organization and of the project, as they were made. */
  readonly name: string
  /** The project, API key and service account that it was made with; it may have others by now. */
  readonly projectId: string
  readonly publicKey: string | undefined
  readonly clientId: string | undefined
  /** Milliseconds since the epoch. */
  readonly created: number
  /** When it goes with all that it has, in milliseconds since the epoch; undefined for never. */
  readonly expiresAt: number | undefined
  /** Of each of its token buckets, where it has one of its own. */
  readonly rateLimit: RateLimit | undefined
  /** What becomes of new endpoints in its projects without a plan of their own. */
  readonly lifecycle: Lifecycle | undefined
  /** The rules that it was made with, which a reset arms again. */
  readonly faults: readonly object[]
}

/** So many answers that show a thing, in place of a time. */
export interface Reads {
  readonly reads: number
}

/** What becomes of new endpoints; what is undefined is as the settings say. Times are in milliseconds. */
export interface Lifecycle {
  /** In INITIATING; `manual` stays there. */
  readonly provisioning?: number | Reads | 'manual'
  /** What comes then: ACTIVE, when undefined. */
  readonly outcome?: Outcome
  /** From PENDING_ACCEPTANCE to ACTIVE; undefined for never. */
  readonly activeAfter?: number
  /** Of one that is FAILED. */
  readonly errorMessage?: string
  /** In DELETING. */
  readonly deletion?: number | Reads
  /** What comes after DELETING: GONE, when undefined. */
  readonly deletionOutcome?: DeletionOutcome
  /** When a DELETE is taken: always, when undefined, or only of an endpoint that is INITIATING no more. */
  readonly deletable?: Deletable
}

/** A role in the credential's organization, or on one of its projects. */
export type Role =
  | { readonly roleName: OrganizationRole; readonly orgId: string }
  | { readonly roleName: ProjectRole; readonly groupId: string }

export type CredentialKind = 'apiKey' | 'serviceAccount'

export interface Credential {
  readonly kind: CredentialKind
  /** Public key of an API key, client id of a service account. */
  readonly id: string
  /** Private key of an API key, client secret of a service account. */
  readonly secret: string
  readonly orgId: string
  readonly roles: readonly Role[]
  /** IP addresses and CIDR blocks that it may be used from; empty for no list. */
  readonly accessList: readonly string[]
}

/** A credential together with what its organization demands of it. */
export interface KnownCredential extends Credential {
  readonly accessListRequired: boolean
}

/** What a thing that lives looks like for a while. */
export interface State {
  readonly status: Status
  readonly errorMessage: string | null
  readonly privateEndpointConnectionName: string | null
}

/** A state that has begun, or begins by the clock: at this moment, in milliseconds since the epoch. */
export type TimedTransition = State & {
  readonly at: number
  /** Of a last one that is DELETING: after how many reads the thing is gone. */
  readonly goneAfter?: Reads
}

/** A state that begins once the thing has been read so often, or so many milliseconds after the last that began so. */
export type AwaitedTransition = State &
  (Reads | { readonly after: number }) & {
    /** Of a last one that is DELETING: after how long the thing is gone then. */
    readonly goneAfter?: number | Reads
  }

/** One step of a thing's life. */
export type Transition = TimedTransition | AwaitedTransition

/** Something that a project or an organization has: a private endpoint, an export bucket. */
export interface Thing<Data = unknown> {
  /** 24 lower-case hex digits; no other thing of its kind has it. */
  readonly id: string
  /** The id of the project or organization that it belongs to. */
  readonly ownerId: string
  /** Where among the owner's things of its kind it stands alone; null where several may stand. */
  readonly place: string | null
  /** What does not depend on time, as JSON. */
  readonly data: Data
  /**
   * In the order in which they come: first those with a time, then those that wait for reads. What comes before the first
   * looks like the first. Empty for things without a lifecycle.
   */
  readonly transitions: readonly Transition[]
  /** When it ceases to exist, in milliseconds since the epoch; null while that is not known. */
  readonly goneAt: number | null
  /** Before which moment it does not exist yet; undefined for one that has been made. */
  readonly beginsAt?: number | undefined
}

/** One page of a list. */
export interface Page<T> {
  readonly items: T[]
  /** How many there are on all pages. */
  readonly total: number
  /**
   * The same object as long as nothing on any page is made, changed or removed; missing where something comes or goes by
   * time, and where nobody keeps count.
   */
  readonly version?: object | undefined
  /** Whether the items are likely to be the same objects the next time. */
  readonly isKept: boolean
}

/** A version of a resource, from its date on the newest until the next one's. */
export interface ResourceVersion {
  /** `YYYY-MM-DD` */
  readonly date: string
  /** The day, `YYYY-MM-DD`, from whose start (UTC) on it is gone; undefined while none is set. */
  readonly sunset?: string | undefined
}
