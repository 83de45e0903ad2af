/** What the target is like, so that the emulator can be made like it. */
import { randomUUID } from 'node:crypto'
import type { Fixture, FixtureRole } from '../../fixture/schema.js'
import { isRecord } from '../../values/record.js'
import { organizationRoles, projectRoles, regions, statuses } from '../../values/vocabulary.js'
import type { Need } from './probe.js'
import { References } from './references.js'
import { type Credentials, Ended, isKey, type Outgoing, type Sender } from './sender.js'
import { headerOf, jsonOf, type WireAnswer } from './transport.js'

type Json = Readonly<Record<string, unknown>>

/** A list, by its path, and the ids of what is in it. */
export type Inventory = ReadonlyMap<string, readonly string[]>

export interface Shape {
  readonly world: Fixture
  /** What the credentials may do, as the target says, or else as far as it shows. */
  readonly roles: readonly FixtureRole[]
  readonly references: References
  readonly has: ReadonlySet<Need>
  /** What must be the same after the run. */
  readonly inventory: Inventory
  /** The same, and the projects, which others make meanwhile. */
  readonly before: Inventory
  readonly projectName: string
}

/** The version in which lists are read that a run compares before and after. */
export const reading = 'application/vnd.atlas.2025-03-12+json'
const pageSize = 500
/** Longer lists are not read to their end. */
const mostPages = 4

export function asking(method: string, target: string, accept = reading): Outgoing {
  return { method, target, identity: 'own', headers: { accept } }
}

/** Every item of a list; undefined when it may not be seen, or is too long to be read. */
export async function itemsOf(sender: Sender, list: string): Promise<readonly Json[] | undefined> {
  const items: Json[] = []
  for (let page = 1; page <= mostPages; page += 1) {
    const answer = await sender.send(asking('GET', `${list}?pageNum=${page}&itemsPerPage=${pageSize}`))
    const body = jsonOf(answer)
    if (answer.status !== 200 || !isRecord(body) || !Array.isArray(body.results)) return undefined
    items.push(...body.results.filter(isRecord))
    if (body.results.length < pageSize) return items
  }
  return undefined
}

/** The id of a thing, whichever name its attribute has. */
export function idOf(item: Json): string | undefined {
  const id = item.id ?? item._id
  return typeof id === 'string' && /^[0-9a-f]{24}$/.test(id) ? id : undefined
}

export function idsOf(items: readonly Json[]): string[] {
  return items.flatMap((item) => idOf(item) ?? [])
}

/** The paths of a project. */
export const pathsOf = (project: string) => ({
  projects: '/api/atlas/v2/groups',
  project: `/api/atlas/v2/groups/${project}`,
  endpoints: `/api/atlas/v2/groups/${project}/backup/AWS/privateEndpoints`,
  buckets: `/api/atlas/v2/groups/${project}/backup/exportBuckets`,
  roles: `/api/atlas/v2/groups/${project}/cloudProviderAccess`,
})

/** The ids in every list that a run may have to do with. */
export async function takeInventory(sender: Sender, lists: Iterable<string>): Promise<Inventory> {
  const inventory = new Map<string, readonly string[]>()
  for (const list of lists) {
    const items = await itemsOf(sender, list)
    if (items) inventory.set(list, idsOf(items))
  }
  return inventory
}

/**
 * Reads the project, what is in it, and the projects beside it.
 * @throws {Ended} when the target does not tell of the project as Atlas does
 */
