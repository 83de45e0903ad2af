import { real } from '../values/timers.js'
import { maxHeaderSize } from './limits.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Where it is said what is refused below the routes. */
    refusalLog: RefusalLog
  }
}

/** What is refused before there is a request that could be logged; each with what to do about it. */
const advice = {
  malformed: 'What a client sent is refused (400): it is not HTTP/1.1 as RFC 9112 has it',
  'timed-out':
    'A request is refused (408): it has not come whole in time, which --header-timeout and --request-timeout set',
  'headers-too-large': `A request is refused (431): its request line and headers are larger than ${maxHeaderSize} bytes; send fewer or shorter ones`,
  'http-on-tls':
    'A client speaks plain HTTP to this port, and is cut off: the port speaks TLS, so URLs begin with https://',
  'tls-on-http':
    'A client speaks TLS to this port, and is refused: the port speaks plain HTTP, so URLs begin with http://; --tls-cert and --tls-key have the emulator speak TLS',
  handshake:
    'A TLS handshake failed: clients have to speak TLS 1.2 or later, and to trust the certificate that --tls-cert names',
  'tiny-chunks':
    'A request is refused (400): its body comes in thousands of chunks of few bytes each, which costs everybody time; send larger ones',
  'too-many-connections':
    'A connection is closed as it comes, since there are as many already as --max-connections allows',
} as const

export type Incident = keyof typeof advice

/** The shortest time between two lines about the same kind of incident, in milliseconds. */
const interval = 1000

/** Says in the log what is refused below the routes, at most once a second for each kind. */
export class RefusalLog {
  readonly #write: (details: object, text: string) => void
  readonly #now: () => number
  readonly #written = new Map<Incident, number>()

  /** @param now milliseconds since any moment */
  constructor(write: (details: object, text: string) => void, now: () => number = real.elapsed) {
    this.#write = write
    this.#now = now
  }

  /** @param code of the error that Node has for the incident, if there is one */
  note(incident: Incident, code?: string): void {
    const now = this.#now()
    if (now - (this.#written.get(incident) ?? Number.NEGATIVE_INFINITY) < interval) return
    this.#written.set(incident, now)
    this.#write(code === undefined ? {} : { code }, advice[incident])
  }
}
