import http from 'node:http'
import https from 'node:https'
import { gunzipSync } from 'node:zlib'
import { after } from '../../values/timers.js'

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly method: string
  /** Path and query, as they are sent. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer | undefined
}

/** An answer as it came. */
export interface WireAnswer {
  readonly status: number
  /** In the order in which they came, names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** As it was sent, compressed or not. */
  readonly body: Buffer
}

/** Why there is no answer. */
export type Silence =
  | 'no connection'
  | 'certificate not trusted'
  | 'no HTTP'
  | 'timeout'
  | 'broken off'
  | 'too large'
  | 'stopped'

/** Nothing was learnt from the target: it was not asked, or did not answer. Any other error is the program's own. */
export class Unmeasured extends Error {}

/** There is no answer. What Node says about it is not kept: it may name addresses. */
export class Unanswered extends Unmeasured {
  constructor(readonly why: Silence) {
    super(`No answer: ${why}`)
  }
}

/** A longer answer is not read to its end, in bytes. */
const longestAnswer = 8 * 1024 * 1024

const reasons: readonly (readonly [RegExp, Silence])[] = [
  [/^(?:ECONNREFUSED|ENOTFOUND|EAI_|EHOSTUNREACH|ENETUNREACH|EADDR|ETIMEDOUT)/, 'no connection'],
  [/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS/, 'certificate not trusted'],
  [/^(?:HPE_|EPROTO|ERR_SSL)/, 'no HTTP'],
]

/** Why a request failed, by Node's code. */
export function silenceOf(code: string): Silence {
  return reasons.find(([pattern]) => pattern.test(code))?.[1] ?? 'broken off'
}

/** Connections to one server. Redirections are answers like any other: nothing is ever sent elsewhere. */
export class Connection {
  readonly #base: URL
  readonly #agent: http.Agent
  readonly #request: typeof http.request

  constructor(base: URL) {
    const protocol = base.protocol === 'https:' ? https : http
    this.#base = base
    this.#agent = new protocol.Agent({ keepAlive: true, maxSockets: 1 })
    this.#request = protocol.request
  }

  /**
   * Sends a request and reads the answer.
   * @param timeout milliseconds until the answer must have come whole
   * @throws {Unanswered}
   */
  exchange({ method, target, headers, body }: WireRequest, timeout: number, stop: AbortSignal): Promise<WireAnswer> {
    return new Promise((resolve, reject) => {
      const fail = (why: Silence) => {
        settle()
        sent.destroy()
        reject(new Unanswered(why))
      }
      const onStop = () => fail('stopped')
      const callOff = after(timeout, () => fail('timeout'))
      const settle = () => {
        callOff()
        stop.removeEventListener('abort', onStop)
      }
      const failure = (error: NodeJS.ErrnoException) => fail(silenceOf(String(error.code)))
      const sent = this.#request(
        { ...where(this.#base), method, path: target, agent: this.#agent, headers: { ...headers } },
        (response) => {
          const chunks: Buffer[] = []
          let size = 0
          response.on('error', failure)
          response.on('data', (chunk: Buffer) => {
            chunks.push(chunk)
            size += chunk.length
            if (size > longestAnswer) fail('too large')
          })
          response.on('end', () => {
            settle()
            resolve({
              status: response.statusCode as number,
              headers: pairs(response.rawHeaders),
              body: Buffer.concat(chunks),
            })
          })
        },
      )
      sent.on('error', failure)
      // Nobody has asked for another protocol.
      sent.on('upgrade', () => fail('no HTTP'))
      stop.addEventListener('abort', onStop)
      sent.end(body)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

function where({ hostname, port }: URL): { host: string; port?: string } {
  return { host: hostname.replace(/^\[|\]$/g, ''), ...(port !== '' && { port }) }
}

function pairs(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), raw[i + 1] as string] as [string, string]] : []))
}

/** The value of a header; undefined when there is none. */
export function headerOf({ headers }: WireAnswer, name: string): string | undefined {
  return headers.find(([given]) => given === name)?.[1]
}

/** The body as text; undefined when it cannot be decompressed to a size that is reasonable. */
export function textOf(answer: WireAnswer): string | undefined {
  if (headerOf(answer, 'content-encoding') !== 'gzip' || answer.body.length === 0) return answer.body.toString('utf8')
  try {
    return gunzipSync(answer.body, { maxOutputLength: longestAnswer }).toString('utf8')
  } catch {
    return undefined
  }
}

/** The body parsed; undefined when it is no JSON. */
export function jsonOf(answer: WireAnswer): unknown {
  try {
    return JSON.parse(String(textOf(answer)))
  } catch {
    return undefined
  }
}
