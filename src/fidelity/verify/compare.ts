/** The one comparator: where two answers differ, whoever of the two is right. */
import { isRecord } from '../../values/record.js'
import type { Redacted, RedactedAnswer } from './redaction.js'

/** How two answers differ in one place. */
export interface Difference {
  /** `status`, `header:name`, or `body:` and a JSON pointer. */
  readonly place: string
  readonly kind: 'value' | 'missing' | 'extra' | 'null' | 'order' | 'form' | 'date'
  readonly here: string
  readonly there: string
}

/** More differences of one body are not told. */
const most = 20

/** Where `there` differs from `here`; none when both are the same. Another status is told alone: all else follows from it. */
export function differences(here: RedactedAnswer, there: RedactedAnswer): Difference[] {
  if (here.status !== there.status) {
    return [{ place: 'status', kind: 'value', here: told(here), there: told(there) }]
  }
  const names = [...new Set([...Object.keys(here.headers), ...Object.keys(there.headers)])].sort()
  const headers = names.flatMap((name): Difference[] => {
    const [ours, theirs] = [own(here.headers, name), own(there.headers, name)]
    if (ours === theirs) return []
    const kind = theirs === undefined ? 'missing' : ours === undefined ? 'extra' : 'value'
    return [{ place: `header:${name}`, kind, here: ours ?? '', there: theirs ?? '' }]
  })
  return [...headers, ...bodyDifferences(here.body, there.body)]
}

/**
 * Both answers with nothing in their bodies but attributes and the types of values: what people have set says nothing
 * about Atlas. A list that one side has empty is empty in both, and a value that one side has as null is null in both.
 */
export function shapes(here: RedactedAnswer, there: RedactedAnswer): [RedactedAnswer, RedactedAnswer] {
  const [ours, theirs] = [parse(here.body), parse(there.body)]
  const alone = ({ status, headers }: RedactedAnswer, body: unknown): RedactedAnswer => {
    const { 'content-length': _, 'transfer-encoding': __, ...others } = headers
    return { status, headers: others, body: JSON.stringify(body) as Redacted }
  }
  if (ours === undefined || theirs === undefined) return [here, there]
  return [alone(here, shapeOf(ours, theirs)), alone(there, shapeOf(theirs, ours))]
}

function shapeOf(value: unknown, other: unknown): unknown {
  if (value === null || other === null) return null
  if (Array.isArray(value)) {
    const others = Array.isArray(other) ? other : value
    if (others.length === 0) return []
    const isAlike = value.length === others.length
    return (isAlike ? value : value.slice(0, 1)).map((item, i) => shapeOf(item, others[i]))
  }
  if (isRecord(value)) {
    const others = isRecord(other) ? other : value
    return Object.fromEntries(
      Object.entries(value).map(([name, part]) => [
        name,
        shapeOf(part, Object.hasOwn(others, name) ? others[name] : part),
      ]),
    )
  }
  return `‹${typeof value}›`
}

/** A status with what its error says, since that tells people most. */
function told({ status, body }: RedactedAnswer): string {
  const parsed = parse(body)
  const code = isRecord(parsed) && typeof parsed.errorCode === 'string' ? ` ${parsed.errorCode}` : ''
  return `${status}${code}`
}

function parse(body: Redacted): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function bodyDifferences(here: Redacted, there: Redacted): Difference[] {
  if (here === there) return []
  const [ours, theirs] = [parse(here), parse(there)]
  if (ours === undefined || theirs === undefined) return [{ place: 'body:', kind: 'value', here, there }]
  const found: Difference[] = []
  compareValues(ours, theirs, 'body:', found)
  // The same values in the same order: the bytes differ in spaces, line breaks or escapes.
  if (found.length === 0) found.push({ place: 'body:', kind: 'form', here, there })
  return found.slice(0, most)
}

function compareValues(here: unknown, there: unknown, place: string, found: Difference[]): void {
  const add = (kind: Difference['kind'], at: string, ours: unknown, theirs: unknown) =>
    found.push({ place: at, kind, here: show(ours), there: show(theirs) })
  if (Array.isArray(here) && Array.isArray(there)) {
    const isSameLength = here.length === there.length
    if (isSameLength && sorted(here) === sorted(there) && show(here) !== show(there)) add('order', place, here, there)
    else {
      if (!isSameLength) add('value', place, `${here.length} items`, `${there.length} items`)
      for (const [i, item] of here.entries())
        if (i < there.length) compareValues(item, there[i], `${place}/${i}`, found)
    }
  } else if (isRecord(here) && isRecord(there)) {
    for (const name of Object.keys({ ...here, ...there })) {
      const [ours, theirs] = [own(here, name), own(there, name)]
      const at = `${place}/${name}`
      if (ours !== undefined && theirs !== undefined) compareValues(ours, theirs, at, found)
      else if (ours === null || theirs === null) add('null', at, ours, theirs)
      else add(theirs === undefined ? 'missing' : 'extra', at, ours, theirs)
    }
    const both = (of: object, other: object) => Object.keys(of).filter((name) => Object.hasOwn(other, name))
    const [ours, theirs] = [both(here, there), both(there, here)]
    if (ours.join() !== theirs.join()) add('order', place, ours.join(', '), theirs.join(', '))
  } else if (here !== there) {
    const isDate = show(here).startsWith('‹date:') && /^‹(?:date|number|text):/.test(show(there))
    const isNull = here === null || there === null
    add(isDate ? 'date' : isNull ? 'null' : 'value', place, here, there)
  }
}

/** What is there by this name. A server may choose names that every object inherits, such as `constructor`. */
function own<T>(of: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(of, name) ? of[name] : undefined
}

/** A value as reports tell it; nothing for one that is not there. */
function show(value: unknown): string {
  return value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)
}

function sorted(items: readonly unknown[]): string {
  return items.map(show).sort().join()
}
