import type { Database } from './database.js'
import type { ResourceVersion } from './records.js'

interface Row {
  readonly resource: string
  readonly date: string
  readonly sunset: string | null
}

/** The versions of resources, where they are others than Atlas's. */
export class VersionRepository {
  readonly #add
  readonly #all
  readonly #clear
  #known: ReadonlyMap<string, readonly ResourceVersion[]> | undefined

  constructor(db: Database) {
    this.#add = db.prepare<[string, string, string | null]>(
      'INSERT INTO resource_version (resource, date, sunset) VALUES (?, ?, ?)',
    )
    this.#all = db.prepare<[], Row>('SELECT resource, date, sunset FROM resource_version ORDER BY resource, date')
    this.#clear = db.prepare<[]>('DELETE FROM resource_version')
  }

  add(resource: string, { date, sunset }: ResourceVersion): void {
    this.#add.run(resource, date, sunset ?? null)
    this.forget()
  }

  /** By the resource's name, oldest first; without those that are Atlas's. The same map and arrays until they change. */
  all(): ReadonlyMap<string, readonly ResourceVersion[]> {
    if (this.#known) return this.#known
    const versions = new Map<string, ResourceVersion[]>()
    for (const { resource, date, sunset } of this.#all.all()) {
      const list = versions.get(resource) ?? []
      versions.set(resource, list)
      list.push({ date, sunset: sunset ?? undefined })
    }
    this.#known = versions
    return versions
  }

  clear(): void {
    this.#clear.run()
    this.forget()
  }

  /** Drops what is kept in memory, which a transaction that failed may have left wrong. */
  forget(): void {
    this.#known = undefined
  }
}
