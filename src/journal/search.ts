import { operationNames } from '../atlas/registry.js'
import { givingWay, type Work } from '../values/pace.js'
import { redactUrl } from '../values/redaction.js'
import { parseDuration, parseMoment } from '../values/time.js'
import { pathOf } from '../values/url.js'
import type { JournalEntry, RequestFilter } from './entry.js'
import { type Exchange, type Journal, toJournalEntry } from './journal.js'

/** What a request must pass to fit a filter. */
export interface Search {
  /** The only one that can fit; undefined where many can. */
  readonly id?: number | undefined
  /** Whether it may fit, by what is cheap to look at. */
  readonly mayFit: (exchange: Exchange) => boolean
  /** Whether one that may fit does, by how it is told; undefined where that makes no difference. */
  readonly fits: ((entry: JournalEntry) => boolean) | undefined
}

/** Compiles a filter, whose moments and operation exist. */
export function searchFor(filter: RequestFilter): Search {
  const { method, path, status, fault, minDuration, maxDuration, since, until, header, body, answer, errorCode } =
    filter
  const { unserved } = filter
  const cheap: Search['mayFit'][] = []
  const operation = operationNames.get(filter.operation ?? '')
  if (operation !== undefined) cheap.push((exchange) => exchange.operation === operation)
  for (const name of ['project', 'organization', 'credential'] as const) {
    const wanted = filter[name]
    if (wanted !== undefined) cheap.push((exchange) => exchange[name] === wanted)
  }
  if (method !== undefined) {
    const wanted = method.toUpperCase()
    cheap.push((exchange) => exchange.method === wanted)
  }
  if (status !== undefined) cheap.push((exchange) => hasStatus(exchange, status))
  if (unserved !== undefined) cheap.push((exchange) => String(exchange.unserved) === unserved)
  if (fault !== undefined) cheap.push((exchange) => hasFault(exchange, fault))
  if (minDuration !== undefined) {
    const least = parseDuration(minDuration) as number
    cheap.push(({ duration }) => duration >= least)
  }
  if (maxDuration !== undefined) {
    const most = parseDuration(maxDuration) as number
    cheap.push(({ duration }) => duration <= most)
  }
  if (since !== undefined) {
    const earliest = parseMoment(since) as number
    cheap.push(({ time }) => time >= earliest)
  }
  if (until !== undefined) {
    const end = parseMoment(until) as number
    cheap.push(({ time }) => time < end)
  }
  if (path !== undefined) cheap.push(({ url, secret }) => pathOf(redactUrl(url, secret)) === path)

  const costly: NonNullable<Search['fits']>[] = []
  if (errorCode !== undefined) costly.push((entry) => entry.errorCode === errorCode)
  if (header !== undefined) costly.push((entry) => hasHeader(entry, header))
  if (body !== undefined) costly.push(({ requestBody }) => holds(requestBody, body))
  if (answer !== undefined) costly.push(({ responseBody }) => holds(responseBody, answer))
  return {
    id: filter.id === undefined ? undefined : Number(filter.id),
    mayFit: (exchange) => cheap.every((test) => test(exchange)),
    fits: costly.length === 0 ? undefined : (entry) => costly.every((test) => test(entry)),
  }
}

/**
 * Finds what fits in the journal, as it is now, giving way to requests in between.
 * @returns those that fit, the latest first
 */
export function find(journal: Journal, search: Search): Promise<Found[]> {
  return givingWay(searching(journal, search))
}

/** An exchange that fits, under its id. */
export interface Found {
  readonly id: number
  readonly exchange: Exchange
}

function* searching(journal: Journal, { id: only, mayFit, fits }: Search): Work<Found[]> {
  const found: Found[] = []
  const [first, end] = only === undefined ? journal.range : [only, only + 1]
  for (let id = end - 1; id >= Math.max(first, journal.range[0]); id -= 1) {
    const exchange = journal.exchange(id)
    if (exchange && mayFit(exchange) && (!fits || fits(toJournalEntry(id, exchange)))) found.push({ id, exchange })
    yield
  }
  return found
}

function hasStatus({ status }: Exchange, wanted: string): boolean {
  if (wanted === 'none') return status === undefined
  return wanted.endsWith('xx') ? String(status)[0] === wanted[0] : String(status) === wanted
}

function hasFault({ fault }: Exchange, wanted: string): boolean {
  if (wanted === 'none') return fault === undefined
  return fault !== undefined && (wanted === 'any' || fault.split(', ').includes(wanted))
}

function hasHeader({ requestHeaders }: JournalEntry, wanted: string): boolean {
  const [name, ...value] = wanted.split(':') as [string, ...string[]]
  const lower = name.trim().toLowerCase()
  const sent = Object.hasOwn(requestHeaders, lower) ? requestHeaders[lower] : undefined
  return sent !== undefined && (value.length === 0 || sent === value.join(':').trim())
}

function holds(body: unknown, text: string): boolean {
  if (body === null) return false
  return (typeof body === 'string' ? body : JSON.stringify(body)).includes(text)
}
