import { isDeepStrictEqual } from 'node:util'
import { FifoMap } from 'toad-cache'
import { operationNames } from '../atlas/registry.js'
import type { FaultRecord, FaultRepository } from '../store/faults.js'
import { Chance } from '../world/chance.js'
import { type ArmedFaultState, type Breakage, delayRange, type FaultRule, oauthOperationIds, seeded } from './rule.js'

/** What a rule can tell of a request. */
export interface FaultTarget {
  readonly operationId: string
  readonly method: string
  /** Without query, undecoded. */
  readonly path: string
  readonly projectId: string | undefined
  /** That of who asks, or of the project. */
  readonly organizationId: string | undefined
  readonly credentialId: string | undefined
  /** Parsed, where it is JSON. */
  readonly body: unknown
}

/** One thing to do to a request. */
export type FaultAction =
  | (Pick<FaultRule, 'status' | 'detail' | 'parameters' | 'headers'> & { readonly errorCode: string })
  /** Milliseconds of real time. */
  | { readonly delay: number; readonly delayed: 'before' | 'after' }
  | { readonly break: Breakage; readonly bytes: number; readonly of: 'answer' | 'body' }

/** How many paths are remembered with the rules that may meet them. */
const rememberedPaths = 1000
/** A longer path, which no usual client sends, is looked at each time. */
const longestRemembered = 256

class Rule {
  readonly id: string
  readonly rule: FaultRule
  readonly #path: readonly string[] | undefined
  readonly #operationId: string | undefined
  readonly #body: [string, unknown][]
  matched: number
  fired: number

  constructor({ id, rule, matched, fired }: FaultRecord<FaultRule>) {
    this.id = id
    this.rule = rule
    this.matched = matched
    this.fired = fired
    this.#path = rule.match?.path?.split('/')
    this.#operationId = operationNames.get(rule.match?.operationId ?? '')
    this.#body = Object.entries(this.rule.match?.body ?? {})
  }

  /** Whether it meets the request, as far as what its body says has no say. */
  mayMeet({ operationId, method, path, projectId, organizationId, credentialId, body }: FaultTarget): boolean {
    const { match = {} } = this.rule
    if (this.#body.length > 0 && body === undefined) return false
    if (this.#operationId !== undefined && this.#operationId !== operationId) return false
    // Fetching a token is a client's own affair, which few who write a rule think of.
    if (!('operationId' in match || 'path' in match) && oauthOperationIds.includes(operationId)) return false
    if (match.method !== undefined && match.method !== method) return false
    if (match.project !== undefined && match.project !== projectId) return false
    if (match.organization !== undefined && match.organization !== organizationId) return false
    if (match.credential !== undefined && match.credential !== credentialId) return false
    return this.#path === undefined || fits(this.#path, path.split('/'))
  }

  /** Whether it will strike no more. */
  get isSpent(): boolean {
    return this.fired >= (this.rule.when?.times ?? Number.POSITIVE_INFINITY)
  }

  /** Whether it meets a request that it may meet. */
  meets({ body }: FaultTarget): boolean {
    return this.#body.every(([name, value]) => {
      const given = (body as Record<string, unknown> | null)?.[name]
      return given === value || (typeof value === 'object' && isDeepStrictEqual(given, value))
    })
  }

  /** Counts a request that it meets; what to do to it, if anything. */
  strike(): FaultAction | undefined {
    const { when = {} } = this.rule
    const n = this.matched
    this.matched += 1
    if (n < (when.skip ?? 0)) return undefined
    if (when.probability !== undefined && this.#dice(n) >= when.probability) return undefined
    this.fired += 1
    return toAction(this.rule, () => this.#dice(n + 2 ** 31))
  }

  /** From 0 up to 1, the same each time for the same seed and throw. */
  #dice(n: number): number {
    return Chance.throw(this.rule.when?.seed as number, n)
  }
}

/** The faults that are armed. A request asks `strike` once; one that no rule may meet pays for a look at a map. */
export class Faults {
  readonly #repository: FaultRepository
  #rules: Rule[] = []
  /** By what of a request decides that, and may differ from one to the next, the rules that may meet it. */
  readonly #candidates = new FifoMap<readonly Rule[]>(rememberedPaths)

  readonly #chance: Chance
  /** Told each time that a fault has been armed or disarmed, or has met a request. */
  watcher: (() => void) | undefined