export async function readShape(sender: Sender, projectId: string, credentials: Credentials): Promise<Shape> {
  const paths = pathsOf(projectId)
  const answer = await sender.send(asking('GET', paths.project))
  const project = jsonOf(answer)
  if (answer.status !== 200 || !isRecord(project) || idOf(project) !== projectId) throw new Ended(whyNoProject(answer))
  const beside = await itemsOf(sender, paths.projects)
  const endpoints = await itemsOf(sender, paths.endpoints)
  const buckets = await itemsOf(sender, paths.buckets)
  const bucketId = buckets && idsOf(buckets)[0]
  const one =
    bucketId === undefined ? undefined : jsonOf(await sender.send(asking('GET', `${paths.buckets}/${bucketId}`)))

  const orgId = idLike(project.orgId)
  const organization = recordOf(await sender.send(asking('GET', `/api/atlas/v2/orgs/${orgId}`)))
  const { apiKey } = recordOf(await sender.send(asking('GET', '/api/atlas/v2')))
  const { awsIamRoles } = recordOf(await sender.send(asking('GET', paths.roles)))
  const roles = Array.isArray(awsIamRoles) ? awsIamRoles.filter(isRecord).filter(isAccessRole) : undefined
  const visible = (beside ?? []).filter((other) => idOf(other) !== undefined && other.orgId === project.orgId)
  const isWhole = beside !== undefined && visible.length === beside.length
  const projects = [project, ...(isWhole ? visible.filter((other) => idOf(other) !== projectId) : [])]
  const has = new Set<Need>([
    endpoints ? 'owner' : 'no owner',
    ...(isWhole ? (['projects'] as const) : []),
    ...(projects.length > 1 && isWhole ? (['two projects'] as const) : []),
    ...(endpoints && idsOf(endpoints).length > 0 ? (['endpoint'] as const) : []),
    ...(buckets ? (['buckets'] as const) : []),
    ...(bucketId !== undefined ? (['bucket'] as const) : []),
    ...(idOf(organization) === orgId ? (['organization'] as const) : []),
    ...(roles ? (['roles'] as const) : []),
    ...(roles?.length ? (['role'] as const) : []),
    ...(isKey(credentials) ? [] : (['service account'] as const)),
  ])
  const world = {
    organizations: [organizationEntry(organization, orgId)],
    projects: projects.map((found, i) => ({
      ...entryOf(found, orgId),
      ...(i === 0 && {
        cloudProviderAccess: (roles ?? []).map(accessRoleEntry),
        privateEndpoints: (endpoints ?? []).filter(isEndpoint).map(endpointEntry).sort(byAge),
        exportBuckets: (buckets ?? [])
          .filter(isBucket)
          .map((found, i) => bucketEntry(i === 0 && isRecord(one) ? one : found)),
      }),
    })),
  }
  const inventory = new Map<string, readonly string[]>()
  if (endpoints) inventory.set(paths.endpoints, idsOf(endpoints))
  if (buckets) inventory.set(paths.buckets, idsOf(buckets))
  const before = new Map(inventory)
  if (beside) before.set(paths.projects, idsOf(beside))
  return {
    world,
    roles: rolesIn(apiKey, world, endpoints !== undefined),
    references: referencesFor(world),
    has,
    inventory,
    before,
    projectName: String(project.name),
  }
}

function whyNoProject(answer: WireAnswer): string {
  const body = jsonOf(answer)
  const code = isRecord(body) && /^[A-Z_]{3,60}$/.test(String(body.errorCode)) ? ` ${body.errorCode}` : ''
  if (answer.status === 401 && headerOf(answer, 'www-authenticate') !== undefined) return 'the credentials were refused'
  const kind = body === undefined ? ' with what is no JSON' : code
  return `the target does not tell of the project as Atlas does: it answered ${answer.status}${kind}`
}

/** Credentials of the emulator's own world: those of the run are not given to it. */
export function ownCredentials(): {
  key: Extract<Credentials, { publicKey: string }>
  account: Extract<Credentials, { clientId: string }>
} {
  const digits = randomUUID().replaceAll('-', '')
  return {
    key: { publicKey: `here${digits.slice(0, 8)}`, privateKey: randomUUID() },
    account: { clientId: `mdb_sa_id_${digits.slice(0, 24)}`, clientSecret: `mdb_sa_sk_${digits}${digits.slice(0, 8)}` },
  }
}

