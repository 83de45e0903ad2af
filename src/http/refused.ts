import { STATUS_CODES } from 'node:http'

const statuses = {
  malformed: 400,
  'timed-out': 408,
  'expectation-failed': 417,
  'headers-too-large': 431,
  stopping: 503,
} as const

export type RefusalReason = keyof typeof statuses

/**
 * A request that is refused for how it came, whatever it asks for: the one kind of error of this room. The answer to it
 * is the last on its connection.
 */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest'
  readonly status: number
  /** What every answer to such a request carries. */
  readonly headers: Readonly<Record<string, string>> = { connection: 'close' }

  constructor(readonly reason: RefusalReason) {
    const status = statuses[reason]
    super(reason === 'malformed' ? 'Malformed request.' : `${STATUS_CODES[status]}.`)
    this.status = status
  }
}

/** An answer, ready to be written. */
export interface RenderedAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * Turns a refusal into the answer to a request with this method and target, in the form of the API that the target
 * belongs to. Both are empty when the request could not be read that far.
 */
export type RenderRefusal = (error: RefusedRequest, method: string, url: string) => RenderedAnswer
