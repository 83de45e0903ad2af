import { pathOf } from '../atlas/protocol/query.js'
import { parseDuration, parseMoment } from '../time.js'
import { invalidParameter } from './problems.js'
import type { JournalEntry, RequestFilter } from './schemas.js'

type Test = (entry: JournalEntry) => boolean

/**
 * What an entry must pass to fit the filter.
 * @throws {ControlError} for a moment that does not exist
 */
export function searchFor(filter: RequestFilter): Test {
  const tests: Test[] = []
  for (const name of ['operation', 'project', 'credential', 'errorCode'] as const) {
    const wanted = filter[name]
    if (wanted !== undefined) tests.push((entry) => entry[name] === wanted)
  }
  const { method, path, status, fault, minDuration, maxDuration, since, until, header, body, answer } = filter
  if (method !== undefined) tests.push((entry) => entry.method === method.toUpperCase())
  if (path !== undefined) tests.push(({ url }) => pathOf(url) === path)
  if (status !== undefined) tests.push((entry) => hasStatus(entry, status))
  if (fault !== undefined) tests.push((entry) => hasFault(entry, fault))
  if (minDuration !== undefined) tests.push(({ duration }) => duration >= (parseDuration(minDuration) as number))
  if (maxDuration !== undefined) tests.push(({ duration }) => duration <= (parseDuration(maxDuration) as number))
  const earliest = moment('since', since)
  if (earliest !== undefined) tests.push(({ time }) => Date.parse(time) >= earliest)
  const end = moment('until', until)
  if (end !== undefined) tests.push(({ time }) => Date.parse(time) < end)
  if (header !== undefined) tests.push((entry) => hasHeader(entry, header))
  if (body !== undefined) tests.push(({ requestBody }) => holds(requestBody, body))
  if (answer !== undefined) tests.push(({ responseBody }) => holds(responseBody, answer))
  return (entry) => tests.every((test) => test(entry))
}

function moment(name: string, text: string | undefined): number | undefined {
  const time = text === undefined ? undefined : parseMoment(text)
  if (text !== undefined && time === undefined) throw invalidParameter(name, 'allowed: a date and time that exist')
  return time
}

function hasStatus({ status }: JournalEntry, wanted: string): boolean {
  if (wanted === 'none') return status === null
  return wanted.endsWith('xx') ? String(status)[0] === wanted[0] : String(status) === wanted
}

function hasFault({ fault }: JournalEntry, wanted: string): boolean {
  if (wanted === 'none') return fault === null
  return fault !== null && (wanted === 'any' || fault.split(', ').includes(wanted))
}

function hasHeader({ requestHeaders }: JournalEntry, wanted: string): boolean {
  const [name, ...value] = wanted.split(':') as [string, ...string[]]
  const sent = requestHeaders[name.trim().toLowerCase()]
  return sent !== undefined && (value.length === 0 || sent === value.join(':').trim())
}

function holds(body: unknown, text: string): boolean {
  if (body === null) return false
  return (typeof body === 'string' ? body : JSON.stringify(body)).includes(text)
}
