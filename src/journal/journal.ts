import type { OutgoingHttpHeaders } from 'node:http'
import { answerHeaders } from '../atlas/headers.js'
import { faultHeader } from '../faults/names.js'
import { redactBody, redactHeaders, redactUrl } from '../values/redaction.js'
import { preciseDate } from '../values/time.js'
import { real } from '../values/timers.js'
import type { JournalEntry } from './entry.js'
import { type KeptText, TextKeeper } from './kept-text.js'

/** A request and what became of it, as it was. */
export interface Exchange {
  /** Milliseconds since the epoch, by the emulator's clock. */
  readonly time: number
  readonly method: string
  /** The request target. */
  readonly url: string
  readonly operation: string | undefined
  readonly project: string | undefined
  /** See `organizationOf`. */
  readonly organization: string | undefined
  readonly credential: string | undefined
  /** A secret to remove wherever it stands. */
  readonly secret: string | undefined
  /** Why the credential was refused. */
  readonly refusal: string | undefined
  /** Undefined when there was no answer. */
  readonly status: number | undefined
  readonly errorCode: string | undefined
  /** Whether it was for what the emulator lacks. */
  readonly unserved: boolean
  /** Milliseconds of real time until the answer was ready. */
  readonly duration: number
  readonly fault: string | undefined
  /** Names and values by turns, as they came. */
  readonly requestHeaders: readonly string[]
  /** See `keepBody`. */
  readonly requestBody: string | KeptText
  /** What the answer told of the tokens left, where nothing but `ownHeaders` is kept of it: another number each time. */
  readonly remaining: number | undefined
  /** By name; or the values of `ownHeaders`, in their order. */
  readonly responseHeaders: OutgoingHttpHeaders | readonly unknown[]
  readonly responseBody: string | KeptText
  /** When the answer was ready, in milliseconds of real time since some moment. */
  readonly answeredAt: number
  /** The address that the request came from. */
  readonly from: string | undefined
  /** The id of the entry that was sent once more; undefined for what a client has sent. */
  readonly replayOf: number | undefined
}

/** An exchange that gives way to another in the same place. */
type Slot = { -readonly [Name in keyof Exchange]: Exchange[Name] }

const noHeaders: readonly string[] = []

/** Bytes that all entries take together, roughly. */
const mostBytes = 32 * 1024 * 1024
/** Bytes that removed entries may take before those that are left are gathered, which copies them. */
const mostRemoved = mostBytes / 4
/** Bytes of a body that are kept. */
const longestBody = 64 * 1024
/** What an entry takes besides its URL, headers and bodies, and what a text takes besides its characters, roughly. */
const overhead = 2048
const textOverhead = 48

/** The latest requests, up to a number of them and of bytes; the oldest make room. Entries are numbered from 1. */
export class Journal {
  readonly #limit: number
  readonly #entries: (Slot | undefined)[] = []
  /**
   * What has been forgotten, to be written over: objects that are made for every request and outlive it are what garbage
   * collection takes longest for.
   */
  readonly #free: Slot[] = []
  /** Of the entries, so that none need be looked at again to be forgotten. */
  readonly #sizes: number[] = []
  #texts = new TextKeeper()
  // Clients that wait for something send the same again and again, and get the same answer: it is kept once.
  #latestUrl = ''
  #latestHeaders: readonly string[] = noHeaders
  #latestValues: readonly unknown[] = noHeaders
  readonly #followers = new Set<() => void>()
  #isTelling = false
  /** The oldest entry's id, and that of the next one. */
  #first = 1
  #next = 1
  /** How many between them have been removed. */
  #removed = 0
  #bytes = 0
  /** What those took that were removed since texts were last gathered: their memory may be held by others beside them. */
  #removedBytes = 0

