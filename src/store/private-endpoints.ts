import type { Database } from 'better-sqlite3'
import { BoundedMap } from '../values/bounded-map.js'
import type { CloudProvider, Region } from '../values/vocabulary.js'
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

/** How many endpoints are kept as objects, singly. */
const remembered = 10_000

/**
 * Private endpoints. `now` is in milliseconds since the epoch; an endpoint whose `goneAt` has come is not found.
 * Clients ask for the same endpoint until its status changes, so what has been read stays in memory until it does.
 */
export class PrivateEndpointRepository {
  readonly #known = new BoundedMap<string, PrivateEndpoint>(remembered)
  /** By project: all that is stored, oldest first. */
  readonly #lists = new Map<string, PrivateEndpoint[]>()
  #listed = 0
  readonly #mostListed
  readonly #find
  readonly #ofProject
  readonly #total
  readonly #insert
  readonly #update
  readonly #purge
  readonly #clear

  /** @param mostListed how many endpoints are kept as objects in the lists of their projects */
  constructor(db: Database, mostListed = 50_000) {
    this.#mostListed = mostListed
    this.#find = db.prepare<[string], Row>(`SELECT ${columns} FROM private_endpoint WHERE id = ?`)
    // The unique index finds them; what it cannot do is sort them, which is cheaper than an index more to write to.
    this.#ofProject = db.prepare<[string], Row>(
      `SELECT ${columns} FROM private_endpoint WHERE project_id = ? ORDER BY sequence`,
    )
    this.#total = db.prepare<[number], number>(`SELECT count(*) FROM private_endpoint WHERE ${present}`).pluck()
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
    const found = this.findAnywhere(id, now)
    return found?.projectId === projectId && found.cloudProvider === cloudProvider ? found : undefined
  }

  /** Whatever its project and provider. */
  findAnywhere(id: string, now: number): PrivateEndpoint | undefined {
    const found = this.#known.get(id) ?? this.#read(id)
    return found && isPresent(found, now) ? found : undefined
  }

  /** Whether an endpoint has the id, one that has ceased to exist included. */
  isTaken(id: string): boolean {
    return this.#known.get(id) !== undefined || this.#find.get(id) !== undefined
  }

  #read(id: string): PrivateEndpoint | undefined {
    const row = this.#find.get(id)
    if (!row) return undefined
    const endpoint = toRecord(row)
    this.#known.set(id, endpoint)
    return endpoint
  }

  /** Every one of the project, oldest first. */
  allOf(projectId: string, now: number): PrivateEndpoint[] {
    return this.#listOf(projectId).filter((endpoint) => isPresent(endpoint, now))
  }

  /** How many there are. */
  total(now: number): number {
    return this.#total.get(now) as number
  }

  /** One page, oldest first: `limit` endpoints from the `offset`-th on; and how many there are on all pages. */
  page(
    projectId: string,
    cloudProvider: CloudProvider,
    now: number,
    limit: number,
    offset: number,
  ): { items: PrivateEndpoint[]; total: number } {
    const items: PrivateEndpoint[] = []
    let total = 0
    for (const endpoint of this.#listOf(projectId)) {
      if (endpoint.cloudProvider !== cloudProvider || !isPresent(endpoint, now)) continue
      if (total >= offset && items.length < limit) items.push(endpoint)
      total += 1
    }
    return { items, total }
  }

  #listOf(projectId: string): PrivateEndpoint[] {
    const known = this.#lists.get(projectId)
    if (known) return known
    const list = this.#ofProject.all(projectId).map(toRecord)
    if (this.#listed + list.length > this.#mostListed) this.#forgetLists()
    this.#lists.set(projectId, list)
    this.#listed += list.length
    return list
  }

  #forgetLists(): void {
    this.#lists.clear()
    this.#listed = 0
  }

  #forgetListOf(projectId: string): void {
    this.#listed -= this.#lists.get(projectId)?.length ?? 0
    this.#lists.delete(projectId)
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
    if (changes === 0) return false
    if (this.#lists.get(projectId)?.push(endpoint)) this.#listed += 1
    return true
  }

  /** Stores the endpoint's `transitions` and `goneAt`; the rest of it never changes. */
  update(endpoint: PrivateEndpoint): void {
    this.#update.run(JSON.stringify(endpoint.transitions), endpoint.goneAt, endpoint.id)
    this.#known.delete(endpoint.id)
    this.#forgetListOf(endpoint.projectId)
  }

  /** Removes everything. */
  clear(): void {
    this.#clear.run()
    this.forget()
  }

  /** Removes the project's endpoints that have ceased to exist; false when there are none. */
  purge(projectId: string, now: number): boolean {
    const { changes } = this.#purge.run(projectId, now)
    // The clock may be set back, which brings none of them back.
    if (changes > 0) this.forget()
    return changes > 0
  }

  /** Drops what is kept in memory, which a transaction that failed may have left wrong. */
  forget(): void {
    this.#known.clear()
    this.#forgetLists()
  }
}

function isPresent({ goneAt }: PrivateEndpoint, now: number): boolean {
  return goneAt === null || goneAt > now
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
