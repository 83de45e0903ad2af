import { anyCollections } from '../atlas/registry.js'
import { type PrivateEndpointData, privateEndpoints } from '../atlas/resources/private-endpoints.js'
import type { ArmedFaultState } from '../faults/rule.js'
import type { Change } from '../store/changes.js'
import type { Thing } from '../store/records.js'
import { givingWay, type Work } from '../values/pace.js'
import { after, real } from '../values/timers.js'
import { clockState } from './clock.js'
import type { ControlContext } from './context.js'
import type { EmulatorEvent, Fate, WorldEvent } from './event.js'
import type { Follower, Following } from './following.js'
import { describeEndpoint } from './lifecycle.js'

/** How many events are remembered. */
export const rememberedEvents = 2000

/** More changes than this at once are told as a world that is another one. */
const mostChanges = 1000

/** Milliseconds between two comments that keep connections alive. */
export const keepAliveInterval = 15_000

/** The longest time, in milliseconds, until the clock is looked at again: the system's time can be set, too. */
const longestSleep = 60_000

/** An event that is remembered. Of a request, no more than its id: the journal has the rest. */
type Kept = { readonly request: number } | Pick<EmulatorEvent, 'event' | 'data'>

/** A thing whose status changes by time alone. */
interface Pending {
  readonly kind: string
  readonly id: string
  readonly ownerId: string
  /** When it changes next, in milliseconds since the epoch. */
  readonly at: number
  /** Whether it does not exist until then. */
  readonly isToCome: boolean
}

/**
 * Watches everything while somebody follows, and nothing while nobody does. What happens is numbered in one sequence. A
 * follower reads on from where it is as fast as it can, is never waited for, and is told how many events it has missed.
 */
export class EventHub {
  readonly #context: ControlContext
  readonly #keepAlive: () => void
  readonly #expire: () => void
  readonly #interval: number
  readonly #followers = new Set<() => void>()
  readonly #kept: Kept[] = []
  /** The numbers of the oldest event that is remembered, and of the next one. */
  #first = 1
  #next = 1
  /** The id of the journal's entry that comes next. */
  #nextRequest = 1
  /** What is to be told of, by kind and id. */
  #changes = new Map<string, Exclude<Change, { what: 'replaced' | 'plan' }>>()
  #worldEvents: WorldEvent[] = []
  #isFaultsChanged = false
  #isClockSet = false
  #faults = new Map<string, ArmedFaultState>()
  readonly #pending = new Map<string, Pending>()
  #soonest = Number.POSITIVE_INFINITY
  #lastNow = 0
  #scan = 0
  #isAwake = false
  #isWatching = false
  readonly #callOffs = new Set<() => void>()
  #callOffSleep = () => {}
  /** The event that was written last, since those who follow are told the same one after the other. */
  #latest: { readonly n: number; readonly text: string } | undefined

  /**
   * @param keepAlive called from time to time, for the connections of those who follow
   * @param options.interval milliseconds from one such call to the next
   * @param options.expire removes tenants whose time has come
   */
  constructor(
    context: ControlContext,
    keepAlive: () => void,
    { interval = keepAliveInterval, expire = () => {} }: { interval?: number; expire?: () => void } = {},
  ) {
    this.#context = context
    this.#expire = expire
    this.#interval = interval
    this.#keepAlive = keepAlive
  }

