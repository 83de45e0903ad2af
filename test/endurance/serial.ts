/** One operation of one client, as seen from outside; `sent` and `answered` count on one clock. */
export interface Operation<State> {
  /** Who asked: a client's next operation is sent once the one before is answered. */
  readonly client: number
  readonly sent: number
  readonly answered: number
  /** Whether, given its answer, it has changed nothing, whenever it was done; it may tell more of the state. */
  readonly isRead: boolean
  /** Whether what a read has told of `before`, which made it `after`, might be true of a later state instead. */
  readonly misleads: (before: State, after: State) => boolean
  /** Operations of one queue are likely, though by no means certain, to have been done as they were sent. */
  readonly queue: string
  /** The part of the state that it changes, where only operations that say so change that part. */
  readonly part?: string | undefined
  /**
   * Whether neither `state` nor what can become of it explains the answer, as far as that is easily told. `isToCome`
   * tells it of another operation of the history.
   */
  readonly isLost: (state: State, isToCome: (other: Operation<State>) => boolean) => boolean
  /**
   * Whether `part` may stay as it is in `state` until this is done, by what the answer tells of it. `isLeft` tells what
   * will not stay. Undefined where the answer tells of too little.
   */
  readonly mayStay?: ((state: State, part: string, isLeft: (part: string) => boolean) => boolean) | undefined
  /** What `state` becomes, the same object when nothing changes; undefined when its answer would have been another. */
  readonly after: (state: State) => State | undefined
}

export interface Question<O, State> {
  readonly history: readonly O[]
  readonly start: State
  /** Tells states apart. */
  readonly identify: (state: State) => string
  /** After how many steps to give up. */
  readonly mostSteps: number
}

export interface SerialOrder<O, State> {
  /** All operations, or the longest beginning that could be explained. */
  readonly order: readonly O[]
  /** What they lead to. */
  readonly end: State
  /** Those that might come next, and that `end` does not explain; empty when all is explained. */
  readonly unexplained: readonly O[]
  /** How often an operation was tried. */
  readonly steps: number
  /** Whether every order has been tried, or one found: otherwise it was given up. */
  readonly isExhaustive: boolean
}

/** How many of its queue that were sent later may come before an operation: few at first, since that is likely. */
const patiences = [0, 1, 2, 4, Number.POSITIVE_INFINITY]
/** Steps of the first attempts; later ones take more. Most orders are found at once, or not for long: better to start anew. */
const fewSteps = 2000

/**
 * Looks for one order of all operations in which each answer is right, and in which what was answered before another was
 * sent comes before it: a depth-first search that remembers from where there is no way (Wing and Gong 1993, Lowe 2017).
 * A read is put wherever it is explained first, since it can be in nobody's way there, unless it misleads. Of the others, those that were
 * sent first are tried first; after a while the search starts anew, with that order shaken.
 */
export function serialOrder<State, O extends Operation<State>>(question: Question<O, State>): SerialOrder<O, State> {
  const search = new Search(question)
  let outcome: Outcome = 'given up'
  for (let attempt = 0; outcome === 'given up' && search.steps < question.mostSteps; ) {
    for (const patience of patiences) {
      if (outcome !== 'given up') break
      const steps = Math.min(fewSteps * (1 + attempt / 4), question.mostSteps - search.steps)
      outcome = search.attempt(patience, attempt, steps)
      if (outcome === 'none' && patience !== Number.POSITIVE_INFINITY) outcome = 'given up'
    }
    attempt += 1
  }
  return { ...search.furthest, steps: search.steps, isExhaustive: outcome !== 'given up' }
}

type Outcome = 'found' | 'none' | 'given up'

class GivenUp extends Error {}

class Search<State, O extends Operation<State>> {
  steps = 0
  furthest: Pick<SerialOrder<O, State>, 'order' | 'end' | 'unexplained'>
  readonly #question: Question<O, State>
  /** By client, in the order in which they were sent. */
  readonly #lanes: readonly (readonly O[])[]
  /** How many of each have been taken. */
  readonly #done: number[]
  /** How many operations are still to change a part. */
  readonly #left = new Map<string, number>()
  /** What has been taken, and from which lane. */
  readonly #taken: { readonly lane: number; readonly operation: O }[] = []
  readonly #isTaken = new Set<Operation<State>>()
  /** Those that tell what a part may stay as, by lane and place in it. */
  readonly #witnesses: readonly { readonly lane: number; readonly place: number; readonly operation: O }[]
  #deadEnds = new Set<string>()
  #guesses = new Map<O, number>()
  #patience = 0
  #limit = 0
  #seed = 1

