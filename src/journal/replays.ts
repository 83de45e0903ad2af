import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'

/** A request of the journal that is sent once more. */
export interface Replay {
  /** The id of the entry. */
  readonly of: number
  /** As whom it is sent; undefined for nobody. */
  readonly credential: FastifyRequest['credential']
  /** Told the id of the entry that it leads to. */
  readonly onRecorded: (id: number) => void
}

/** Marks a request of this process as a replay. Its value is known to no client. */
export const replayHeader = 'x-emulator-replay'

/** The replays on their way from the control API to the Atlas API. */
export class Replays {
  readonly #underWay = new Map<string, Replay>()

  /** @returns what the request has to carry as `replayHeader` */
  begin(replay: Replay): string {
    const ticket = randomUUID()
    this.#underWay.set(ticket, replay)
    return ticket
  }

  /** The replay that a request is, once; while there are none, this costs the look at a number. */
  take(request: IncomingMessage): Replay | undefined {
    if (this.#underWay.size === 0) return undefined
    const ticket = request.headers[replayHeader]
    const replay = this.#underWay.get(String(ticket))
    if (!replay) return undefined
    this.#underWay.delete(String(ticket))
    delete request.headers[replayHeader]
    const place = request.rawHeaders.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === replayHeader)
    request.rawHeaders.splice(place, 2)
    return replay
  }
}