  /**
   * @param seen the number of the last event that the follower has seen before
   * @param backlog how many of the latest events it wants to be told first, where it has seen none
   */
  join(
    follower: Follower,
    { seen, backlog }: { readonly seen: number | undefined; readonly backlog: number },
  ): Following {
    this.#watch()
    this.#catchUp()
    let next = Math.max(this.#first, this.#next - backlog)
    if (seen !== undefined && seen < this.#next) next = seen + 1
    // Of a backlog, what is forgotten is not missed.
    const since = seen === undefined ? this.#next : next
    // Numbers begin anew with the process: who has seen a later one has followed another process.
    const isStranger = seen !== undefined && seen >= this.#next
    const tell = () => {
      let missed = 0
      const tellGap = () => {
        if (missed > 0) follower.write(written(next - 1, 'gap', { missed }))
        missed = 0
      }
      while (next < this.#next && follower.isReady) {
        const text = this.#textOf(next)
        if (text === undefined) {
          // The oldest events are forgotten, and the journal can have forgotten a request that is numbered here.
          const end = Math.max(this.#first, next + 1)
          missed += Math.max(0, end - Math.max(since, next))
          next = end
          continue
        }
        tellGap()
        follower.write(text)
        next += 1
      }
      tellGap()
    }
    this.#followers.add(tell)
    const hello = isStranger
      ? written(this.#next - 1, 'world', { reason: 'missed', project: null })
      : ': what happens from here on\n\n'
    return {
      hello,
      tell,
      leave: () => {
        this.#followers.delete(tell)
        if (this.#followers.size === 0) this.stop()
      },
    }
  }

  /** Watches nothing any more, until somebody follows again. */
  stop(): void {
    if (!this.#isWatching) return
    this.#isWatching = false
    const { store, faults, clock } = this.#context
    store.changes.watcher = undefined
    faults.watcher = undefined
    clock.watcher = undefined
    for (const callOff of this.#callOffs) callOff()
    this.#callOffs.clear()
    this.#callOffSleep()
    this.#forgetWorld()
  }

  #watch(): void {
    if (this.#isWatching) return
    this.#isWatching = true
    const { store, faults, clock, journal } = this.#context
    store.changes.watcher = (change) => this.#note(change)
    faults.watcher = () => {
      this.#isFaultsChanged = true
      this.#wake()
    }
    clock.watcher = () => {
      this.#isClockSet = true
      this.#wake()
    }
    if (journal) this.#callOffs.add(journal.follow(() => this.#catchUp()))
    const keepAlive = () => {
      this.#keepAlive()
      callOff = after(this.#interval, keepAlive)
    }
    let callOff = after(this.#interval, keepAlive)
    this.#callOffs.add(() => callOff())
    this.#faults = new Map(faults.list().map((fault) => [fault.id, fault]))
    const [first, end] = journal?.range ?? [1, 1]
    this.#nextRequest = Math.max(this.#nextRequest, first, end - rememberedEvents)
    this.#lastNow = clock.now()
    this.#scanWorld()
    // Who comes back does not know what has happened in between.
    if (this.#next > 1) this.#keep({ event: 'world', data: { reason: 'missed', project: null } })
  }

  #note(change: Change): void {
    if (change.what === 'replaced' || change.what === 'plan') {
      this.#worldEvents.push({ reason: change.what, project: change.project })
    } else {
      const key = `${change.kind} ${change.id}`
      const earlier = this.#changes.get(key)
      // What was made and then changed at once was made.
      const isNew = earlier?.what === 'created' && change.what === 'changed'
      this.#changes.set(key, isNew ? earlier : change)
      if (this.#changes.size > mostChanges) this.#worldEvents.push({ reason: 'replaced', project: null })
    }
    this.#wake()
  }

  #wake(): void {
    if (this.#isAwake) return
    this.#isAwake = true
    real.setImmediate(() => {
      this.#isAwake = false
      this.#catchUp()
    })
  }

  /** Finds out what has happened, remembers that, and tells those who follow. */
  #catchUp(): void {
    if (!this.#isWatching) return
    const { clock } = this.#context
    const now = clock.now()
    this.#expire()
    this.#tellRequests()
    if (this.#isClockSet) this.#tellClock(now)
    if (this.#worldEvents.length > 0) this.#tellWorld()
    for (const change of this.#changes.values()) this.#tellChange(change, now)
    this.#changes.clear()
    this.#tellDue(now)
    if (this.#isFaultsChanged) this.#tellFaults()
    this.#lastNow = now
    this.#sleep(now)
    for (const tell of this.#followers) tell()
  }

  #tellRequests(): void {
    const [, end] = this.#context.journal?.range ?? [1, 1]
    // What the journal has forgotten by now is numbered all the same, so that it is known to be missed.
    for (; this.#nextRequest < end; this.#nextRequest += 1) this.#keep({ request: this.#nextRequest })
  }

  #tellClock(now: number): void {
    this.#isClockSet = false
    this.#keep({ event: 'clock', data: clockState(this.#context.clock) })
    // What has come to pass by time has not, then, and only who looks anew can know of what.
    if (now < this.#lastNow) this.#worldEvents.push({ reason: 'clock', project: null })
  }

  #tellWorld(): void {
    const events = this.#worldEvents
    this.#worldEvents = []
    const told = new Set<string>()
    for (const data of events) {
      const text = JSON.stringify(data)
      if (told.has(text)) continue
      told.add(text)
      this.#keep({ event: 'world', data })
    }
    if (!events.some(({ reason }) => reason !== 'plan')) return
    // What has changed on the way is part of the world that is looked at anew.
    this.#changes.clear()
    this.#scanWorld()
  }

  #tellChange({ what, kind, id, ownerId }: Exclude<Change, { what: 'replaced' | 'plan' }>, now: number): void {
    const collection = anyCollections.find(({ name }) => name === kind)
    if (!collection) {
      this.#keep({ event: 'resource', data: { change: what, resource: kind, id, owner: ownerId } })
      return
    }
    const key = `${kind} ${id}`
    const before = this.#pending.get(key)
    this.#pending.delete(key)
    const thing = this.#context.store.things.of(kind).find(id, now)
    if (thing) {
      this.#consider(kind, thing, now)
      this.#tellThing(kind, thing, before?.isToCome ? 'created' : (what as Fate), now)
      return
    }
    const toCome = this.#context.store.things
      .of(kind)
      .allToCome(ownerId, now)
      .find((one) => one.id === id)
    if (toCome) this.#consider(kind, toCome, now)
    // One that was never seen has been made by a transaction that was taken back, or lives later.
    else if (what !== 'created' && !before?.isToCome) this.#tellGone(kind, id, ownerId)
  }

  /** Tells of what has changed by time. */
  #tellDue(now: number): void {
    if (now < this.#soonest) return
    for (const [key, { kind, id, ownerId, at, isToCome }] of this.#pending) {
      if (at > now) continue
      this.#pending.delete(key)
      const thing = this.#context.store.things.of(kind).find(id, now)
      if (thing) {
        this.#consider(kind, thing, now)
        this.#tellThing(kind, thing, isToCome ? 'created' : 'changed', now)
      } else if (!isToCome) this.#tellGone(kind, id, ownerId)
    }
    this.#soonest = Number.POSITIVE_INFINITY
    for (const { at } of this.#pending.values()) this.#soonest = Math.min(this.#soonest, at)
  }

  #tellThing(kind: string, thing: Thing, change: Fate, now: number): void {
    if (kind === privateEndpoints.name) {
      const { replacement: _, ...endpoint } = describeEndpoint(
        { thing: thing as Thing<PrivateEndpointData>, replacement: undefined },
        now,
      )
      this.#keep({ event: 'endpoint', data: { change: change as 'created' | 'changed', ...endpoint } })
      return
    }
    const collection = anyCollections.find(({ name }) => name === kind) as (typeof anyCollections)[number]
    const written = collection.save(thing, now)
    this.#keep({
      event: 'resource',
      data: { change, resource: kind, id: thing.id, owner: thing.ownerId, thing: written },
    })
  }

  #tellGone(kind: string, id: string, ownerId: string): void {
    if (kind === privateEndpoints.name)
      this.#keep({ event: 'endpoint', data: { change: 'gone', id, project: ownerId } })
    else this.#keep({ event: 'resource', data: { change: 'gone', resource: kind, id, owner: ownerId } })
  }

  #tellFaults(): void {
    this.#isFaultsChanged = false
    const before = this.#faults
    this.#faults = new Map(this.#context.faults.list().map((fault) => [fault.id, fault]))
    for (const id of before.keys()) {
      if (!this.#faults.has(id)) this.#keep({ event: 'fault', data: { change: 'disarmed', id } })
    }
    for (const [id, fault] of this.#faults) {
      const earlier = before.get(id)
      if (earlier?.matched === fault.matched && earlier.fired === fault.fired) continue
      this.#keep({ event: 'fault', data: { change: earlier ? 'changed' : 'armed', fault } })
    }
  }

  #keep(kept: Kept): void {
    this.#kept[this.#next % rememberedEvents] = kept
    this.#next += 1
    this.#first = Math.max(this.#first, this.#next - rememberedEvents)
  }

  /** An event as it is written; undefined for one that is forgotten, here or by the journal. */
  #textOf(n: number): string | undefined {
    if (this.#latest?.n === n) return this.#latest.text
    if (n < this.#first) return undefined
    const kept = this.#kept[n % rememberedEvents] as Kept
    const event = 'request' in kept ? this.#requestEvent(kept.request) : kept
    if (!event) return undefined
    const text = written(n, event.event, event.data)
    this.#latest = { n, text }
    return text
  }

  #requestEvent(id: number): Pick<EmulatorEvent, 'event' | 'data'> | undefined {
    const { journal, teller } = this.#context
    const exchange = journal?.exchange(id)
    return exchange && teller && { event: 'request', data: teller.tell(id, exchange) }
  }

  /** Takes note of when the thing changes next by time, if it does. */
  #consider(kind: string, { id, ownerId, transitions, goneAt, beginsAt }: Thing, now: number): void {
    const times = transitions.flatMap((transition) => ('at' in transition ? transition.at : []))
    const isToCome = beginsAt !== undefined && beginsAt > now
    const at = isToCome ? beginsAt : Math.min(...[...times, goneAt ?? now].filter((time) => time > now))
    if (at === Number.POSITIVE_INFINITY) return
    this.#pending.set(`${kind} ${id}`, { kind, id, ownerId, at, isToCome })
    this.#soonest = Math.min(this.#soonest, at)
  }

  #forgetWorld(): void {
    this.#scan += 1
    this.#pending.clear()
    this.#changes.clear()
    this.#worldEvents = []
    this.#soonest = Number.POSITIVE_INFINITY
  }

  /** Looks for all that changes by time, giving way to requests in between. */
  #scanWorld(): void {
    this.#forgetWorld()
    const scan = this.#scan
    givingWay(this.#scanning(scan)).then(
      () => this.#wake(),
      // A store that is closed, or cannot be read, has nothing to tell.
      () => {},
    )
  }

  *#scanning(scan: number): Work<void> {
    const { store, clock } = this.#context
    const owners = [...[...store.directory.eachOrganization()].map(({ id }) => id), ...store.directory.projectIds()]
    for (const owner of owners) {
      if (scan !== this.#scan) return
      const now = clock.now()
      for (const [kind, things] of store.things.everyOf(owner, now)) {
        for (const thing of things) this.#consider(kind, thing, now)
      }
      yield
    }
  }

  /** Waits, in real time, for the next change by time. */
  #sleep(now: number): void {
    this.#callOffSleep()
    const { store, clock } = this.#context
    const { nextExpiry } = store.tenants
    // A tenant that could not be removed, as on a full disk, is tried again later.
    const soonest = Math.min(this.#soonest, nextExpiry > now ? nextExpiry : now + longestSleep)
    if (soonest === Number.POSITIVE_INFINITY || 'frozen' in clock.setting) return
    this.#callOffSleep = after(Math.min(longestSleep, Math.max(1, soonest - now)), () => this.#catchUp())
  }
}

/** One server-sent event; WHATWG HTML, 9.2. */
function written(id: number, event: string, data: unknown): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
