import type { Database } from 'better-sqlite3'
import type { ResourceVersion } from './records.js'

/** The versions of the private endpoints' resource, where they are others than Atlas's. */
export class VersionRepository {
  readonly #add
  readonly #all
  readonly #clear
  #known: readonly ResourceVersion[] | undefined

  constructor(db: Database) {
    this.#add = db.prepare<[string, string | null]>('INSERT INTO private_endpoint_version (date, sunset) VALUES (?, ?)')
    this.#all = db.prepare<[], { date: string; sunset: string | null }>(
      'SELECT date, sunset FROM private_endpoint_version ORDER BY date',
    )
    this.#clear = db.prepare<[]>('DELETE FROM private_endpoint_version')
  }

  add({ date, sunset }: ResourceVersion): void {
    this.#add.run(date, sunset ?? null)
    this.#known = undefined
  }

  /** Oldest first; none while they are Atlas's. The same array until they change. */
  all(): readonly ResourceVersion[] {
    this.#known ??= this.#all.all().map(({ date, sunset }) => ({ date, sunset: sunset ?? undefined }))
    return this.#known
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
