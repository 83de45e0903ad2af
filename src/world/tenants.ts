import { randomBytes, randomUUID } from 'node:crypto'
import type { Credential, Project, Role, Tenant } from '../store/records.js'
import type { Store } from '../store/store.js'
import type { Chance } from './chance.js'
import type { IdSource } from './object-id.js'

/** How many tenants there can be at once. */
export const mostTenants = 10_000

/** Where the ids of tenants come from: those of organizations and projects, and those of credentials. */
export interface TenantIds {
  readonly newId: IdSource
  readonly chance: Chance
}

/** What a tenant is to be like. */
export interface TenantPlan extends Pick<Tenant, 'rateLimit' | 'lifecycle' | 'faults' | 'expiresAt'> {
  /** Of the organization and the project; made up when undefined. */
  readonly name: string | undefined
  /** Whether it has an API key and a service account. */
  readonly hasCredentials: boolean
}

/** A tenant that has been made, with the secrets of its credentials. */
export interface MadeTenant {
  readonly tenant: Tenant
  readonly apiKey: Credential | undefined
  readonly serviceAccount: Credential | undefined
}

/**
 * Makes an organization with a project and, where credentials are asked for, an API key and a service account that own
 * the organization, in a transaction that is under way. The ids follow the seed, the secrets do not.
 */
export function makeTenant(store: Store, now: number, { newId, chance }: TenantIds, plan: TenantPlan): MadeTenant {
  const { directory, tenants } = store
  // Things know their owner by its id alone, whether that is a project or an organization.
  const isTaken = (made: string) => (directory.organization(made) ?? directory.project(made)) !== undefined
  const id = newId(now, isTaken)
  const projectId = newId(now, isTaken)
  const { name = `Tenant ${id}`, hasCredentials, ...rest } = plan
  const credential = (kind: Credential['kind'], make: () => string, secret: string): Credential => {
    let own = make()
    while (directory.credential(kind, own)) own = make()
    return { kind, id: own, secret, orgId: id, roles: [{ roleName: 'ORG_OWNER', orgId: id }], accessList: [] }
  }
  const apiKey = hasCredentials ? credential('apiKey', () => publicKey(chance), randomUUID()) : undefined
  const serviceAccount = hasCredentials
    ? credential('serviceAccount', () => `mdb_sa_id_${chance.hex(24)}`, clientSecret())
    : undefined
  const tenant: Tenant = {
    id,
    name,
    projectId,
    publicKey: apiKey?.id,
    clientId: serviceAccount?.id,
    created: now,
    ...rest,
  }
  directory.addOrganization({ id, name, apiAccessListRequired: false, details: {} })
  tenants.add(tenant)
  directory.addProject(emptyProject(tenant, now))
  for (const made of [apiKey, serviceAccount]) if (made) directory.addCredential(made)
  return { tenant, apiKey, serviceAccount }
}

/** As Atlas's public keys look: eight lower-case letters. */
function publicKey(chance: Chance): string {
  return String.fromCharCode(...Array.from({ length: 8 }, () => 97 + chance.below(26)))
}

/** As Atlas's client secrets look. */
function clientSecret(): string {
  return `mdb_sa_sk_${randomBytes(30).toString('base64url')}`
}

/** The project that a tenant is made with. */
function emptyProject({ id, name, projectId }: Tenant, created: number): Project {
  return {
    id: projectId,
    orgId: id,
    name,
    created,
    clusterCount: 0,
    tags: [],
    withDefaultAlertsSettings: true,
    rateLimit: undefined,
    lifecycle: undefined,
    details: {},
  }
}

/** The ids of all that rate limits and faults can be about. */
export interface Holdings {
  readonly projectIds: readonly string[]
  readonly credentialIds: readonly string[]
}

/** What a tenant has by now. */
export function holdingsOf({ directory }: Store, { id }: Tenant): Holdings {
  return {
    projectIds: directory.projects(id).map((project) => project.id),
    credentialIds: directory.credentialsOf(id).map((credential) => credential.id),
  }
}

/** Removes a tenant with all that it has, in a transaction that is under way. */
export function removeTenant(store: Store, tenant: Tenant): void {
  const { directory, tenants } = store
  removeProjects(store, tenant)
  for (const credential of directory.credentialsOf(tenant.id)) directory.removeCredential(credential)
  tenants.remove(tenant.id)
  directory.removeOrganization(tenant.id)
}

/**
 * Puts a tenant back as it was made, in a transaction that is under way: its project is empty, and what it has been given
 * since is gone. Its credentials stay what they are, without roles on projects that are gone; so does the moment when it goes.
 */
export function renewTenant(store: Store, tenant: Tenant): void {
  const { directory } = store
  removeProjects(store, tenant)
  directory.addProject(emptyProject(tenant, tenant.created))
  const isLeft = (role: Role) => !('groupId' in role) || role.groupId === tenant.projectId
  for (const credential of directory.credentialsOf(tenant.id)) {
    const isOwn = credential.id === tenant.publicKey || credential.id === tenant.clientId
    if (isOwn) directory.setRoles(credential, credential.roles.filter(isLeft))
    else directory.removeCredential(credential)
  }
}

/** Removes the projects of a tenant, and all things of these and of its organization. */
function removeProjects({ directory, things }: Store, { id }: Tenant): void {
  things.clearOf(id)
  for (const project of directory.projects(id)) {
    things.clearOf(project.id)
    directory.removeProject(project.id)
  }
}