  constructor(question: Question<O, State>) {
    const { history, start } = question
    this.#question = question
    this.#lanes = [...new Set(history.map(({ client }) => client))].map((client) =>
      history.filter((operation) => operation.client === client).sort((a, b) => a.sent - b.sent),
    )
    this.#done = this.#lanes.map(() => 0)
    this.#witnesses = this.#lanes.flatMap((operations, lane) =>
      operations.flatMap((operation, place) => (operation.mayStay ? [{ lane, place, operation }] : [])),
    )
    for (const { part } of history) if (part !== undefined) this.#left.set(part, (this.#left.get(part) ?? 0) + 1)
    this.furthest = { order: [], end: start, unexplained: history }
  }

  /**
   * Looks for an order, which is `furthest` when it is found.
   * @param patience how many of its queue that were sent later may come before an operation
   * @param number the attempt's, from 0: each starts from another guess at when the operations were done
   */
  attempt(patience: number, number: number, steps: number): Outcome {
    this.#patience = patience
    this.#deadEnds = new Set()
    this.#limit = this.steps + steps
    // Close to when they were sent, as a rule; or to their answers; or in between; and more and more at random.
    const weight = [0, 1, 0.5][number % 3] as number
    this.#guesses = new Map(
      this.#question.history.map((operation) => {
        const { sent, answered } = operation
        return [operation, sent + weight * (answered - sent) + 2 * number * this.#random()]
      }),
    )
    try {
      return this.#goOn(this.#question.start) ? 'found' : 'none'
    } catch (error) {
      if (!(error instanceof GivenUp)) throw error
      this.#undoTo(0)
      return 'given up'
    }
  }

  readonly #isToCome = (operation: Operation<State>) => !this.#isTaken.has(operation)

  readonly #isLeft = (part: string) => (this.#left.get(part) ?? 0) > 0

  /** From 0 up to 1, the same numbers for each search. */
  #random(): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0
    return this.#seed / 2 ** 32
  }

  /** When it was done, in order of which operations are tried. */
  #guess(operation: O): number {
    return this.#guesses.get(operation) as number
  }

  #goOn(before: State): boolean {
    const { length } = this.#taken
    const { open, state, changes } = this.#takeReads(before)
    if (this.#taken.length > this.furthest.order.length) {
      this.furthest = {
        order: this.#taken.map(({ operation }) => operation),
        end: state,
        unexplained: open.map((lane) => this.#next(lane) as O),
      }
    }
    if (open.length === 0) return true
    const place = `${this.#done.join()} ${this.#question.identify(state)}`
    if (!this.#deadEnds.has(place) && !this.#lanes.some((_, lane) => this.#next(lane)?.isLost(state, this.#isToCome))) {
      for (const lane of this.#allowed(changes)) {
        const next = this.#try(lane, state)
        if (next === undefined) continue
        const { length } = this.#taken
        this.#take(lane)
        if (this.#mayStay(next) && this.#goOn(next)) return true
        this.#undoTo(length)
      }
      this.#deadEnds.add(place)
    }
    this.#undoTo(length)
    return false
  }

  /** Of the lanes with a change, those that may go on before the first of their queue has been overtaken too often. */
  #allowed(changes: readonly number[]): readonly number[] {
    const only = new Map<string, number | undefined>()
    for (const lane of changes) {
      const first = this.#next(lane) as O
      const { queue } = first
      if (only.has(queue)) continue
      const overtaking = this.#taken.filter(
        ({ operation }) =>
          !operation.isRead && operation.queue === queue && this.#guess(operation) > this.#guess(first),
      )
      only.set(queue, overtaking.length < this.#patience ? undefined : lane)
    }
    return changes.filter((lane) => {
      const one = only.get((this.#next(lane) as O).queue)
      return one === undefined || one === lane
    })
  }

  /** Whether what was taken last may have left its part so, when it was the last to change it: by all that see it later. */
  #mayStay(state: State): boolean {
    const part = this.#taken.at(-1)?.operation.part
    if (part === undefined || this.#isLeft(part)) return true
    return this.#witnesses.every(
      ({ lane, place, operation }) =>
        place < (this.#done[lane] as number) || operation.mayStay?.(state, part, this.#isLeft) !== false,
    )
  }

  /**
   * Takes the reads that `before` explains.
   * @returns the lanes that are open then, those of them with a change or a read that misleads, and what the reads have
   * told of the state
   */
  #takeReads(before: State): { open: number[]; changes: number[]; state: State } {
    let state = before
    for (;;) {
      const open = this.#open()
      const changes: number[] = []
      const { length } = this.#taken
      for (const lane of open) {
        const operation = this.#next(lane) as O
        const after = operation.isRead ? this.#try(lane, state) : state
        if (after === undefined) continue
        if (!operation.isRead || operation.misleads(state, after)) {
          changes.push(lane)
          continue
        }
        this.#take(lane)
        state = after
      }
      if (this.#taken.length === length) return { open, changes, state }
    }
  }

  #try(lane: number, state: State): State | undefined {
    this.steps += 1
    if (this.steps > this.#limit) throw new GivenUp()
    return this.#next(lane)?.after(state)
  }

  #next(lane: number): O | undefined {
    return this.#lanes[lane]?.[this.#done[lane] as number]
  }

  /** The lanes whose next operation may come now: it was sent before any other was answered. */
  #open(): number[] {
    const next = this.#lanes.flatMap((_, lane) => {
      const operation = this.#next(lane)
      return operation ? [{ lane, operation }] : []
    })
    const until = Math.min(...next.map(({ operation }) => operation.answered))
    return next
      .filter(({ operation }) => operation.sent <= until)
      .sort((a, b) => this.#guess(a.operation) - this.#guess(b.operation))
      .map(({ lane }) => lane)
  }

  #take(lane: number): void {
    const operation = this.#next(lane) as O
    this.#taken.push({ lane, operation })
    this.#isTaken.add(operation)
    this.#count(lane, operation, 1)
  }

  #undoTo(length: number): void {
    for (const { lane, operation } of this.#taken.splice(length)) {
      this.#isTaken.delete(operation)
      this.#count(lane, operation, -1)
    }
  }

  #count(lane: number, { part }: O, by: 1 | -1): void {
    this.#done[lane] = (this.#done[lane] as number) + by
    if (part !== undefined) this.#left.set(part, (this.#left.get(part) as number) - by)
  }
}
