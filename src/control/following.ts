import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ControlError, controlHeaders } from './problems.js'

/** How many may follow one stream at once. */
export const mostFollowers = 100

/** What a stream of server-sent events answers. */
export const EventStream = Type.String({ contentMediaType: 'text/event-stream' })

/** Somebody who follows. */
export interface Follower {
  /** Whether more can be written without being kept for the client. */
  readonly isReady: boolean
  write(text: string): void
}

/** What a stream needs of those who follow it. */
export interface Following {
  /** What is written first. */
  readonly hello: string
  /** Tells as much as the follower takes; called at the start, and each time that more can be written. */
  readonly tell: () => void
  /** Called once, when the follower is gone. */
  readonly leave: () => void
}

/** The clients that follow one stream of server-sent events; WHATWG HTML, 9.2. */
export class Followers {
  /** Their answers, with what ends them. */
  readonly #open = new Map<ServerResponse, () => void>()

  constructor(app: FastifyInstance) {
    app.addHook('preClose', (done) => {
      for (const end of this.#open.values()) end()
      done()
    })
  }

  /**
   * Answers a request with a stream.
   * @param join called with the follower, once nothing is wrong with its request
   * @throws {ControlError} when there are too many already
   */
  async answer(
    request: FastifyRequest,
    reply: FastifyReply,
    join: (follower: Follower) => Following | Promise<Following>,
  ): Promise<FastifyReply | undefined> {
    if (request.method === 'HEAD') return reply.type('text/event-stream').send(Readable.from([]))
    if (this.#open.size >= mostFollowers) throw new ControlError(409, `${mostFollowers} follow already.`)
    const { raw } = reply
    const { hello, tell, leave } = await join({
      get isReady() {
        return !raw.writableNeedDrain
      },
      write: (text) => void raw.write(text),
    })
    reply.hijack()
    if (raw.closed) {
      leave()
      return undefined
    }
    raw.writeHead(200, { ...controlHeaders, 'content-type': 'text/event-stream' })
    raw.write(hello)
    const stop = () => {
      if (!this.#open.delete(raw)) return
      leave()
      raw.off('drain', tell)
    }
    const finish = () => {
      stop()
      raw.end()
    }
    this.#open.set(raw, finish)
    raw.req.socket.once('end', finish)
    raw.on('drain', tell)
    raw.on('error', stop)
    raw.on('close', stop)
    tell()
    // A client may have ended its side before anybody has begun to answer.
    if (raw.req.socket.readableEnded) finish()
    return undefined
  }

  /** Writes a comment to everybody, so that no proxy takes the connection for a dead one. */
  keepAlive(): void {
    for (const raw of this.#open.keys()) if (!raw.writableNeedDrain) raw.write(': keep-alive\n\n')
  }
}

/** The id of the last event that a client has seen before it came back; undefined for none. */
export function lastEventId({ headers }: FastifyRequest): number | undefined {
  const [id] = /^[0-9]{1,15}$/.exec(headers['last-event-id']?.toString() ?? '') ?? []
  return id === undefined ? undefined : Number(id)
}
