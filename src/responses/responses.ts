import type { ResponseRecord, ResponseRepository } from '../store/responses.js'
import { fromRecord, haveSameVersion, placeOf, type ResponseEntry, type ResponseState, toRecord } from './response.js'

/** An answer of one's own, of which the bodies take turns. */
export type OwnResponse = Omit<ResponseRecord, 'turn'> & { turn: number }

/** The answers of one's own that there are. */
export class Responses {
  readonly #repository: ResponseRepository
  #all: readonly OwnResponse[] = []

  constructor(repository: ResponseRepository) {
    this.#repository = repository
    this.reload()
  }

  /** In the order in which they were added; the same array until one is added or removed. */
  get all(): readonly OwnResponse[] {
    return this.#all
  }

  /** The same as people write them. */
  list(): ResponseState[] {
    return this.#all.map(fromRecord)
  }

  has(id: string): boolean {
    return this.#all.some((response) => response.id === id)
  }

  /** The one that stands where an entry would stand. */
  inPlaceOf(entry: ResponseEntry): OwnResponse | undefined {
    const place = placeOf(entry)
    return this.#all.find((response) => placeOf(response) === place && haveSameVersion(response.version, entry.version))
  }

  /** Adds an entry without mistakes, whose place is free; false when another answer has the id. */
  add(id: string, entry: ResponseEntry): boolean {
    const record = toRecord(entry, id)
    if (!this.#repository.add(record)) return false
    this.#all = [...this.#all, record]
    return true
  }

  /** Removes those with these ids; returns how many there were. */
  remove(ids: readonly string[]): number {
    const removed = new Set(ids.filter((id) => this.#repository.remove(id)))
    this.#all = this.#all.filter(({ id }) => !removed.has(id))
    return removed.size
  }

  /** Takes what the repository holds. */
  reload(): void {
    this.#all = this.#repository.all()
  }

  /**
   * The body that is the answer's turn; undefined for none.
   * @param counts whether the next body is to come next
   */
  take(response: OwnResponse, counts: boolean): string | undefined {
    const { id, bodies, turn } = response
    if (counts && turn < bodies.length - 1) {
      this.#repository.setTurn(id, turn + 1)
      response.turn = turn + 1
    }
    return bodies[turn]
  }
}
