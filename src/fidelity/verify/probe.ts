import type { ClaimId } from '../claims.js'
import type { Identity, Level } from './guard.js'

/** What a probe needs of the target, and how the report says that there is none. */
export const needs = {
  owner: 'the credentials are no owner’s of the project',
  'no owner': 'the credentials are an owner’s of the project',
  projects: 'the credentials see too many projects, or those of several organizations',
  'two projects': 'the credentials see fewer than two projects',
  endpoint: 'the project has no private endpoint',
  buckets: 'the project’s export buckets cannot be listed whole',
  bucket: 'the project has no export bucket',
  organization: 'the credentials do not see the organization',
  roles: 'the project’s cloud provider access roles cannot be listed',
  role: 'the project has no cloud provider access role',
  'service account': 'the credentials are an API key',
} as const
export type Need = keyof typeof needs

/** One question to the target: a request, and the claims that its answer shows. What it asks of is written as references. */
export interface Probe {
  readonly id: string
  readonly level: Level
  /** What the status and an error's text are about, first of all. */
  readonly claims: readonly [ClaimId, ...ClaimId[]]
  readonly method: string
  /** With query. */
  readonly path: string
  readonly identity: Identity
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Which thing a success shows, for the claims about its attributes. */
  readonly shows?: EntityName
  readonly needs?: readonly Need[]
  /** Whether what people have set counts for nothing, and only attributes and the types of their values are compared. */
  readonly isShape?: boolean
  /** Places of which a difference is about the probe's own claims, whatever else it could be about; `*` at the end of one. */
  readonly decides?: readonly string[]
}

/** The claims about the attributes of a thing. */
export interface Entity {
  readonly keys: ClaimId
  readonly order?: ClaimId
  readonly nulls?: ClaimId
  /** Of one thing alone, and of one in a page. */
  readonly links?: ClaimId
  readonly itemLinks?: ClaimId
  readonly listOrder?: ClaimId
}

/** Every thing that probes show. */
export const entities = {
  'private endpoint': {
    keys: 'endpoint-fields',
    order: 'endpoint-key-order',
    nulls: 'endpoint-nulls-sent',
    listOrder: 'endpoint-order',
  },
  project: {
    keys: 'project-keys',
    links: 'project-links',
    itemLinks: 'project-links',
    listOrder: 'project-list-order',
  },
  'export bucket': { keys: 'export-bucket-keys' },
  organization: { keys: 'organization-keys', links: 'organization-links', itemLinks: 'organization-links' },
  'access role': { keys: 'access-role-keys' },
} as const satisfies Readonly<Record<string, Entity>>
export type EntityName = keyof typeof entities
