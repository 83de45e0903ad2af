import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import { type RefusalReason, RefusedRequest } from './refused.js'

/** Where an answer stands among those under way. */
const slot = Symbol('slot')

type Tracked = ServerResponse & { [slot]?: number | undefined }

interface UnderWay {
  readonly response: ServerResponse
  /** Undefined until somebody has begun to answer. */
  reply: FastifyReply | undefined
  /** Why the request is refused, be it before somebody had. */
  refusal: RefusalReason | undefined
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
  #isStopping = false

  get size(): number {
    return this.#slots.length - this.#free.length
  }

  /** Whether requests that come from now on are refused. */
  get isStopping(): boolean {
    return this.#isStopping
  }

  /** Has those requests refused that come from now on. */
  stop(): void {
    this.#isStopping = true
  }

  add(response: ServerResponse): void {
    const index = this.#free.pop() ?? this.#slots.length
    this.#slots[index] = {
      response,
      reply: undefined,
      refusal: this.#isStopping ? 'stopping' : undefined,
      isDecided: false,
    }
    ;(response as Tracked)[slot] = index
  }

  /**
   * Has the request answered with a refusal in the place of what it would be answered with: now, or as soon as somebody
   * begins to answer. Whatever else was still to be done for the request is not.
   * @returns false where that is too late, and where the answer is not under way
   */
  refuse(response: ServerResponse, reason: RefusalReason): boolean {
    const found = this.#find(response)
    if (!found || found.isDecided || response.headersSent) return false
    found.refusal = reason
    found.reply?.send(new RefusedRequest(reason))
    found.reply?.hijack()
    return true
  }

  /**
   * Notes who answers.
   * @returns false where the answer is not under way: the request may be injected, and has no connection then
   * @throws {RefusedRequest} where the request is refused
   */
  begin(reply: FastifyReply): boolean {
    const found = this.#find(reply.raw)
    if (!found) return false
    found.reply = reply
    if (found.refusal) throw new RefusedRequest(found.refusal)
    return true
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
