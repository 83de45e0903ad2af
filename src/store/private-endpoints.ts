import type { Database } from 'better-sqlite3'
import type { CloudProvider, Region } from '../vocabulary.js'
import type { PrivateEndpoint } from './records.js'

interface Row {
  readonly id: string
  readonly project_id: string
  readonly cloud_provider: CloudProvider
  readonly region_name: Region
  readonly vpc_region_name: Region
  readonly transitions: string
  readonly gone_at: number | null
}

const columns = 'id, project_id, cloud_provider, region_name, vpc_region_name, transitions, gone_at'
const present = '(gone_at IS NULL OR gone_at > ?)'

/** Private endpoints. `now` is in milliseconds since the epoch; an endpoint whose `goneAt` has come is not found. */
export class PrivateEndpointRepository {
  readonly #find
  readonly #findAnywhere
  readonly #page
  readonly #allOf
  readonly #total
  readonly #count
  readonly #insert
  readonly #update
  readonly #purge
  readonly #clear

  constructor(db: Database) {
    this.#find = db.prepare<[string, string, string, number], Row>(
      `SELECT ${columns} FROM private_endpoint WHERE id = ? AND project_id = ? AND cloud_provider = ? AND ${present}`,
    )
    this.#findAnywhere = db.prepare<[string, number], Row>(
      `SELECT ${columns} FROM private_endpoint WHERE id = ? AND ${present}`,
    )
    this.#allOf = db.prepare<[string, number], Row>(
      `SELECT ${columns} FROM private_endpoint WHERE project_id = ? AND ${present} ORDER BY sequence`,
    )
    this.#total = db.prepare<[number], number>(`SELECT count(*) FROM private_endpoint WHERE ${present}`).pluck()
    this.#page = db.prepare<[string, string, number, number, number], Row>(
      `SELECT ${columns} FROM private_endpoint WHERE project_id = ? AND cloud_provider = ? AND ${present}
       ORDER BY sequence LIMIT ? OFFSET ?`,
    )
    this.#count = db
      .prepare<[string, string, number], number>(
        `SELECT count(*) FROM private_endpoint WHERE project_id = ? AND cloud_provider = ? AND ${present}`,
      )
      .pluck()
    this.#insert = db.prepare<[string, string, string, string, string, string, number | null]>(
      `INSERT INTO private_endpoint (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (project_id, cloud_provider, region_name, vpc_region_name) DO NOTHING`,
    )
    this.#update = db.prepare<[string, number | null, string]>(
      'UPDATE private_endpoint SET transitions = ?, gone_at = ? WHERE id = ?',
    )
    this.#purge = db.prepare<[string, number]>('DELETE FROM private_endpoint WHERE project_id = ? AND gone_at <= ?')
    this.#clear = db.prepare<[]>('DELETE FROM private_endpoint')
  }

  find(projectId: string, cloudProvider: CloudProvider, id: string, now: number): PrivateEndpoint | undefined {
    const row = this.#find.get(id, projectId, cloudProvider, now)
    return row && toRecord(row)
  }

  /** Whatever its project and provider. */
  findAnywhere(id: string, now: number): PrivateEndpoint | undefined {
    const row = this.#findAnywhere.get(id, now)
    return row && toRecord(row)
  }

  /** Every one of the project, oldest first. */
  allOf(projectId: string, now: number): PrivateEndpoint[] {
    return this.#allOf.all(projectId, now).map(toRecord)
  }

  /** How many there are. */
  total(now: number): number {
    return this.#total.get(now) as number
  }

  /** Oldest first. */
  page(projectId: string, cloudProvider: CloudProvider, now: number, limit: number, offset: number): PrivateEndpoint[] {
    return this.#page.all(projectId, cloudProvider, now, limit, offset).map(toRecord)
  }

  count(projectId: string, cloudProvider: CloudProvider, now: number): number {
    return this.#count.get(projectId, cloudProvider, now) as number
  }

  /** False when the project already has an endpoint for these regions; the unique index decides. */
  insert(endpoint: PrivateEndpoint): boolean {
    const { id, projectId, cloudProvider, regionName, vpcRegionName, transitions, goneAt } = endpoint
    const { changes } = this.#insert.run(
      id,
      projectId,
      cloudProvider,
      regionName,
      vpcRegionName,
      JSON.stringify(transitions),
      goneAt,
    )
    return changes === 1
  }

  /** Stores the endpoint's `transitions` and `goneAt`; the rest of it never changes. */
  update(endpoint: PrivateEndpoint): void {
    this.#update.run(JSON.stringify(endpoint.transitions), endpoint.goneAt, endpoint.id)
  }

  /** Removes everything. */
  clear(): void {
    this.#clear.run()
  }

  /** Removes the project's endpoints that have ceased to exist. */
  purge(projectId: string, now: number): void {
    this.#purge.run(projectId, now)
  }
}

function toRecord(row: Row): PrivateEndpoint {
  return {
    id: row.id,
    projectId: row.project_id,
    cloudProvider: row.cloud_provider,
    regionName: row.region_name,
    vpcRegionName: row.vpc_region_name,
    transitions: JSON.parse(row.transitions),
    goneAt: row.gone_at,
  }
}
