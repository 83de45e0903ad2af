import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'

/** Where an answer stands among those under way. */
const slot = Symbol('slot')

type Tracked = ServerResponse & { [slot]?: number | undefined }

interface UnderWay {
  readonly response: ServerResponse
  /** Undefined until the first hook has seen the request. */
  reply: FastifyReply | undefined
  /** Whether what is to be answered has been decided on, be it that its head is written later. */
  isDecided: boolean
}

/**
 * The answers that have not been sent yet. They stand in slots that are used again: a `Map` in which entries come and go
 * is copied time and again, and what an outgrown copy holds, which is whole requests, outlives every quick garbage
 * collection. That cost more than half of all garbage collection.
 */
export class AnswersUnderWay {
  readonly #slots: (UnderWay | undefined)[] = []
  readonly #free: number[] = []

  get size(): number {
    return this.#slots.length - this.#free.length
  }

  add(response: ServerResponse): void {
    const index = this.#free.pop() ?? this.#slots.length
    this.#slots[index] = { response, reply: undefined, isDecided: false }
    ;(response as Tracked)[slot] = index
  }

  /**
   * By what another answer can be given in the place of this one. Undefined where that is too late, where the answer is
   * not under way, and where no hook has seen its request.
   */
  refusable(response: ServerResponse): FastifyReply | undefined {
    const found = this.#find(response)
    return found?.isDecided || response.headersSent ? undefined : found?.reply
  }

  /** Does nothing for an answer that is not under way: the request may be injected, and has no connection then. */
  setReply(reply: FastifyReply): void {
    const found = this.#find(reply.raw)
    if (found) found.reply = reply
  }

  /** What is sent from now on is sent to its end. Does nothing for an answer that is not under way. */
  setDecided(response: ServerResponse): void {
    const found = this.#find(response)
    if (found) found.isDecided = true
  }

  /** Does nothing for an answer that is not under way. */
  remove(response: Tracked): void {
    const index = response[slot]
    if (index === undefined) return
    this.#slots[index] = undefined
    this.#free.push(index)
    response[slot] = undefined
  }

  *[Symbol.iterator](): Generator<UnderWay> {
    for (const answer of this.#slots) if (answer) yield answer
  }

  #find(response: Tracked): UnderWay | undefined {
    const index = response[slot]
    return index === undefined ? undefined : this.#slots[index]
  }
}
