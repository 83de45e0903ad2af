/** What the control API tells, as far as the page looks at it. */

export interface Vocabulary {
  readonly version: string
  readonly database: 'memory' | 'file'
  readonly credentialsRequired: boolean
  readonly isJournalOn: boolean
  readonly hasToken: boolean
  readonly basePath: string
  readonly fixtures: readonly string[]
  readonly statuses: readonly string[]
  readonly successors: Readonly<Record<string, readonly string[]>>
  readonly regions: readonly string[]
  readonly cloudProviders: readonly string[]
  readonly operations: readonly { operationId: string; method: string; path: string; summary: string }[]
  readonly errorCodes: readonly string[]
  readonly breakages: readonly string[]
}

export interface Transition {
  readonly status: string
  readonly at?: string
  readonly reads?: number
  readonly after?: string
}

export interface Endpoint {
  readonly id: string
  readonly project: string
  readonly regionName: string
  readonly vpcRegionName: string
  readonly status: string
  readonly errorMessage?: string | null
  readonly privateEndpointConnectionName?: string | null
  readonly transitions?: readonly Transition[]
  readonly goneAt?: string | null
  readonly goneAfter?: string | { readonly reads: number }
  readonly beginsAt?: string
}

export interface Role {
  readonly roleName: string
  readonly orgId?: string
  readonly groupId?: string
}

export interface ApiKey {
  readonly publicKey: string
  readonly privateKey?: string
  readonly orgId: string
  readonly roles: readonly Role[]
  readonly accessList?: readonly string[]
}

export interface ServiceAccount {
  readonly clientId: string
  readonly clientSecret?: string
  readonly orgId: string
  readonly roles: readonly Role[]
  readonly accessList?: readonly string[]
}

export interface Project {
  readonly id: string
  readonly orgId: string
  readonly name: string
  readonly rateLimit?: string
  readonly privateEndpoints?: readonly Omit<Endpoint, 'project'>[]
  readonly [resource: string]: unknown
}

export interface World {
  readonly organizations: readonly { readonly id: string; readonly name: string }[]
  readonly projects: readonly Project[]
  readonly apiKeys?: readonly ApiKey[]
  readonly serviceAccounts?: readonly ServiceAccount[]
  /** Organizations that tests have made for themselves. */
  readonly tenants?: readonly { readonly orgId: string; readonly expiresAt?: string }[]
}

export interface Clock {
  readonly now: string
  readonly frozen: boolean
  readonly offset: number
}

/** An entry of the journal. */
export interface Entry {
  readonly id: number
  readonly time: string
  readonly method: string
  readonly url: string
  readonly operation: string | null
  readonly project: string | null
  readonly credential: string | null
  readonly refusal: string | null
  readonly status: number | null
  readonly errorCode: string | null
  readonly duration: number
  readonly fault: string | null
  readonly requestHeaders: Readonly<Record<string, string>>
  readonly requestBody: unknown
  readonly responseHeaders: Readonly<Record<string, string>>
  readonly responseBody: unknown
  readonly challenge: number | null
  readonly answers: number | null
  readonly replayOf: number | null
  readonly advice: readonly string[]
  /** Whether Atlas has it and the emulator has not. */
  readonly unserved?: boolean
}

export interface Fault {
  readonly id: string
  readonly match?: Readonly<Record<string, unknown>>
  readonly when?: Readonly<Record<string, unknown>>
  readonly errorCode?: string
  readonly delay?: unknown
  readonly break?: string
  readonly matched: number
  readonly fired: number
  readonly [word: string]: unknown
}

export interface Health {
  readonly status: string
  readonly version: string
  readonly uptime?: number
  readonly counts?: Readonly<Record<string, unknown>>
  /** The paths that the emulator lacks and that have been asked for most, with how often. */
  readonly unserved?: Readonly<Record<string, number>>
}

export interface Claim {
  readonly id: string
  readonly section: string
  readonly statement: string
  readonly label: string
  readonly requests?: number
  readonly sources: readonly { what: string; link: string; date: string }[]
}

/** An endpoint that was made, has another status or other plans; or is gone, of which its ids alone are left. */
export type EndpointChange =
  | ({ readonly change: 'created' | 'changed' } & Endpoint)
  | { readonly change: 'gone'; readonly id: string; readonly project: string }

/** A fault that was armed, has met a request, or is disarmed. */
export type FaultChange =
  | { readonly change: 'armed' | 'changed'; readonly fault: Fault }
  | { readonly change: 'disarmed'; readonly id: string }

/** What the emulator tells as it happens; of a resource or a world that has changed, the page looks at all anew. */
export type StreamEvent =
  | { readonly id: number; readonly event: 'request'; readonly data: Entry }
  | { readonly id: number; readonly event: 'endpoint'; readonly data: EndpointChange }
  | { readonly id: number; readonly event: 'fault'; readonly data: FaultChange }
  | { readonly id: number; readonly event: 'clock'; readonly data: Clock }
  | { readonly id: number; readonly event: 'gap'; readonly data: { readonly missed: number } }
  | { readonly id: number; readonly event: 'resource' | 'world'; readonly data: unknown }
