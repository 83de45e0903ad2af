import { Advisor, headerOf, sentHeader } from './advice.js'
import type { JournalEntry } from './entry.js'
import { type Exchange, type Journal, type Note, toJournalEntry } from './journal.js'

/** The nonce in a challenge, or in the answer to one. */
const nonceIn = /^digest .*\bnonce="?([^",\s]+)/i

/**
 * Tells the entries of a journal with what others have to say of them: which challenge they answer, and what their client
 * should do otherwise. It looks at the entries when somebody wants to know, and never while a request waits; what is
 * forgotten by then has no say.
 */
export class Teller {
  readonly #journal: Journal
  readonly #advisor = new Advisor()
  readonly #challenges = new Map<string, number>()
  /** By id, in their order; the most have none. */
  readonly #notes = new Map<number, Note>()
  /** The id of the first entry that has not been looked at. */
  #next = 1

  constructor(journal: Journal) {
    this.#journal = journal
  }

  tell(id: number, exchange: Exchange): JournalEntry {
    this.#catchUp()
    const note = this.#notes.get(id)
    if (!note) return toJournalEntry(id, exchange)
    const isKnown = (other: number | undefined) => other !== undefined && this.#journal.exchange(other) !== undefined
    return toJournalEntry(id, exchange, {
      ...note,
      challenge: isKnown(note.challenge) ? note.challenge : undefined,
      answers: isKnown(note.answers) ? note.answers : undefined,
    })
  }

  /** The id of the entry whose challenge the entry with this id answers. */
  challengeOf(id: number): number | undefined {
    this.#catchUp()
    return this.#notes.get(id)?.challenge
  }

  #catchUp(): void {
    const [first, end] = this.#journal.range
    if (this.#next === end) return
    forgetBefore(first, this.#notes.keys(), (id) => this.#notes.delete(id))
    for (const [nonce, id] of this.#challenges) {
      if (id >= first) break
      this.#challenges.delete(nonce)
    }
    for (let id = Math.max(first, this.#next); id < end; id += 1) {
      const exchange = this.#journal.exchange(id)
      if (exchange) this.#look(id, exchange)
    }
    this.#next = end
  }

  #look(id: number, exchange: Exchange): void {
    const advice = this.#advisor.adviseOn(exchange)
    const challenge = this.#challengeOf(exchange)
    if (challenge !== undefined) {
      const note = this.#notes.get(challenge)
      if (note && note.answers === undefined) this.#notes.set(challenge, { ...note, answers: id })
    }
    const [, issued] = exchange.status === 401 ? (nonceIn.exec(headerOf(exchange, 'www-authenticate')) ?? []) : []
    if (issued !== undefined) this.#challenges.set(issued, id)
    if (issued !== undefined || challenge !== undefined || advice.length > 0) this.#notes.set(id, { challenge, advice })
  }

  /** The id of the entry whose challenge a request answers. */
  #challengeOf(exchange: Exchange): number | undefined {
    const [, nonce] = nonceIn.exec(sentHeader(exchange, 'authorization')) ?? []
    return nonce === undefined ? undefined : this.#challenges.get(nonce)
  }
}

function forgetBefore(first: number, ids: Iterable<number>, forget: (id: number) => void): void {
  for (const id of ids) {
    if (id >= first) return
    forget(id)
  }
}
