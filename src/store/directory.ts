import type { Database } from 'better-sqlite3'
import type { Credential, CredentialKind, Organization, Project } from './records.js'

interface ProjectRow {
  readonly id: string
  readonly org_id: string
  readonly name: string
  readonly created: number
  readonly cluster_count: number
  readonly tags: string
  readonly with_default_alerts_settings: number
}

interface CredentialRow {
  readonly secret: string
  readonly org_id: string
  readonly roles: string
}

const projectColumns = 'id, org_id, name, created, cluster_count, tags, with_default_alerts_settings'

/** Organizations, their projects and their credentials. */
export class DirectoryRepository {
  readonly #isEmpty
  readonly #addOrganization
  readonly #addProject
  readonly #project
  readonly #projects
  readonly #projectsOf
  readonly #addCredential
  readonly #credential

  constructor(db: Database) {
    this.#isEmpty = db.prepare<[], number>('SELECT NOT EXISTS (SELECT 1 FROM organization)').pluck()
    this.#addOrganization = db.prepare<[string, string]>('INSERT INTO organization (id, name) VALUES (?, ?)')
    this.#addProject = db.prepare<[string, string, string, number, number, string, number]>(
      `INSERT INTO project (${projectColumns}) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#project = db.prepare<[string], ProjectRow>(`SELECT ${projectColumns} FROM project WHERE id = ?`)
    // UTF-8 bytes sort as code points do, which is the order Atlas lists names in.
    this.#projects = db.prepare<[], ProjectRow>(`SELECT ${projectColumns} FROM project ORDER BY name, id`)
    this.#projectsOf = db.prepare<[string], ProjectRow>(
      `SELECT ${projectColumns} FROM project WHERE org_id = ? ORDER BY name, id`,
    )
    this.#addCredential = db.prepare<[string, string, string, string, string]>(
      'INSERT INTO credential (kind, id, secret, org_id, roles) VALUES (?, ?, ?, ?, ?)',
    )
    this.#credential = db.prepare<[string, string], CredentialRow>(
      'SELECT secret, org_id, roles FROM credential WHERE kind = ? AND id = ?',
    )
  }

  isEmpty(): boolean {
    return this.#isEmpty.get() === 1
  }

  addOrganization({ id, name }: Organization): void {
    this.#addOrganization.run(id, name)
  }

  addProject(project: Project): void {
    const { id, orgId, name, created, clusterCount, tags, withDefaultAlertsSettings } = project
    this.#addProject.run(
      id,
      orgId,
      name,
      created,
      clusterCount,
      JSON.stringify(tags),
      Number(withDefaultAlertsSettings),
    )
  }

  project(id: string): Project | undefined {
    const row = this.#project.get(id)
    return row && toProject(row)
  }

  /** The organization's projects, or every project, by name in code-point order. */
  projects(orgId?: string): Project[] {
    const rows = orgId === undefined ? this.#projects.all() : this.#projectsOf.all(orgId)
    return rows.map(toProject)
  }

  addCredential({ kind, id, secret, orgId, roles }: Credential): void {
    this.#addCredential.run(kind, id, secret, orgId, JSON.stringify(roles))
  }

  credential(kind: CredentialKind, id: string): Credential | undefined {
    const row = this.#credential.get(kind, id)
    return (
      row && {
        kind,
        id,
        secret: row.secret,
        orgId: row.org_id,
        roles: JSON.parse(row.roles),
      }
    )
  }
}

function toProject(row: ProjectRow): Project {
  return {
    id: row.id,
    orgId: row.org_id,
    name: row.name,
    created: row.created,
    clusterCount: row.cluster_count,
    tags: JSON.parse(row.tags),
    withDefaultAlertsSettings: row.with_default_alerts_settings === 1,
  }
}
