import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import type { ArmedFaultState, FaultRule } from '../faults/rule.js'
import type { Addition } from '../fixture/addition.js'
import type { FixtureLifecycle } from '../fixture/lifecycle.js'
import type { Fixture, FixtureApiKey, FixtureServiceAccount } from '../fixture/schema.js'
import type { State } from '../fixture/state.js'
import type { JournalEntry, RequestFilter } from '../journal/entry.js'
import type { ResponseEntry, ResponseState } from '../responses/response.js'
import { refuseDeadTicks } from '../values/real-timers.js'
import { withoutSlash } from '../values/url.js'
import type { ClockState } from './clock.js'
import type { Counts } from './counts.js'
import type { EmulatorEvent } from './event.js'
import type { FaultFilter } from './faults.js'
import type { Fidelity, FidelityFilter } from './fidelity.js'
import type { Health } from './health.js'
import type { LifecycleState, MoveCommand, MovedEndpoint } from './lifecycle.js'
import type { Problem } from './problems.js'
import type { ResponseFilter } from './responses.js'
import type { Snapshot } from './snapshots.js'
import type { NewTenant, TenantCommand, TenantState } from './tenants.js'

export interface EmulatorControlOptions {
  /** That of `--control-token`. */
  readonly token?: string
}

/** API keys and service accounts, secrets included: what a client under test signs in with. */
export interface Credentials {
  readonly apiKeys: FixtureApiKey[]
  readonly serviceAccounts: FixtureServiceAccount[]
}

/** What to find in the journal: `RequestFilter`, with moments as `Date` and numbers where those come naturally. */
export type RequestSearch = Omit<RequestFilter, 'status' | 'unserved' | 'since' | 'until'> & {
  /** 404, '4xx', or 'none' for no answer. */
  readonly status?: number | string
  /** Whether it was for what the emulator lacks. */
  readonly unserved?: boolean
  readonly since?: string | Date
  readonly until?: string | Date
}

/** What a tenant is to be like; see `EmulatorControl.tenant`. */
export type TenantOptions = Omit<TenantCommand, 'ttl'> & {
  /** How long it is there, by the emulator's clock: a duration, or a number of milliseconds. */
  readonly ttl?: string | number
}

/** A fault for one tenant, which has no id of its own choice: others may arm the same one for theirs. */
export type TenantFault = NonNullable<TenantCommand['faults']>[number]

/** The emulator did not carry out a command; `message` says why, and `problem` is what it answered (RFC 9457). */
export class EmulatorControlError extends Error {
  override readonly name = 'EmulatorControlError'

  constructor(readonly problem: Problem) {
    super(problem.detail)
  }
}

/**
 * Controls an emulator, wherever it runs: state, time, lifecycle, faults, answers of one's own and the journal of requests.
 * Every method rejects with an `EmulatorControlError` when the emulator refuses a command, which then has changed
 * nothing. Durations are written like `'5m'`, `'250ms'` or `'PT5M'`, or as numbers of milliseconds.
 */
export class EmulatorControl {
  readonly #base: string
  readonly #headers: Readonly<Record<string, string>>

  /** @param url where the emulator is, such as `http://127.0.0.1:8080` */
  constructor(url: string | URL, { token }: EmulatorControlOptions = {}) {
    this.#base = `${withoutSlash(String(url))}/_emulator`
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  }

