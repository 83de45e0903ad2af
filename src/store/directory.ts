import { FifoMap } from 'toad-cache'
import { Changes } from './changes.js'
import type { Database } from './database.js'
import { readJson } from './json.js'
import type { Credential, CredentialKind, KnownCredential, Lifecycle, Organization, Project, Role } from './records.js'

interface ProjectRow {
  readonly id: string
  readonly org_id: string
  readonly name: string
  readonly created: number
  readonly cluster_count: number
  readonly tags: string
  readonly with_default_alerts_settings: number
  readonly rate_limit: string | null
  readonly lifecycle: string | null
  readonly details: string
}

interface CredentialRow {
  readonly kind: CredentialKind
  readonly id: string
  readonly secret: string
  readonly org_id: string
  readonly roles: string
  readonly access_list: string
  readonly api_access_list_required: number
}

interface OrganizationRow {
  readonly id: string
  readonly name: string
  readonly api_access_list_required: number
  readonly details: string
}

const organizationColumns = 'id, name, api_access_list_required, details'
const projectColumns =
  'id, org_id, name, created, cluster_count, tags, with_default_alerts_settings, rate_limit, lifecycle, details'
const credentials = `SELECT kind, credential.id, secret, org_id, roles, access_list, api_access_list_required
  FROM credential JOIN organization ON organization.id = org_id`

/** How many rows are read at a time where there may be many. */
const atOnce = 1000

/** How many projects, organizations and credentials of a kind are kept as objects. */
const remembered = 10_000

/**
 * Organizations, their projects and their credentials. Requests ask for the same few over and over, so what has been
 * read stays in memory until it changes.
 */
