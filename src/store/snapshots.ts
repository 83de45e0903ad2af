import type { Database } from './database.js'

export interface SnapshotSummary {
  readonly name: string
  /** Milliseconds since the epoch, by the clock of then. */
  readonly takenAt: number
}

export interface Snapshot extends SnapshotSummary {
  /** A fixture, secrets included, as JSON. */
  readonly state: string
}

/** Worlds that were kept under a name. */
export class SnapshotRepository {
  readonly #all
  readonly #find
  readonly #put
  readonly #remove

  constructor(db: Database) {
    this.#all = db.prepare<[], SnapshotSummary>('SELECT name, taken_at AS takenAt FROM snapshot ORDER BY name')
    this.#find = db.prepare<[string], Snapshot>('SELECT name, taken_at AS takenAt, state FROM snapshot WHERE name = ?')
    this.#put = db.prepare<[string, number, string]>(
      `INSERT INTO snapshot (name, taken_at, state) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET taken_at = excluded.taken_at, state = excluded.state`,
    )
    this.#remove = db.prepare<[string]>('DELETE FROM snapshot WHERE name = ?')
  }

  /** By name. */
  all(): SnapshotSummary[] {
    return this.#all.all()
  }

  find(name: string): Snapshot | undefined {
    return this.#find.get(name)
  }

  put({ name, takenAt, state }: Snapshot): void {
    this.#put.run(name, takenAt, state)
  }

  /** False when there is none. */
  remove(name: string): boolean {
    return this.#remove.run(name).changes === 1
  }
}