/** The world with credentials that have these roles. */
export function withCredentials(
  world: Fixture,
  roles: readonly FixtureRole[],
  own: ReturnType<typeof ownCredentials>,
): Fixture {
  const held = { orgId: (world.organizations[0] as { id: string }).id, roles: [...roles] }
  return { ...world, apiKeys: [{ ...own.key, ...held }], serviceAccounts: [{ ...own.account, ...held }] }
}

/** The roles that the status of the system tells of, as far as they are in the world; else what the project has shown. */
function rolesIn(apiKey: unknown, { organizations, projects }: Fixture, isOwner: boolean): FixtureRole[] {
  const ids = new Set([...organizations, ...projects].map(({ id }) => id))
  const told = isRecord(apiKey) && Array.isArray(apiKey.roles) ? apiKey.roles.filter(isRecord) : []
  const isKnown = (names: readonly string[], name: unknown, id: unknown) =>
    names.includes(String(name)) && ids.has(String(id))
  const roles = told.flatMap(({ roleName, orgId, groupId }): object[] => {
    if (isKnown(organizationRoles, roleName, orgId)) return [{ roleName, orgId }]
    return isKnown(projectRoles, roleName, groupId) ? [{ roleName, groupId }] : []
  }) as FixtureRole[]
  if (roles.length > 0) return roles
  return projects.map(({ id }, i) => ({
    roleName: i === 0 && isOwner ? 'GROUP_OWNER' : 'GROUP_READ_ONLY',
    groupId: id,
  }))
}

/** The body of a success; nothing of anything else. */
function recordOf(answer: WireAnswer): Json {
  const body = answer.status === 200 ? jsonOf(answer) : undefined
  return isRecord(body) ? body : {}
}

function organizationEntry({ name, skipDefaultAlertsSettings }: Json, id: string): Fixture['organizations'][number] {
  return {
    id,
    name: isName(name) ? name : 'The organization',
    ...(typeof skipDefaultAlertsSettings === 'boolean' && { skipDefaultAlertsSettings }),
  }
}

const date = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

function isAccessRole({ roleId, providerName, createdDate }: Json): boolean {
  return idLike(roleId) === roleId && providerName === 'AWS' && date.test(String(createdDate))
}

/** The IAM role that every authorized role is in the emulator's world: that of the target is never told. */
export const nobodysArn = 'arn:aws:iam::000000000000:role/verify'

/** A role, whose account and external id are nobody's: their values are never compared. */
function accessRoleEntry({ roleId, createdDate, authorizedDate, iamAssumedRoleArn }: Json): object {
  const isAuthorized = typeof iamAssumedRoleArn === 'string' && date.test(String(authorizedDate))
  return {
    id: roleId,
    createdDate,
    ...(isAuthorized && { authorizedDate, iamAssumedRoleArn: nobodysArn }),
  }
}

function idLike(value: unknown): string {
  return typeof value === 'string' && /^[0-9a-f]{24}$/.test(value) ? value : 'f'.repeat(24)
}

/** A project as fixtures write it. What a fixture cannot hold is left out, and then shows as a difference. */
function entryOf(found: Json, orgId: string): Fixture['projects'][number] {
  const { name, created, clusterCount, tags, withDefaultAlertsSettings } = found
  return {
    id: idOf(found) as string,
    orgId,
    name: isName(name) ? name : 'The project',
    ...(typeof created === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(created) && { created }),
    ...(typeof clusterCount === 'number' &&
      Number.isInteger(clusterCount) &&
      clusterCount >= 0 &&
      clusterCount <= 1e6 && { clusterCount }),
    ...(Array.isArray(tags) && { tags: tags.filter(isTag).map(({ key, value }) => ({ key, value })) }),
    ...(typeof withDefaultAlertsSettings === 'boolean' && { withDefaultAlertsSettings }),
  }
}

function isName(value: unknown): value is string {
  // Half of a surrogate pair is no text: it can be written in no path.
  return typeof value === 'string' && /\S/.test(value) && !/[\0\p{Surrogate}]/u.test(value) && value.length <= 1000
}