  /** @param limit how many entries are kept */
  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#next - this.#first - this.#removed
  }

  /**
   * As much of a body as the journal keeps, for an entry to come; empty for none.
   * @param body text, bytes, or what they were parsed to
   */
  keepBody(body: unknown): string | KeptText {
    return this.#texts.keep(bodyText(body))
  }

  /**
   * The headers of a request, as an entry to come keeps them.
   * @param headers names and values by turns
   */
  keepHeaders(headers: readonly string[]): readonly string[] {
    const latest = this.#latestHeaders
    const isSame = headers.length === latest.length && headers.every((text, i) => text === latest[i])
    // A text that is equal is taken from the latest ones, so that the one that came can go.
    if (!isSame) this.#latestHeaders = headers.map((text, i) => (text === latest[i] ? (latest[i] as string) : text))
    return this.#latestHeaders
  }

  /** The target of a request, as an entry to come keeps it. */
  keepUrl(url: string): string {
    if (url !== this.#latestUrl) this.#latestUrl = url
    return this.#latestUrl
  }

  /**
   * The values of `ownHeaders` that an answer has, as an entry to come keeps them.
   * @param found a header's value by its name
   */
  keepValues(found: (name: string) => unknown): readonly unknown[] {
    const latest = this.#latestValues
    if (latest.length === 0 || ownHeaders.some((name, i) => found(name) !== latest[i]))
      this.#latestValues = ownHeaders.map(found)
    return this.#latestValues
  }

  /** @returns the entry's id */
  add(exchange: Exchange): number {
    const size = sizeOf(exchange)
    // The place of an entry that was removed is free only once all that are older are forgotten.
    while (this.#next - this.#first === this.#limit || (this.size > 0 && this.#bytes + size > mostBytes))
      this.#forgetFirst()
    const id = this.#next
    const slot = this.#free.pop() ?? newSlot()
    overwrite(slot, exchange)
    this.#entries[id % this.#limit] = slot
    this.#sizes[id % this.#limit] = size
    this.#next += 1
    this.#bytes += size
    if (this.#followers.size > 0 && !this.#isTelling) {
      this.#isTelling = true
      // Not before the answer that the entry is about has left.
      real.setImmediate(() => {
        this.#isTelling = false
        for (const follow of this.#followers) follow()
      })
    }
    return id
  }

  /** The ids of the entries that there are, the oldest first: from the first up to, and without, the second. */
  get range(): readonly [first: number, end: number] {
    return [this.#first, this.#next]
  }

  /** What was entered under the id, secrets included; undefined when it has been forgotten or removed. */
  exchange(id: number): Exchange | undefined {
    const slot = this.#slotOf(id)
    if (!slot) return undefined
    const [requestBody, responseBody] = [this.#texts.lend(slot.requestBody), this.#texts.lend(slot.responseBody)]
    return { ...slot, requestBody, responseBody }
  }

  #slotOf(id: number): Slot | undefined {
    return id >= this.#first && id < this.#next ? this.#entries[id % this.#limit] : undefined
  }

  /** Removes the entry, where it is not forgotten yet. */
  remove(id: number): void {
    const slot = this.#slotOf(id)
    if (!slot) return
    this.#removedBytes += this.#sizes[id % this.#limit] as number
    this.#empty(id, slot)
    this.#removed += 1
    while (this.#first < this.#next && !this.#slotOf(this.#first)) this.#forgetFirst()
    if (this.#removedBytes > mostRemoved) this.#gatherTexts()
  }

  /**
   * Removes what has to do with these organizations.
   * @param challengeOf the id of the entry whose challenge the one with this id answers: it goes along, where no other
   * organization has to do with it
   */
  removeOf(organizations: ReadonlySet<string>, challengeOf: (id: number) => number | undefined): void {
    const organizationOf = (id: number) => this.#slotOf(id)?.organization
    const theirs: number[] = []
    for (let id = this.#first; id < this.#next; id += 1)
      if (organizations.has(organizationOf(id) ?? '')) theirs.push(id)
    const challenges = theirs.map(challengeOf).filter((id) => id !== undefined)
    for (const id of challenges) if (organizationOf(id) === undefined) this.remove(id)
    for (const id of theirs) this.remove(id)
  }

  clear(): void {
    while (this.#first < this.#next) this.#forgetFirst()
    this.#free.length = 0
    this.#texts = new TextKeeper()
    this.#latestUrl = ''
    this.#latestHeaders = noHeaders
    this.#latestValues = noHeaders
  }

  /** Calls `follow` soon after there are entries that it has not seen, from now on, until the function that it returns is called. */
  follow(follow: () => void): () => void {
    this.#followers.add(follow)
    return () => this.#followers.delete(follow)
  }

  /** Puts the texts that are left behind one another, so that what was removed between them is free. */
  #gatherTexts(): void {
    this.#removedBytes = 0
    this.#texts = new TextKeeper()
    for (let id = this.#first; id < this.#next; id += 1) {
      const slot = this.#slotOf(id)
      if (!slot) continue
      slot.requestBody = this.#texts.keep(String(slot.requestBody))
      slot.responseBody = this.#texts.keep(String(slot.responseBody))
    }
  }

  #forgetFirst(): void {
    const slot = this.#slotOf(this.#first)
    if (slot) this.#empty(this.#first, slot)
    else this.#removed -= 1
    this.#first += 1
  }

  #empty(id: number, slot: Slot): void {
    const place = id % this.#limit
    this.#bytes -= this.#sizes[place] as number
    this.#entries[place] = undefined
    this.#texts.release(slot.requestBody)
    this.#texts.release(slot.responseBody)
    // What takes room of it can go at once.
    slot.url = slot.requestBody = slot.responseBody = ''
    slot.requestHeaders = slot.responseHeaders = noHeaders
    this.#free.push(slot)
  }
}

/**
 * A slot with nothing in it. Its numbers are fractions, so that V8 has them for such from the start and writes them over in
 * place: for others it would make an object each, and a request leave three behind that outlive it.
 */
function newSlot(): Slot {
  return {
    time: 0.5,
    method: '',
    url: '',
    operation: undefined,
    project: undefined,
    organization: undefined,
    credential: undefined,
    secret: undefined,
    refusal: undefined,
    status: undefined,
    errorCode: undefined,
    unserved: false,
    duration: 0.5,
    fault: undefined,
    requestHeaders: noHeaders,
    requestBody: '',
    remaining: undefined,
    responseHeaders: noHeaders,
    responseBody: '',
    answeredAt: 0.5,
    from: undefined,
    replayOf: undefined,
  }
}

/** Written out: a loop over the names, or `Object.assign`, takes five to ten times as long. */
function overwrite(slot: Slot, exchange: Exchange): void {
  slot.time = exchange.time
  slot.method = exchange.method
  slot.url = exchange.url
  slot.operation = exchange.operation
  slot.project = exchange.project
  slot.organization = exchange.organization
  slot.credential = exchange.credential
  slot.secret = exchange.secret
  slot.refusal = exchange.refusal
  slot.status = exchange.status
  slot.errorCode = exchange.errorCode
  slot.unserved = exchange.unserved
  slot.duration = exchange.duration
  slot.fault = exchange.fault
  slot.requestHeaders = exchange.requestHeaders
  slot.requestBody = exchange.requestBody
  slot.remaining = exchange.remaining
  slot.responseHeaders = exchange.responseHeaders
  slot.responseBody = exchange.responseBody
  slot.answeredAt = exchange.answeredAt
  slot.from = exchange.from
  slot.replayOf = exchange.replayOf
}

function bodyText(body: unknown): string {
  if (body === undefined || body === null) return ''
  if (Buffer.isBuffer(body)) {
    return body.length > longestBody ? `${body.toString('latin1', 0, longestBody)}…` : body.toString()
  }
  const text = String(body)
  return text.length > longestBody ? `${text.slice(0, longestBody)}…` : text
}

/** Bytes that it takes, roughly. */
function sizeOf({ url, requestHeaders, requestBody, responseBody }: Exchange): number {
  let size = overhead + url.length + requestBody.length + responseBody.length
  for (const text of requestHeaders) size += textOverhead + text.length
  return size
}

/** What the entries around one have to say of it. */
export interface Note {
  /** The id of the entry whose challenge it answers. */
  readonly challenge?: number | undefined
  /** The id of the entry that answers the challenge in it. */
  readonly answers?: number | undefined
  /** What its client should do otherwise. */
  readonly advice?: readonly string[]
}

/** Whether no more than the beginning of the body was kept, or no text. */
export function isCut(body: string | KeptText): boolean {
  const text = String(body)
  return text.length > longestBody || text.includes('\uFFFD')
}

/** The entry as it is told: secrets removed, bodies parsed. */
export function toJournalEntry(id: number, exchange: Exchange, note: Note = {}): JournalEntry {
  const { time, method, url, secret } = exchange
  const responseBody = redactBody(String(exchange.responseBody), secret)
  // The 401 challenge has its code in the body alone.
  const { errorCode = (responseBody as { errorCode?: string } | null)?.errorCode } = exchange
  return {
    id,
    time: preciseDate(time),
    method,
    url: redactUrl(url, secret),
    operation: exchange.operation ?? null,
    // A path that fits an operation may have anything in the place of the id.
    project: exchange.project === undefined ? null : redactUrl(exchange.project, secret),
    organization: exchange.organization ?? null,
    credential: exchange.credential ?? null,
    refusal: exchange.refusal ?? null,
    status: exchange.status ?? null,
    errorCode: errorCode ?? null,
    unserved: exchange.unserved,
    duration: Math.round(exchange.duration * 1000) / 1000,
    fault: exchange.fault ?? null,
    requestHeaders: redactHeaders(pairs(exchange.requestHeaders), secret),
    requestBody: redactBody(String(exchange.requestBody), secret),
    responseHeaders: redactHeaders(headersOf(exchange), secret),
    responseBody,
    challenge: note.challenge ?? null,
    answers: note.answers ?? null,
    replayOf: exchange.replayOf ?? null,
    advice: (note.advice ?? []).map((text) => redactUrl(text, secret)),
  }
}

/**
 * What a success can have besides the headers that every answer to its method has. To keep these values costs a fraction
 * of a copy of all headers.
 */
export const ownHeaders = [
  'cache-control',
  'connection',
  'content-type',
  'deprecation',
  'location',
  'ratelimit-limit',
  'sunset',
] as const

/** The one that differs from answer to answer, and is kept by itself, so that the others can be those of the answer before. */
export const remainingHeader = 'ratelimit-remaining'

/** By name, in alphabetical order. */
function headersOf({ method, fault, remaining, responseHeaders: kept }: Exchange): [string, unknown][] {
  if (!Array.isArray(kept)) return Object.entries(kept)
  const headers = {
    ...answerHeaders(method),
    ...Object.fromEntries(ownHeaders.map((name, i) => [name, kept[i]])),
    [remainingHeader]: remaining,
    [faultHeader]: fault,
  }
  return Object.entries(headers)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

function* pairs(list: readonly string[]): Generator<[string, string]> {
  for (let i = 0; i < list.length; i += 2) yield [(list[i] as string).toLowerCase(), list[i + 1] as string]
}
