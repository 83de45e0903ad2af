import type { Details } from '../store/records.js'
import { oauthOperations } from './oauth.js'
import type { Operation, ServedOperation } from './operation.js'
import type { AnyCollection, Resource, Section, ThingEntry } from './resource.js'
import { cloudProviderAccess } from './resources/cloud-provider-access.js'
import { clusters, flexClusters } from './resources/clusters.js'
import { exportBuckets } from './resources/export-buckets.js'
import { ipAddresses } from './resources/ip-addresses.js'
import { limits } from './resources/limits.js'
import { managedSlowMs } from './resources/managed-slow-ms.js'
import { organizations } from './resources/organizations.js'
import { privateEndpoints } from './resources/private-endpoints.js'
import { projects } from './resources/projects.js'
import { settings } from './resources/settings.js'
import { systemStatus } from './resources/system-status.js'
import { teams } from './resources/teams.js'
import { users } from './resources/users.js'
import { stub } from './stub.js'

/** Every resource that is stored. A new one is added here; its operations, fixtures and all else follow. */
export const collections = [privateEndpoints, exportBuckets, cloudProviderAccess] as const

/** Every resource that is served. */
export const resources: readonly Resource[] = [
  systemStatus,
  organizations,
  projects,
  users,
  teams,
  settings,
  limits,
  ipAddresses,
  managedSlowMs,
  clusters,
  flexClusters,
  ...collections,
]

export const operations: readonly Operation[] = resources.flatMap((resource) => resource.operations)

export type KnownCollection = (typeof collections)[number]

/** The same without the types of their data and entries. */
export const anyCollections = collections as unknown as readonly AnyCollection[]

const sectionNames = (of: Section['of']) =>
  resources.flatMap(({ sections }) => sections.filter((one) => one.of === of).map(({ name }) => name))
const detailNames = { project: sectionNames('project'), organization: sectionNames('organization') }

/** What an entry of a fixture's project or organization has for resources without things of their own. */
export function detailsOf(owner: object, of: Section['of']): Details {
  const entries = owner as Details
  return Object.fromEntries(
    detailNames[of].filter((name) => entries[name] !== undefined).map((name) => [name, entries[name]]),
  )
}

/** What an entry of a fixture's project or organization has in the section of a collection. */
export function entriesOf(owner: object, { name }: AnyCollection): readonly ThingEntry[] {
  return (owner as Readonly<Record<string, readonly ThingEntry[] | undefined>>)[name] ?? []
}

/** All that is served, with the token endpoint. */
export const servedOperations: readonly ServedOperation[] = [...operations, ...oauthOperations]

/** The names of operations, and of answers of one's own; each with what Atlas's OpenAPI calls it: that name itself, and the alias. */
export const operationNames: ReadonlyMap<string, string> = new Map(
  [...servedOperations, stub].flatMap(({ operationId, alias }) => [
    [operationId, operationId] as const,
    ...(alias === undefined ? [] : [[alias, operationId] as const]),
  ]),
)
