import type { Database } from './database.js'
import { readJson } from './json.js'

/** An answer of one's own, to requests that no operation takes. */
export interface ResponseRecord {
  readonly id: string
  readonly method: string
  /** Below the base path; `*` stands for any one segment. */
  readonly path: string
  /** `YYYY-MM-DD`; undefined for one that is the answer in every version. */
  readonly version?: string | undefined
  /** HTTP status. */
  readonly status: number
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Compact JSON, to give in turn; the last one stays. None for an answer without a body. */
  readonly bodies: readonly string[]
  /** The name of the token bucket to take from; undefined for none. */
  readonly bucket?: string | undefined
  /** Which of the bodies comes next, counted from 0. */
  readonly turn: number
}

interface Row {
  readonly id: string
  readonly answer: string
  readonly turn: number
}

/** Answers of one's own, in the order in which they were added. */
export class ResponseRepository {
  readonly #all
  readonly #add
  readonly #setTurn
  readonly #remove
  readonly #clear

  constructor(db: Database) {
    this.#all = db.prepare<[], Row>('SELECT id, answer, turn FROM response ORDER BY sequence')
    this.#add = db.prepare<[string, string, number]>(
      'INSERT INTO response (id, answer, turn) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.#setTurn = db.prepare<[number, string]>('UPDATE response SET turn = ? WHERE id = ?')
    this.#remove = db.prepare<[string]>('DELETE FROM response WHERE id = ?')
    this.#clear = db.prepare<[]>('DELETE FROM response')
  }

  all(): ResponseRecord[] {
    return this.#all
      .all()
      .map(({ id, answer, turn }) => ({ id, turn, ...readJson<Omit<ResponseRecord, 'id' | 'turn'>>(answer) }))
  }

  /** False when another one has the id. */
  add({ id, turn, ...answer }: ResponseRecord): boolean {
    return this.#add.run(id, JSON.stringify(answer), turn).changes === 1
  }

  /** Stores which of the bodies comes next. */
  setTurn(id: string, turn: number): void {
    this.#setTurn.run(turn, id)
  }

  /** False when there is none. */
  remove(id: string): boolean {
    return this.#remove.run(id).changes === 1
  }

  clear(): void {
    this.#clear.run()
  }
}
