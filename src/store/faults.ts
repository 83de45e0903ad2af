import type { Database } from './database.js'
import { readJson } from './json.js'

/** A fault that is armed, and how often it has been met. */
export interface FaultRecord<Rule = object> {
  readonly id: string
  readonly rule: Rule
  readonly matched: number
  readonly fired: number
}

interface Row {
  readonly id: string
  readonly rule: string
  readonly matched: number
  readonly fired: number
}

/** Armed faults, in the order in which they were armed. */
export class FaultRepository {
  readonly #all
  readonly #add
  readonly #count
  readonly #remove
  readonly #clear

  constructor(db: Database) {
    this.#all = db.prepare<[], Row>('SELECT id, rule, matched, fired FROM fault ORDER BY sequence')
    this.#add = db.prepare<[string, string, number, number]>(
      'INSERT INTO fault (id, rule, matched, fired) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.#count = db.prepare<[number, number, string]>('UPDATE fault SET matched = ?, fired = ? WHERE id = ?')
    this.#remove = db.prepare<[string]>('DELETE FROM fault WHERE id = ?')
    this.#clear = db.prepare<[]>('DELETE FROM fault')
  }

  all(): FaultRecord[] {
    return this.#all.all().map(({ rule, ...rest }) => ({ ...rest, rule: readJson(rule) }))
  }

  /** False when another fault has the id. */
  add({ id, rule, matched, fired }: FaultRecord): boolean {
    return this.#add.run(id, JSON.stringify(rule), matched, fired).changes === 1
  }

  /** Stores how often it has been met. */
  count(id: string, matched: number, fired: number): void {
    this.#count.run(matched, fired, id)
  }

  /** False when there is none. */
  remove(id: string): boolean {
    return this.#remove.run(id).changes === 1
  }

  clear(): void {
    this.#clear.run()
  }
}
