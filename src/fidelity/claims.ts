/** How Atlas answers, as data: every rule that the emulator keeps, how far it can be trusted, and where it comes from. */
import { cloudProviderAccess } from './claims/cloud-provider-access.js'
import { credentials } from './claims/credentials.js'
import { errors } from './claims/errors.js'
import { exportBuckets } from './claims/export-buckets.js'
import { headers } from './claims/headers.js'
import { lists } from './claims/lists.js'
import { neighbours } from './claims/neighbours.js'
import { operations } from './claims/operations.js'
import { organizations } from './claims/organizations.js'
import { privateEndpoints } from './claims/private-endpoints.js'
import { projects } from './claims/projects.js'
import { rateLimits } from './claims/rate-limits.js'
import { representation } from './claims/representation.js'
import { roles } from './claims/roles.js'
import type { Label, Rule, Source } from './claims/rule.js'
import { versions } from './claims/versions.js'

export { type Label, labels, type Source } from './claims/rule.js'

/** The rules by section, in the order in which people read them. */
const rules = {
  Operations: operations,
  'Private endpoints': privateEndpoints,
  Representation: representation,
  Lists: lists,
  'Version negotiation': versions,
  Errors: errors,
  Credentials: credentials,
  Roles: roles,
  'Rate limits': rateLimits,
  Headers: headers,
  Organizations: organizations,
  Projects: projects,
  'Neighbours of a project': neighbours,
  'Export buckets': exportBuckets,
  'Cloud provider access': cloudProviderAccess,
} as const

export type Section = keyof typeof rules

/** The id of a claim, so that the compiler refuses one that does not exist. */
export type ClaimId = (typeof rules)[Section][number]['id']

interface Told<L extends Label, S extends readonly Source[]> {
  readonly id: ClaimId
  readonly section: Section
  readonly label: L
  /** One sentence of plain English. */
  readonly statement: string
  readonly sources: S
}

/** One rule of how Atlas answers: a chosen one has no sources, every other at least one. */
export type Claim = Told<Exclude<Label, 'chosen'>, readonly [Source, ...Source[]]> | Told<'chosen', readonly []>

const bySection: Readonly<Record<Section, readonly Rule<ClaimId>[]>> = rules

/** In the order in which people read them. */
export const sections = Object.keys(rules) as readonly Section[]

/** Every claim, section by section. */
export const claims: readonly Claim[] = sections.flatMap((section) =>
  bySection[section].map(
    (rule): Claim => (rule.label === 'chosen' ? { ...rule, section, sources: [] } : { ...rule, section }),
  ),
)