export class DirectoryRepository {
  readonly #knownOrganizations = new FifoMap<Organization>(remembered)
  readonly #knownProjects = new FifoMap<Project>(remembered)
  readonly #knownCredentials = {
    apiKey: new FifoMap<KnownCredential>(remembered),
    serviceAccount: new FifoMap<KnownCredential>(remembered),
  }
  readonly #clear
  readonly #isEmpty
  readonly #addOrganization
  readonly #organization
  readonly #organizations
  readonly #removeOrganization
  readonly #addProject
  readonly #updateProject
  readonly #removeProject
  readonly #setLifecycle
  readonly #setLifecycles
  readonly #projectIds
  readonly #project
  readonly #projects
  readonly #projectsOf
  readonly #projectNamed
  readonly #countProjects
  readonly #addCredential
  readonly #removeCredential
  readonly #setRoles
  readonly #credentialsNaming
  readonly #credential
  readonly #credentialsOf
  readonly #credentials
  readonly #counts
  readonly #changes

  /** @param changes told of what is made, changed and removed */
  constructor(db: Database, changes = new Changes()) {
    this.#changes = changes
    this.#isEmpty = db.prepare<[], number>('SELECT NOT EXISTS (SELECT 1 FROM organization)').pluck()
    this.#clear = () => db.exec('DELETE FROM credential; DELETE FROM project; DELETE FROM organization')
    this.#addOrganization = db.prepare<[string, string, number, string]>(
      `INSERT INTO organization (${organizationColumns}) VALUES (?, ?, ?, ?)`,
    )
    this.#removeOrganization = db.prepare<[string]>('DELETE FROM organization WHERE id = ?')
    this.#addProject = db.prepare<
      [string, string, string, number, number, string, number, string | null, string | null, string]
    >(`INSERT INTO project (${projectColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#updateProject = db.prepare<[string, string, number, string, string]>(
      'UPDATE project SET name = ?, tags = ?, with_default_alerts_settings = ?, details = ? WHERE id = ?',
    )
    this.#removeProject = db.prepare<[string]>('DELETE FROM project WHERE id = ?')
    this.#setLifecycle = db.prepare<[string | null, string]>('UPDATE project SET lifecycle = ? WHERE id = ?')
    this.#setLifecycles = db.prepare<[]>(
      'UPDATE project SET lifecycle = NULL WHERE lifecycle IS NOT NULL AND org_id NOT IN (SELECT id FROM tenant)',
    )
    this.#organization = db.prepare<[string], OrganizationRow>(
      `SELECT ${organizationColumns} FROM organization WHERE id = ?`,
    )
    this.#organizations = db.prepare<[string], OrganizationRow>(
      `SELECT ${organizationColumns} FROM organization WHERE id > ? ORDER BY id LIMIT ${atOnce}`,
    )
    this.#projectIds = db.prepare<[], string>('SELECT id FROM project ORDER BY name, id').pluck()
    this.#project = db.prepare<[string], ProjectRow>(`SELECT ${projectColumns} FROM project WHERE id = ?`)
    // UTF-8 bytes sort as code points do, which is the order Atlas lists names in.
    this.#projects = db.prepare<[], ProjectRow>(`SELECT ${projectColumns} FROM project ORDER BY name, id`)
    this.#projectsOf = db.prepare<[string], ProjectRow>(
      `SELECT ${projectColumns} FROM project WHERE org_id = ? ORDER BY name, id`,
    )
    this.#projectNamed = db
      .prepare<[string, string], string>('SELECT id FROM project WHERE org_id = ? AND name = ? LIMIT 1')
      .pluck()
    this.#countProjects = db.prepare<[string], number>('SELECT count(*) FROM project WHERE org_id = ?').pluck()
    this.#addCredential = db.prepare<[string, string, string, string, string, string]>(
      'INSERT INTO credential (kind, id, secret, org_id, roles, access_list) VALUES (?, ?, ?, ?, ?, ?)',
    )
    this.#removeCredential = db.prepare<[string, string]>('DELETE FROM credential WHERE kind = ? AND id = ?')
    this.#credentialsOf = db.prepare<[string], CredentialRow>(`${credentials} WHERE org_id = ?`)
    this.#setRoles = db.prepare<[string, string, string]>('UPDATE credential SET roles = ? WHERE kind = ? AND id = ?')
    this.#credentialsNaming = db.prepare<[string, string], CredentialRow>(
      `${credentials} WHERE org_id = ? AND instr(roles, ?) > 0`,
    )
    this.#credential = db.prepare<[string, string], CredentialRow>(
      `${credentials} WHERE kind = ? AND credential.id = ?`,
    )
    this.#credentials = db.prepare<[string, string], CredentialRow>(
      `${credentials} WHERE kind = ? AND credential.id > ? ORDER BY credential.id LIMIT ${atOnce}`,
    )
    this.#counts = db.prepare<[], DirectoryCounts>(
      `SELECT (SELECT count(*) FROM organization) AS organizations, (SELECT count(*) FROM project) AS projects,
       (SELECT count(*) FROM credential WHERE kind = 'apiKey') AS apiKeys,
       (SELECT count(*) FROM credential WHERE kind = 'serviceAccount') AS serviceAccounts`,
    )
  }

  isEmpty(): boolean {
    return this.#isEmpty.get() === 1
  }

  /** Removes everything. */
  clear(): void {
    this.#clear()
    this.forget()
  }

  /** Drops what is kept in memory, which a transaction that failed may have left wrong. */
  forget(): void {
    this.#knownOrganizations.clear()
    this.#knownProjects.clear()
    this.#knownCredentials.apiKey.clear()
    this.#knownCredentials.serviceAccount.clear()
  }

  counts(): DirectoryCounts {
    return this.#counts.get() as DirectoryCounts
  }

  /** By id, read some at a time. */
  *eachOrganization(): Generator<Organization> {
    const read = (after: string) => this.#organizations.all(after)
    for (const row of each(read)) yield toOrganization(row)
  }

  organization(id: string): Organization | undefined {
    const known = this.#knownOrganizations.get(id)
    if (known) return known
    const row = this.#organization.get(id)
    if (!row) return undefined
    const organization = toOrganization(row)
    this.#knownOrganizations.set(organization.id, organization)
    return organization
  }

  addOrganization({ id, name, apiAccessListRequired, details }: Organization): void {
    this.#addOrganization.run(id, name, Number(apiAccessListRequired), JSON.stringify(details))
    this.#changes.watcher?.({ what: 'created', kind: 'organizations', ownerId: id, id })
  }

  /** Removes the organization, which has no project, no credential and no tenant any more. */
  removeOrganization(id: string): void {
    this.#removeOrganization.run(id)
    this.#knownOrganizations.delete(id)
    this.#changes.watcher?.({ what: 'gone', kind: 'organizations', ownerId: id, id })
  }

  addProject(project: Project): void {
    const { id, orgId, name, created, clusterCount, tags, withDefaultAlertsSettings, rateLimit, lifecycle, details } =
      project
    this.#addProject.run(
      id,
      orgId,
      name,
      created,
      clusterCount,
      JSON.stringify(tags),
      Number(withDefaultAlertsSettings),
      rateLimit === undefined ? null : JSON.stringify(rateLimit),
      lifecycle === undefined ? null : JSON.stringify(lifecycle),
      JSON.stringify(details),
    )
    this.#changes.watcher?.({ what: 'created', kind: 'projects', ownerId: id, id })
  }

  /** Stores the project's name, tags, alert setting and details, which are all that can be changed of it. */
  updateProject({ id, name, tags, withDefaultAlertsSettings, details }: Project): void {
    this.#updateProject.run(name, JSON.stringify(tags), Number(withDefaultAlertsSettings), JSON.stringify(details), id)
    this.#knownProjects.delete(id)
    this.#changes.watcher?.({ what: 'changed', kind: 'projects', ownerId: id, id })
  }

  /** Removes the project, but nothing that it has. */
  removeProject(id: string): void {
    this.#removeProject.run(id)
    this.#knownProjects.delete(id)
    this.#changes.watcher?.({ what: 'gone', kind: 'projects', ownerId: id, id })
  }

  /** Gives the project a plan of its own, or with undefined takes it away. */
  setLifecycle(projectId: string, lifecycle: Lifecycle | undefined): void {
    this.#setLifecycle.run(lifecycle === undefined ? null : JSON.stringify(lifecycle), projectId)
    this.#knownProjects.delete(projectId)
  }

  /** Leaves no project a plan of its own, but those of tenants. */
  clearLifecycles(): void {
    this.#setLifecycles.run()
    this.#knownProjects.clear()
  }

  project(id: string): Project | undefined {
    const known = this.#knownProjects.get(id)
    if (known) return known
    const row = this.#project.get(id)
    if (!row) return undefined
    const project = toProject(row)
    this.#knownProjects.set(project.id, project)
    return project
  }

  /** The organization's projects, or every project, by name in code-point order. */
  projects(orgId?: string): Project[] {
    const rows = orgId === undefined ? this.#projects.all() : this.#projectsOf.all(orgId)
    return rows.map(toProject)
  }

  /** The id of one of the organization's projects that has the name. */
  projectNamed(orgId: string, name: string): string | undefined {
    return this.#projectNamed.get(orgId, name)
  }

  /** How many projects the organization has. */
  countProjects(orgId: string): number {
    return this.#countProjects.get(orgId) as number
  }

  addCredential({ kind, id, secret, orgId, roles, accessList }: Credential): void {
    this.#addCredential.run(kind, id, secret, orgId, JSON.stringify(roles), JSON.stringify(accessList))
    this.#changes.watcher?.({ what: 'created', kind: `${kind}s`, ownerId: orgId, id })
  }

  removeCredential({ kind, id, orgId }: Pick<Credential, 'kind' | 'id' | 'orgId'>): void {
    this.#removeCredential.run(kind, id)
    this.#knownCredentials[kind].delete(id)
    this.#changes.watcher?.({ what: 'gone', kind: `${kind}s`, ownerId: orgId, id })
  }

  /** The organization's. */
  credentialsOf(orgId: string): KnownCredential[] {
    return this.#credentialsOf.all(orgId).map(toCredential)
  }

  /** The same object until the credential changes, or `remembered` others of its kind have been read since. */
  credential(kind: CredentialKind, id: string): KnownCredential | undefined {
    const known = this.#knownCredentials[kind].get(id)
    if (known) return known
    const row = this.#credential.get(kind, id)
    if (!row) return undefined
    const credential = toCredential(row)
    this.#knownCredentials[kind].set(credential.id, credential)
    return credential
  }

  /** Replaces the roles that the credential holds. */
  setRoles({ kind, id }: Pick<Credential, 'kind' | 'id'>, roles: readonly Role[]): void {
    this.#setRoles.run(JSON.stringify(roles), kind, id)
    this.#knownCredentials[kind].delete(id)
    this.#changes.watcher?.({ what: 'changed', kind: `${kind}s`, ownerId: '', id })
  }

  /** The organization's credentials that hold a role on the project. */
  credentialsOn({ id, orgId }: Pick<Project, 'id' | 'orgId'>): Credential[] {
    return this.#credentialsNaming.all(orgId, `"groupId":"${id}"`).map(toCredential)
  }

  /** The ids of all projects, in the order of `projects`. */
  projectIds(): string[] {
    return this.#projectIds.all()
  }

  /** By id, read some at a time. */
  *eachCredential(kind: CredentialKind): Generator<KnownCredential> {
    for (const row of each((after) => this.#credentials.all(kind, after))) yield toCredential(row)
  }
}

/** Rows by id, some at a time, so that the database is free in between. */
function* each<Row extends { readonly id: string }>(read: (after: string) => Row[]): Generator<Row> {
  for (let rows = read(''); rows.length > 0; rows = read((rows.at(-1) as Row).id)) yield* rows
}

/** How many there are. */
export interface DirectoryCounts {
  readonly organizations: number
  readonly projects: number
  readonly apiKeys: number
  readonly serviceAccounts: number
}

function toOrganization({ id, name, api_access_list_required: required, details }: OrganizationRow): Organization {
  return { id, name, apiAccessListRequired: required === 1, details: readJson(details) }
}

function toCredential(row: CredentialRow): KnownCredential {
  return {
    kind: row.kind,
    id: row.id,
    secret: row.secret,
    orgId: row.org_id,
    roles: readJson(row.roles),
    accessList: readJson(row.access_list),
    accessListRequired: row.api_access_list_required === 1,
  }
}

function toProject(row: ProjectRow): Project {
  return {
    id: row.id,
    orgId: row.org_id,
    name: row.name,
    created: row.created,
    clusterCount: row.cluster_count,
    tags: readJson(row.tags),
    withDefaultAlertsSettings: row.with_default_alerts_settings === 1,
    rateLimit: row.rate_limit === null ? undefined : readJson(row.rate_limit),
    lifecycle: row.lifecycle === null ? undefined : readJson(row.lifecycle),
    details: readJson(row.details),
  }
}
