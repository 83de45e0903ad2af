/** The one way by which a run speaks to a server. */
import { randomBytes } from 'node:crypto'
import { digestResponse } from '../../atlas/auth/digest.js'
import { isRecord } from '../../values/record.js'
import { type Identity, objection, type Permit } from './guard.js'
import type { Secrets } from './redaction.js'
import { Connection, headerOf, jsonOf, Unmeasured, type WireAnswer } from './transport.js'

/** An API key, or a service account. */
export type Credentials =
  | { readonly publicKey: string; readonly privateKey: string }
  | { readonly clientId: string; readonly clientSecret: string }

export const isKey = (credentials: Credentials): credentials is Extract<Credentials, { publicKey: string }> =>
  'publicKey' in credentials

/** A request before it is authorized. */
export interface Outgoing {
  readonly method: string
  readonly target: string
  readonly identity: Identity
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer | undefined
}

/** The guard has refused a request: it was not sent. */
export class NotSent extends Unmeasured {}

/** The run sends no more: its budget or its time is spent, or the server does not want to be asked. */
export class Ended extends Unmeasured {}

/** Where time comes from, and how a run waits. */
export interface Time {
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves after so many milliseconds, or at once when `stop` is aborted. */
  wait(milliseconds: number, stop: AbortSignal): Promise<void>
}

export interface SenderOptions {
  readonly base: URL
  readonly credentials: Credentials
  /** What must not be told gets into it: tokens, for one. */
  readonly secrets: Secrets
  readonly time: Time
  readonly stop: AbortSignal
  /** How many requests there may be, whatever for. */
  readonly budget: number
  /** Least time between two requests, in milliseconds. */
  readonly pace: number
  /** When the run must have ended; milliseconds since the epoch. */
  readonly until: number
  /** How long one answer may take, in milliseconds. */
  readonly patience: number
}

/** What the next request may do; the guard asks each time. */
export type Permits = () => Permit

/** Two failures of the server's, or of the way to it, end a run. */
const mostFailures = 2
/** A server that wants more time than this is not waited for, in milliseconds. */
const longestWait = 120_000

export class Sender {
  readonly #options: SenderOptions
  readonly #permits: Permits | undefined
  readonly #connection: Connection
  #stop: AbortSignal
  #until: number
  #budget: number
  #sent = 0
  #lastAt = Number.NEGATIVE_INFINITY
  #failures = 0
  #hasWaited = false
  #ended: string | undefined
  #nonce: { readonly realm: string; readonly nonce: string; count: number } | undefined
  readonly #tokens: string[] = []

  /** @param permits undefined for a server that nothing must be kept from: the emulator's own */
  constructor(options: SenderOptions, permits: Permits | undefined) {
    this.#options = options
    this.#permits = permits
    this.#connection = new Connection(options.base)
    this.#stop = options.stop
    this.#until = options.until
    this.#budget = options.budget
  }

  /** How many requests went out. */
  get sent(): number {
    return this.#sent
  }

  /** Why the run sends no more; undefined while it does. */
  get ended(): string | undefined {
    return this.#ended
  }

  /** From now on requests are sent in spite of what has ended the run, until then: what it has made must go. */
  cleanUp(until: number, budget: number): void {
    this.#ended = undefined
    this.#stop = new AbortController().signal
    this.#until = until
    this.#budget = this.#sent + budget
    this.#failures = Number.NEGATIVE_INFINITY
  }

  /**
   * Sends a request with the credentials that it is to have.
   * @throws {NotSent} when the guard refuses it
   * @throws {Ended} when the run sends no more
   * @throws {Unanswered}
   */
  async send(request: Outgoing): Promise<WireAnswer> {
    const first = await this.#dispatch(request, await this.#authorization(request))
    if (request.target.startsWith('/api/oauth/token')) this.#adopt(first)
    const { credentials } = this.#options
    const challenge = headerOf(first, 'www-authenticate') ?? ''
    const isAsked = (isKey(credentials) ? /^digest\s/i : /^bearer\s/i).test(challenge)
    if (request.identity !== 'own' || first.status !== 401 || !isAsked) return first
    // The nonce may have run out, and so may the token: one more try with a new one.
    if (isKey(credentials)) this.#take(challenge)
    else this.#tokens.length = 0
    return this.#dispatch(request, await this.#authorization(request))
  }

