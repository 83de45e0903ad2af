import type { UnservedStatus } from '../values/vocabulary.js'
import type { Database } from './database.js'
import { readJson } from './json.js'
import type { Lifecycle } from './records.js'

/** What holds for the world as a whole. */
export interface Properties {
  /** What the clock is set to. */
  readonly clock: { readonly frozen: number } | { readonly offset: number }
  /** What becomes of new endpoints in projects without a plan of their own. */
  readonly lifecycle: Lifecycle
  /** What to answer what is not served with, where the fixture says so. */
  readonly unserved: UnservedStatus
  /** When it was last seen that the database can be written, in milliseconds since the epoch. */
  readonly health: number
}

export class PropertyRepository {
  readonly #get
  readonly #set
  readonly #clear
  readonly #known = new Map<string, unknown>()

  constructor(db: Database) {
    this.#get = db.prepare<[string], string>('SELECT value FROM world_property WHERE name = ?').pluck()
    this.#set = db.prepare<[string, string]>(
      'INSERT INTO world_property (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
    )
    this.#clear = db.prepare<[]>('DELETE FROM world_property')
  }

  /** Undefined while it is not set. */
  get<Name extends keyof Properties>(name: Name): Properties[Name] | undefined {
    if (!this.#known.has(name)) {
      const text = this.#get.get(name)
      this.#known.set(name, text === undefined ? undefined : readJson(text))
    }
    return this.#known.get(name) as Properties[Name] | undefined
  }

  set<Name extends keyof Properties>(name: Name, value: Properties[Name]): void {
    this.#set.run(name, JSON.stringify(value))
    this.#known.delete(name)
  }

  clear(): void {
    this.#clear.run()
    this.forget()
  }

  /** Drops what is kept in memory, which a transaction that failed may have left wrong. */
  forget(): void {
    this.#known.clear()
  }
}