  /** The whole world: export, import, and worlds that are kept under a name. */
  readonly state = {
    /** The world as a fixture; with `secrets`, so that it can be imported anywhere. */
    export: ({ secrets = false } = {}): Promise<State> => this.#get<State>(`/state?secrets=${secrets}`),

    /** Replaces the world. Secrets that are left out stay as they are. */
    import: (state: State | Fixture): Promise<Counts> => this.#send<Counts>('PUT', '/state', state),

    /**
     * Adds a world to the running one, all of it or, where something else is in its place, nothing. What is there already
     * with the same fields is nothing new, so that several may add the same one. Faults are appended.
     */
    add: (world: Addition): Promise<Counts> => this.#send<Counts>('POST', '/state', world),

    /** Keeps the world as it is under a name (letters, digits, `.`, `_`, `-`), in place of what the name stood for. */
    snapshot: (name: string): Promise<Snapshot> => this.#send<Snapshot>('PUT', snapshotPath(name)),

    /** Brings a kept world back; what was to come then, comes as much later now. */
    restore: (name: string): Promise<Counts> => this.#send<Counts>('POST', `${snapshotPath(name)}/restore`),

    /** The kept worlds, by name. */
    snapshots: async (): Promise<Snapshot[]> => (await this.#get<{ snapshots: Snapshot[] }>('/snapshots')).snapshots,

    /** Forgets a kept world. */
    removeSnapshot: (name: string): Promise<void> => this.#send<void>('DELETE', snapshotPath(name)),
  }

  /** What time it is for the emulator: lifecycle, tokens, nonces, rate limits and sunsets follow. */
  readonly clock = {
    get: (): Promise<ClockState> => this.#get<ClockState>('/clock'),

    /** Lets so much time pass at once. */
    advance: (by: string | number): Promise<ClockState> =>
      this.#send<ClockState>('POST', '/clock', { advance: duration(by) }),

    /** Stops the clock, at the moment given or where it is. */
    freeze: async (at?: string | Date): Promise<ClockState> => {
      const freeze = at === undefined ? (await this.#get<ClockState>('/clock')).now : moment(at)
      return this.#send<ClockState>('POST', '/clock', { freeze })
    },

    /** Lets the clock run on from where it is. */
    resume: (): Promise<ClockState> => this.#send<ClockState>('POST', '/clock', { resume: true }),
  }

  /** What becomes of private endpoints. */
  readonly lifecycle = {
    get: (): Promise<LifecycleState> => this.#get<LifecycleState>('/lifecycle'),

    /** Sets the plan for new endpoints, of one project or of all; an empty plan is as the settings say. */
    set: (plan: FixtureLifecycle, { project }: { project?: string } = {}): Promise<LifecycleState> =>
      this.#send<LifecycleState>('PUT', '/lifecycle', { ...plan, ...(project !== undefined && { project }) }),

    /**
     * Moves an existing endpoint to another status, now or later. PENDING_RECREATION makes a new one in the same regions,
     * unless `recreate` is false.
     */
    move: (id: string, move: MoveCommand | MoveCommand['status']): Promise<MovedEndpoint> =>
      this.#send<MovedEndpoint>(
        'PATCH',
        `/privateEndpoints/${encodeURIComponent(id)}`,
        typeof move === 'string' ? { status: move } : move,
      ),
  }

  /** Errors, delays and broken connections to meet requests with. */
  readonly faults = {
    /** Arms a fault; an error code alone is one that answers every request to the Atlas API so. */
    arm: (rule: FaultRule | string): Promise<ArmedFaultState> =>
      this.#send<ArmedFaultState>('POST', '/faults', typeof rule === 'string' ? { errorCode: rule } : rule),

    /** Those that are armed, or of them those that fit, with how often each has met and struck. */
    list: async (filter: FaultFilter = {}): Promise<ArmedFaultState[]> =>
      (await this.#get<{ faults: ArmedFaultState[] }>(`/faults?${toQuery(filter)}`)).faults,

    /** Disarms one, by its id, or those that fit; without either, all of them. */
    disarm: (which: string | FaultFilter = {}): Promise<void> =>
      this.#send<void>(
        'DELETE',
        typeof which === 'string' ? `/faults/${encodeURIComponent(which)}` : `/faults?${toQuery(which)}`,
      ),
  }

  /** Answers of one's own, to methods and paths that no operation has. */
  readonly responses = {
    /** Adds one; its path is below `/api/atlas/v2`. */
    add: (entry: Omit<ResponseEntry, 'recording'>): Promise<ResponseState> =>
      this.#send<ResponseState>('POST', '/responses', entry),

    /** Those that there are, or of them those that fit. */
    list: async (filter: ResponseFilter = {}): Promise<ResponseState[]> =>
      (await this.#get<{ responses: ResponseState[] }>(`/responses?${toQuery(filter)}`)).responses,

    /** Removes one, by its id, or those that fit; without either, all of them. */
    remove: (which: string | ResponseFilter = {}): Promise<void> =>
      this.#send<void>(
        'DELETE',
        typeof which === 'string' ? `/responses/${encodeURIComponent(which)}` : `/responses?${toQuery(which)}`,
      ),
  }

  /** The journal of requests to the Atlas API. */
  readonly requests = {
    /** Those that fit, oldest first; with `limit`, the latest of them. */
    find: async (search: RequestSearch = {}, { limit }: { limit?: number } = {}): Promise<JournalEntry[]> => {
      const query = toQuery({ ...search, limit })
      return (await this.#get<{ requests: JournalEntry[] }>(`/requests?${query}`)).requests
    },

    /** How many fit. */
    count: async (search: RequestSearch = {}): Promise<number> =>
      (await this.#get<{ count: number }>(`/requests?${toQuery({ ...search, count: 'true' })}`)).count,

    /** The same as `find`, as an HTTP Archive 1.2 that browsers and proxies open. */
    har: (search: RequestSearch = {}, { limit }: { limit?: number } = {}): Promise<{ log: object }> =>
      this.#get<{ log: object }>(`/requests?${toQuery({ ...search, limit, format: 'har' })}`),

    /**
     * Sends a request of the journal once more, as the credential that sent it, or as nobody where that was refused.
     * Resolves to the entry that it leads to.
     */
    replay: (id: number): Promise<JournalEntry> => this.#send<JournalEntry>('POST', `/requests/${id}/replay`),

    /** Forgets those that fit; without a search, all of them. */
    clear: (search: RequestSearch = {}): Promise<void> => this.#send<void>('DELETE', `/requests?${toQuery(search)}`),

    /**
     * Those that fit, from now on, as they come. Ends when the emulator stops, or when the loop over it is left.
     * The promise is kept once the emulator listens: nothing that is asked after that is missed.
     */
    follow: async (search: RequestSearch = {}): Promise<AsyncGenerator<JournalEntry, void>> => {
      return readRequests(await this.#ask('GET', `/requests/stream?${toQuery(search)}`))
    },
  }

  /** Organizations of their own for tests that share an emulator; see `tenant`. */
  readonly tenants = {
    /** All of them, the oldest first, without secrets. */
    list: async (): Promise<TenantState[]> => (await this.#get<{ tenants: TenantState[] }>('/tenants')).tenants,

    get: (id: string): Promise<TenantState> => this.#get<TenantState>(tenantPath(id)),

    /** Puts one back as it was made: its project empty, its faults armed anew, its requests forgotten. */
    reset: (id: string): Promise<TenantState> => this.#send<TenantState>('POST', `${tenantPath(id)}/reset`),

    /** Removes one with all that it has. */
    remove: (id: string): Promise<void> => this.#send<void>('DELETE', tenantPath(id)),
  }

  /**
   * Makes an organization with a project, an API key and a service account for this test alone. Its plan, rate limit,
   * faults and reset meet its own requests only.
   */
  async tenant({ ttl, ...options }: TenantOptions = {}): Promise<EmulatorTenant> {
    const command: TenantCommand = { ...options, ...(ttl !== undefined && { ttl: duration(ttl) }) }
    return new EmulatorTenant(this, await this.#send<NewTenant>('POST', '/tenants', command))
  }

  /**
   * Everything that happens from now on, as it happens: requests, endpoints, other resources, faults, the clock, the
   * world. Ends when the emulator stops, or when the loop over it is left. With `backlog`, so many of the latest events
   * come first.
   */
  events({ backlog = 0 }: { readonly backlog?: number } = {}): AsyncGenerator<EmulatorEvent, void> {
    const asked = this.#ask('GET', `/events?backlog=${backlog}`)
    // Whoever loops over the events gets the refusal.
    asked.catch(() => {})
    return readEvents(asked)
  }

  /** The emulator's numbers in the text format of Prometheus. */
  async metrics(): Promise<string> {
    return text(await this.#ask('GET', '/metrics'))
  }

  /** The credentials that the world has, secrets included. */
  async credentials(): Promise<Credentials> {
    const { apiKeys = [], serviceAccounts = [] } = (await this.state.export({ secrets: true })) as Fixture
    return { apiKeys, serviceAccounts }
  }

  /**
   * Starts over: the configured fixtures, no faults but theirs, an empty journal, full rate limits, the time it is. With
   * `project`, puts that one back as the fixtures have it, its things, plan and rate limit, and leaves all else.
   */
  reset({ project }: { readonly project?: string } = {}): Promise<Counts> {
    return this.#send<Counts>('POST', `/reset?${toQuery({ project })}`)
  }

  /** How Atlas answers, and how that is known: every rule, those with a label, or the one with an id. */
  fidelity(filter: FidelityFilter = {}): Promise<Fidelity> {
    return this.#get<Fidelity>(`/fidelity?${toQuery(filter)}`)
  }

  /**
   * Whether the emulator can do its work; `status` is `unwritable` when its database cannot be written, and
   * `detached` when the database's file, or the -wal beside it, was deleted, replaced or cut short.
   */
  async health(): Promise<Health> {
    return readJson<Health>(await this.#ask('GET', '/health', undefined, [503]))
  }

  async #get<T>(path: string): Promise<T> {
    return readJson<T>(await this.#ask('GET', path))
  }

  async #send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.#ask(method, path, body)
    const written = await text(answer)
    return (written === '' ? undefined : JSON.parse(written)) as T
  }

  /** @param expected statuses that are no refusal, besides those of success */
  async #ask(method: string, path: string, body?: unknown, expected: readonly number[] = []): Promise<IncomingMessage> {
    await refuseDeadTicks()
    const url = new URL(this.#base + path)
    const payload = body === undefined ? undefined : JSON.stringify(body)
    const headers = {
      ...this.#headers,
      ...(payload !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(payload),
      }),
    }
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const send = url.protocol === 'https:' ? sendByHttps : sendByHttp
      // A connection for each command: none is left over that the emulator closes as the next command sets out.
      send(url, { method, headers, agent: false }, resolve).on('error', reject).end(payload)
    })
    const status = answer.statusCode as number
    if ((status >= 200 && status < 300) || expected.includes(status)) return answer
    throw new EmulatorControlError(await readProblem(answer, url))
  }
}

/**
 * A tenant of an emulator that others use too: what it is, and what can be done to it and its requests alone. Removed
 * at the end of an `await using` block.
 */
export class EmulatorTenant implements AsyncDisposable {
  readonly #control: EmulatorControl
  /** That of its organization. */
  readonly id: string
  readonly name: string
  /** The id of its project; it may make others. */
  readonly project: string
  /** Null with `--auth off`, as is the service account. */
  readonly apiKey: NewTenant['apiKey']
  readonly serviceAccount: NewTenant['serviceAccount']
  /** The variables in which Atlas's clients look for all of this, and for where to reach the emulator. */
  readonly environment: NewTenant['environment']
  readonly createdAt: string
  readonly expiresAt: string | null

  constructor(control: EmulatorControl, made: NewTenant) {
    this.#control = control
    this.id = made.id
    this.name = made.name
    this.project = made.project
    this.apiKey = made.apiKey
    this.serviceAccount = made.serviceAccount
    this.environment = made.environment
    this.createdAt = made.createdAt
    this.expiresAt = made.expiresAt
  }

  /** What becomes of private endpoints in its project. */
  readonly lifecycle = {
    /** Sets the plan for new endpoints; an empty one is that which the tenant was made with. */
    set: (plan: FixtureLifecycle): Promise<LifecycleState> =>
      this.#control.lifecycle.set(plan, { project: this.project }),
  }

  /** Errors, delays and broken connections to meet its requests with. */
  readonly faults = {
    arm: (rule: TenantFault | string): Promise<ArmedFaultState> => {
      const { match, ...rest } = typeof rule === 'string' ? { errorCode: rule, match: {} } : rule
      return this.#control.faults.arm({ ...rest, match: { ...match, organization: this.id } })
    },

    list: (filter: FaultFilter = {}): Promise<ArmedFaultState[]> =>
      this.#control.faults.list({ ...filter, organization: this.id }),

    /** Disarms one, by its id, or those of the tenant's that fit. */
    disarm: (which: string | FaultFilter = {}): Promise<void> =>
      this.#control.faults.disarm(typeof which === 'string' ? which : { ...which, organization: this.id }),
  }

  /** Its requests in the journal: those with its credentials, and those about its projects. */
  readonly requests = {
    find: (search: RequestSearch = {}, options: { limit?: number } = {}): Promise<JournalEntry[]> =>
      this.#control.requests.find({ ...search, organization: this.id }, options),

    count: (search: RequestSearch = {}): Promise<number> =>
      this.#control.requests.count({ ...search, organization: this.id }),

    clear: (search: RequestSearch = {}): Promise<void> =>
      this.#control.requests.clear({ ...search, organization: this.id }),

    follow: (search: RequestSearch = {}): Promise<AsyncGenerator<JournalEntry, void>> =>
      this.#control.requests.follow({ ...search, organization: this.id }),
  }

  /** Puts it back as it was made; its credentials and tokens stay good. */
  reset(): Promise<TenantState> {
    return this.#control.tenants.reset(this.id)
  }

  /** Removes it with all that it has: projects, credentials, faults, and its requests in the journal. */
  remove(): Promise<void> {
    return this.#control.tenants.remove(this.id)
  }

  /** Removes it where it is still there. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.remove()
    } catch (error) {
      if (!(error instanceof EmulatorControlError) || error.problem.status !== 404) throw error
    }
  }
}

/** As they were when this file was loaded: tests replace `fetch` and these functions, to have answers of their own. */
const [sendByHttp, sendByHttps] = [http.request, https.request]

async function readJson<T>(answer: IncomingMessage): Promise<T> {
  return JSON.parse(await text(answer)) as T
}

/** What a refusal says; where it is not the emulator's, what is known of it. */
async function readProblem(answer: IncomingMessage, url: URL): Promise<Problem> {
  const [status, title] = [answer.statusCode as number, answer.statusMessage as string]
  const body = await text(answer)
  return answer.headers['content-type']?.startsWith('application/problem+json')
    ? JSON.parse(body)
    : {
        type: 'about:blank',
        title,
        status,
        detail: `${url} answered ${status} ${title}; is this an emulator with --control on?`,
      }
}

function snapshotPath(name: string): string {
  return `/snapshots/${encodeURIComponent(name)}`
}

function tenantPath(id: string): string {
  return `/tenants/${encodeURIComponent(id)}`
}

function duration(value: string | number): string {
  return typeof value === 'number' ? `${value}ms` : value
}

function moment(value: string | Date): string {
  return typeof value === 'string' ? value : value.toISOString()
}

function toQuery(values: Record<string, string | number | boolean | Date | undefined>): URLSearchParams {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) query.set(name, value instanceof Date ? moment(value) : String(value))
  }
  return query
}

/** Server-sent events; WHATWG HTML, 9.2. */
async function* readEvents(asked: Promise<IncomingMessage>): AsyncGenerator<EmulatorEvent, void> {
  const answer = await asked
  let text = ''
  for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk
    const events = text.split('\n\n')
    text = events.pop() as string
    for (const event of events) {
      const [, id, name, data] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(event) ?? []
      if (data !== undefined) yield { id: Number(id), event: name, data: JSON.parse(data) } as EmulatorEvent
    }
  }
}

async function* readRequests(answer: IncomingMessage): AsyncGenerator<JournalEntry, void> {
  for await (const { data } of readEvents(Promise.resolve(answer))) yield data as JournalEntry
}
