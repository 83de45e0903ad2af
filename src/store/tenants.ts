import type { Database } from './database.js'
import { readJson } from './json.js'
import type { Tenant } from './records.js'

interface Row {
  readonly id: string
  readonly name: string
  readonly project_id: string
  readonly public_key: string | null
  readonly client_id: string | null
  readonly created: number
  readonly expires_at: number | null
  readonly rate_limit: string | null
  readonly lifecycle: string | null
  readonly faults: string
}

const columns = 'id, name, project_id, public_key, client_id, created, expires_at, rate_limit, lifecycle, faults'

/** The organizations that are tenants. Each request may ask for the one that it belongs to, so all are kept in memory. */
export class TenantRepository {
  readonly #all
  readonly #add
  readonly #remove
  readonly #clear
  #known: Map<string, Tenant> | undefined
  #nextExpiry: number | undefined

  constructor(db: Database) {
    this.#all = db.prepare<[], Row>(`SELECT ${columns} FROM tenant ORDER BY sequence`)
    this.#add = db.prepare<
      [
        ...[string, string, string, string | null, string | null],
        ...[number, number | null, string | null, string | null, string],
      ]
    >(`INSERT INTO tenant (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#remove = db.prepare<[string]>('DELETE FROM tenant WHERE id = ?')
    this.#clear = db.prepare<[]>('DELETE FROM tenant')
  }

  get #tenants(): Map<string, Tenant> {
    this.#known ??= new Map(this.#all.all().map((row) => [row.id, toTenant(row)]))
    return this.#known
  }

  /** How many there are. */
  get size(): number {
    return this.#tenants.size
  }

  /** When the next of them is to go, in milliseconds since the epoch; infinite when none is. */
  get nextExpiry(): number {
    this.#nextExpiry ??= this.all().reduce(
      (next, { expiresAt }) => Math.min(next, expiresAt ?? next),
      Number.POSITIVE_INFINITY,
    )
    return this.#nextExpiry
  }

  /** The oldest first. */
  all(): Tenant[] {
    return [...this.#tenants.values()]
  }

  /** The tenant that the organization is; the same object each time. */
  find(id: string): Tenant | undefined {
    return this.#tenants.get(id)
  }

  /** Adds a tenant, whose organization is there and no tenant yet. */
  add(tenant: Tenant): void {
    const { id, name, projectId, publicKey, clientId, created, expiresAt, rateLimit, lifecycle, faults } = tenant
    this.#add.run(
      id,
      name,
      projectId,
      publicKey ?? null,
      clientId ?? null,
      created,
      expiresAt ?? null,
      rateLimit === undefined ? null : JSON.stringify(rateLimit),
      lifecycle === undefined ? null : JSON.stringify(lifecycle),
      JSON.stringify(faults),
    )
    this.#tenants.set(id, tenant)
    this.#nextExpiry = undefined
  }

  /** Removes the tenant, but nothing that its organization has. */
  remove(id: string): void {
    this.#remove.run(id)
    this.#tenants.delete(id)
    this.#nextExpiry = undefined
  }

  clear(): void {
    this.#clear.run()
    this.forget()
  }

  /** Drops what is kept in memory, which a transaction that failed may have left wrong. */
  forget(): void {
    this.#known = undefined
    this.#nextExpiry = undefined
  }
}

function toTenant(row: Row): Tenant {
  return {
    id: row.id,
    name: row.name,
    projectId: row.project_id,
    publicKey: row.public_key ?? undefined,
    clientId: row.client_id ?? undefined,
    created: row.created,
    expiresAt: row.expires_at ?? undefined,
    rateLimit: row.rate_limit === null ? undefined : readJson(row.rate_limit),
    lifecycle: row.lifecycle === null ? undefined : readJson(row.lifecycle),
    faults: readJson(row.faults),
  }
}