  /** @param chance what the dice of rules without a seed start from */
  constructor(repository: FaultRepository, chance: Chance) {
    this.#repository = repository
    this.#chance = chance
    this.reload()
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0
  }

  get count(): number {
    return this.#rules.length
  }

  has(id: string): boolean {
    return this.#rules.some((rule) => rule.id === id)
  }

  /** In the order in which they were armed, which is that in which they are looked at. */
  list(): ArmedFaultState[] {
    return this.#rules.map(({ id, rule, matched, fired }) => ({ id, ...rule, matched, fired }))
  }

  /** False when another one has the id. */
  arm(id: string, rule: Omit<FaultRule, 'id'>): boolean {
    const record = { id, rule: seeded(rule, this.#chance), matched: 0, fired: 0 }
    if (!this.#repository.add(record)) return false
    this.#set([...this.#rules, new Rule(record)])
    return true
  }

  /** Disarms those with these ids; returns how many there were. */
  disarm(ids: readonly string[]): number {
    const disarmed = new Set(ids.filter((id) => this.#repository.remove(id)))
    this.#set(this.#rules.filter((rule) => !disarmed.has(rule.id)))
    return disarmed.size
  }

  /** Takes what the repository holds. */
  reload(): void {
    this.#set(this.#repository.all().map((record) => new Rule(record)))
  }

  /** Counts the request, and tells what to do to it: delays, and at most one thing that is no delay, at the end. */
  strike(target: FaultTarget): FaultAction[] {
    const actions: FaultAction[] = []
    for (const rule of this.#mayMeet(target)) {
      if (rule.isSpent || !rule.meets(target)) continue
      const action = this.#count(rule, () => rule.strike())
      if (!action) continue
      actions.push(action)
      if (!('delay' in action)) break
    }
    return actions
  }

  /** Stores what a strike did to the rule's counts; when that cannot be done, it did nothing. */
  #count<T>(rule: Rule, strike: () => T): T {
    const { matched, fired } = rule
    const struck = strike()
    try {
      this.#repository.count(rule.id, rule.matched, rule.fired)
      this.watcher?.()
    } catch (error) {
      Object.assign(rule, { matched, fired })
      throw error
    }
    return struck
  }

  #mayMeet(target: FaultTarget): readonly Rule[] {
    if (target.path.length > longestRemembered) return this.#rules.filter((rule) => rule.mayMeet(target))
    const { method, path, organizationId, credentialId, body } = target
    // A path tells its operation and its project, but a project may come to be another organization's.
    const key = `${method} ${path} ${organizationId} ${credentialId} ${body === undefined}`
    const known = this.#candidates.get(key)
    if (known) return known
    const found = this.#rules.filter((rule) => rule.mayMeet(target))
    this.#candidates.set(key, found)
    return found
  }

  #set(rules: Rule[]): void {
    this.#rules = rules
    this.#candidates.clear()
    this.watcher?.()
  }
}

/** @param dice from 0 up to 1, for a delay between two bounds */
function toAction(rule: FaultRule, dice: () => number): FaultAction {
  const { errorCode, status, detail, parameters, headers, delay, delayed = 'before', bytes = 0, of = 'answer' } = rule
  if (errorCode !== undefined) {
    return {
      errorCode,
      ...(status !== undefined && { status }),
      ...(detail !== undefined && { detail }),
      ...(parameters !== undefined && { parameters }),
      ...(headers !== undefined && { headers }),
    }
  }
  if (delay === undefined) return { break: rule.break as Breakage, bytes, of }
  const { min, max } = delayRange(delay)
  return { delay: min === max ? min : Math.floor(min + dice() * (max - min + 1)), delayed }
}

/** Whether the segments fit a pattern's, in which `*` is any one and `**` any number of them. */
function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  let p = 0
  // Where to go on from when what follows the last ** did not fit: with one more segment left to it.
  let retry: { p: number; s: number } | undefined
  for (let s = 0; s < segments.length; ) {
    if (pattern[p] === '**') {
      p += 1
      retry = { p, s }
    } else if (p < pattern.length && (pattern[p] === '*' || pattern[p] === segments[s])) {
      p += 1
      s += 1
    } else if (retry) {
      retry.s += 1
      p = retry.p
      s = retry.s
    } else {
      return false
    }
  }
  return pattern.slice(p).every((part) => part === '**')
}