  /** Gives back the token, if there is one. Whatever the answer: it ends by itself within the hour. */
  async signOff(): Promise<void> {
    const { credentials } = this.#options
    if (isKey(credentials)) return
    for (const token of this.#tokens.splice(0)) {
      await this.#dispatch(
        {
          method: 'POST',
          target: '/api/oauth/revoke',
          identity: 'own',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: Buffer.from(new URLSearchParams({ token, token_type_hint: 'access_token' }).toString()),
        },
        basic(credentials),
      ).catch(() => {})
    }
  }

  close(): void {
    this.#connection.close()
  }

  /** The value of `Authorization` for a request of the run's own, and for one of nobody's. */
  async #authorization({ method, target, identity, headers }: Outgoing): Promise<string | undefined> {
    const { credentials } = this.#options
    if (identity === 'none' || 'authorization' in headers) return undefined
    if (identity === 'made up') return this.#digest(method, target, 'nosuchky', '00000000-0000-4000-8000-00000000dead')
    if (target.startsWith('/api/oauth/')) {
      if (isKey(credentials)) throw new NotSent('an API key has no tokens')
      return basic(credentials)
    }
    if (isKey(credentials)) return this.#digest(method, target, credentials.publicKey, credentials.privateKey)
    const known = this.#tokens.at(-1)
    if (known !== undefined) return `Bearer ${known}`
    const answer = await this.#dispatch(tokenRequest, basic(credentials))
    const token = this.#adopt(answer)
    if (token === undefined) throw new Ended(`there is no token: the token endpoint answered ${answer.status}`)
    return `Bearer ${token}`
  }

  /** Keeps the token of an answer, to use it, to give it back and never to tell it. */
  #adopt(answer: WireAnswer): string | undefined {
    const body = jsonOf(answer)
    const token = isRecord(body) ? body.access_token : undefined
    if (answer.status !== 200 || typeof token !== 'string' || !/^[!-~]+$/.test(token)) return undefined
    this.#options.secrets.add(token)
    this.#tokens.push(token)
    return token
  }

  /** RFC 7616, 3.4, over a nonce that is used again while it is good. */
  async #digest(method: string, uri: string, username: string, secret: string): Promise<string> {
    if (this.#nonce === undefined) {
      const asked = { method: 'GET', target: '/api/atlas/v2/groups', identity: 'none', headers: {} } as const
      const answer = await this.#dispatch(asked, undefined)
      this.#take(headerOf(answer, 'www-authenticate') ?? '')
    }
    const held = this.#nonce as unknown as { realm: string; nonce: string; count: number }
    held.count += 1
    const nc = held.count.toString(16).padStart(8, '0')
    const cnonce = randomBytes(8).toString('hex')
    const parameters = { username, realm: held.realm, nonce: held.nonce, uri, qop: 'auth', nc, cnonce }
    const response = digestResponse(parameters, secret, method)
    const quoted = Object.entries({ username, realm: held.realm, nonce: held.nonce, uri, response, cnonce })
    return `Digest ${quoted.map(([name, value]) => `${name}="${value}"`).join(', ')}, algorithm=MD5, qop=auth, nc=${nc}`
  }

  /** Takes up a challenge. @throws {Ended} for one that is no Digest with MD5 and `qop=auth` */
  #take(challenge: string): void {
    const [, realm] = /\brealm="([^"\\]*)"/.exec(challenge) ?? []
    const [, nonce] = /\bnonce="([^"\\]*)"/.exec(challenge) ?? []
    const isKnown = /^digest\s/i.test(challenge) && !/\balgorithm="?(?!md5"?\s*(?:,|$))/i.test(challenge)
    if (realm === undefined || nonce === undefined || !isKnown || !/\bqop="?[^"]*\bauth\b/i.test(challenge)) {
      throw new Ended('the server answers with no challenge of HTTP Digest that an API key can meet')
    }
    this.#nonce = { realm, nonce, count: 0 }
  }

  /** The one function that sends. Guard, budget, pace and the ends of a run are here, for every request alike. */
  async #dispatch(request: Outgoing, authorization: string | undefined): Promise<WireAnswer> {
    const { method, target, identity, headers, body } = request
    const { pace, time, patience } = this.#options
    if (this.#permits) {
      const refusal = objection({ method, target, identity, bodySize: body?.length ?? 0 }, this.#permits())
      if (refusal !== undefined) throw new NotSent(refusal)
    }
    await time.wait(Math.max(0, this.#lastAt + pace - time.now()), this.#stop)
    this.#goOn()
    this.#sent += 1
    this.#lastAt = time.now()
    let answer: WireAnswer
    try {
      answer = await this.#connection.exchange(
        {
          method,
          target,
          headers: {
            ...headers,
            ...(authorization !== undefined && { authorization }),
            ...(body && { 'content-length': String(body.length) }),
          },
          body,
        },
        Math.max(1, Math.min(patience, this.#until - time.now())),
        this.#stop,
      )
    } catch (error) {
      this.#fail((error as Error).message)
      throw error
    }
    if (answer.status === 429) this.#end('the server answered 429: it does not want to be asked more')
    if (answer.status >= 500) {
      const retryAfter = headerOf(answer, 'retry-after') ?? ''
      const seconds = answer.status === 503 && /^\d{1,3}$/.test(retryAfter) ? Number(retryAfter) : undefined
      this.#fail(`the server answered ${answer.status}`)
      if (seconds !== undefined && seconds * 1000 <= longestWait && !this.#hasWaited && isRepeatable(method)) {
        this.#hasWaited = true
        await time.wait(seconds * 1000, this.#stop)
        return this.#dispatch(request, identity === 'own' ? await this.#authorization(request) : authorization)
      }
    }
    return answer
  }

  #goOn(): void {
    if (this.#stop.aborted) this.#end('it was stopped')
    if (this.#sent >= this.#budget) this.#end(`its budget of ${this.#budget} requests is spent`)
    if (this.#options.time.now() >= this.#until) this.#end('its time is up')
    if (this.#ended !== undefined) throw new Ended(this.#ended)
  }

  #fail(why: string): void {
    this.#failures += 1
    if (this.#failures >= mostFailures) this.#end(`${why}, the second failure`)
  }

  #end(why: string): void {
    this.#ended ??= why
  }
}

const tokenRequest: Outgoing = {
  method: 'POST',
  target: '/api/oauth/token',
  identity: 'own',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: Buffer.from('grant_type=client_credentials'),
}

function basic({ clientId, clientSecret }: Extract<Credentials, { clientId: string }>): string {
  return `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
}

/** A create whose answer is lost may have been done. */
function isRepeatable(method: string): boolean {
  return ['GET', 'HEAD', 'OPTIONS'].includes(method)
}