function isTag(tag: unknown): tag is { key: string; value: string } {
  return isRecord(tag) && isName(tag.key) && typeof tag.value === 'string'
}

type EndpointEntry = NonNullable<Fixture['projects'][number]['privateEndpoints']>[number]
type BucketEntry = NonNullable<Fixture['projects'][number]['exportBuckets']>[number]

function isEndpoint(found: Json): boolean {
  const isRegion = (value: unknown) => (regions as readonly unknown[]).includes(value)
  return (
    idOf(found) !== undefined &&
    isRegion(found.regionName) &&
    isRegion(found.vpcRegionName) &&
    (statuses as readonly unknown[]).includes(found.status)
  )
}

function endpointEntry(found: Json): EndpointEntry {
  const { regionName, vpcRegionName, status, errorMessage, privateEndpointConnectionName: name } = found
  return {
    id: idOf(found),
    regionName,
    vpcRegionName,
    status,
    ...(status === 'FAILED' && isName(errorMessage) && { errorMessage }),
    ...((name === null || (typeof name === 'string' && /^vpce-[0-9a-f]{17}$/.test(name))) && {
      privateEndpointConnectionName: name,
    }),
  } as EndpointEntry
}

/** By the seconds that an id starts with. */
function byAge(a: { id?: string }, b: { id?: string }): number {
  return byCodePoint(a.id as string, b.id as string)
}

function isBucket({ bucketName, iamRoleId, ...found }: Json): boolean {
  const isRole = typeof iamRoleId === 'string' && /^[0-9a-f]{24}$/.test(iamRoleId)
  return idOf(found) !== undefined && typeof bucketName === 'string' && /^.{3,63}$/.test(bucketName) && isRole
}

function bucketEntry(found: Json): BucketEntry {
  const { bucketName, iamRoleId, region, requirePrivateNetworking } = found
  return {
    id: idOf(found),
    bucketName,
    iamRoleId,
    ...(typeof region === 'string' && { region }),
    ...(typeof requirePrivateNetworking === 'boolean' && { requirePrivateNetworking }),
  } as BucketEntry
}

/**
 * A reference for every id and name in the world. That of a name tells its rank among all names and its length in bytes,
 * so that a report can be replayed in which lists come in the same order and are as long.
 */
export function referencesFor(world: Fixture): References {
  const references = new References()
  const add = (kind: string, values: readonly string[]) => {
    for (const [i, value] of [...new Set(values)].entries()) references.add(`‹${kind}:${i + 1}›`, value)
  }
  const { organizations, projects } = world
  const endpoints = projects.flatMap(({ privateEndpoints = [] }) => privateEndpoints)
  const buckets = projects.flatMap(({ exportBuckets = [] }) => exportBuckets)
  add(
    'organization',
    organizations.map(({ id }) => id),
  )
  add(
    'project',
    projects.map(({ id }) => id),
  )
  add(
    'endpoint',
    endpoints.map(({ id }) => id as string),
  )
  add(
    'bucket',
    buckets.map(({ id }) => id as string),
  )
  const accessRoles = projects.flatMap(({ cloudProviderAccess = [] }) => cloudProviderAccess)
  add('role', [...accessRoles.map(({ id }) => id as string), ...buckets.map(({ iamRoleId }) => iamRoleId)])
  const names = [
    ...organizations.map(({ name }) => name),
    ...projects.flatMap(({ name, tags = [] }) => [name, ...tags.flatMap(({ key, value }) => [key, value])]),
    ...buckets.map(({ bucketName }) => bucketName),
  ].filter((name) => name !== '')
  for (const [i, name] of [...new Set(names)].sort(byCodePoint).entries()) {
    references.add(`‹name:${i + 1}/${Buffer.byteLength(name)}›`, name)
  }
  references.add('‹encoded:1›', encodedName(world))
  return references
}

/** The first project's name as paths have it. */
export function encodedName({ projects: [first] }: Fixture): string {
  return encodeURIComponent(first?.name ?? '')
}

function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
