import type { ResourceVersion } from '../store/records.js'
import { rememberingTexts } from '../values/remembering.js'
import { headerDate, isCalendarDate, startOfDay } from '../values/time.js'
import type { Clock } from '../world/clock.js'

/** A version of a resource as it stands for a while. */
export interface ServedVersion extends ResourceVersion {
  /** Of what is served in it. */
  readonly contentType: string
  /** What every answer tells about its end; undefined while no newer version exists. */
  readonly announcements: Readonly<Record<string, string>> | undefined
  /** Whether its sunset has come. */
  readonly isGone: boolean
}

const atlasMediaType = /^application\/vnd\.atlas\.([0-9]{4}-[0-9]{2}-[0-9]{2})\+json$/i
const weight = /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/
/** What stands between two separators, where a quoted string may hold a separator. */
const betweenCommas = /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g
const betweenSemicolons = /(?:[^;"]|"(?:[^"\\]|\\.)*"?)+/g

/** The date in `application/vnd.atlas.YYYY-MM-DD+json`, or undefined when it is something else or no calendar date. */
export function atlasDate(mediaType: string): string | undefined {
  const [, date] = atlasMediaType.exec(mediaType) ?? []
  return date !== undefined && isCalendarDate(date) ? date : undefined
}

/** A range of an `Accept` header that names a date. */
interface DatedRange {
  readonly date: string
  readonly q: number
}

/** The ranges that name dates, in their order. Source: RFC 9110, 12.5.1 for the header. */
function* datedRanges(accept: string): Generator<DatedRange> {
  for (const range of accept.match(betweenCommas) ?? []) {
    const [mediaType = '', ...parameters] = (range.match(betweenSemicolons) ?? []).map((part) => part.trim())
    const date = atlasDate(mediaType)
    if (date !== undefined) yield { date, q: quality(parameters) }
  }
}

/**
 * Chooses the version that an `Accept` header asks for: that of its acceptable range with the highest q, the first
 * among equals; of `versions` (oldest first) the newest on or before the date asked for. Undefined when none will do.
 */
export function negotiate<V extends { readonly date: string }>(accept: string, versions: readonly V[]): V | undefined {
  let best: V | undefined
  let bestQ = 0
  for (const { date: asked, q } of datedRanges(accept)) {
    const version = versions.findLast(({ date }) => date <= asked)
    if (version && q > bestQ) {
      best = version
      bestQ = q
    }
  }
  return best
}

/** The date that an `Accept` header asks for, where any will do; undefined when it asks for none. */
export function askedDate(accept: string): string | undefined {
  const [best] = [...datedRanges(accept)].filter(({ q }) => q > 0).sort((a, b) => b.q - a.q)
  return best?.date
}

/** The weight among a range's parameters, from 0 to 1; one that is no weight accepts nothing. */
function quality(parameters: readonly string[]): number {
  const given = parameters.find((parameter) => /^q\s*=/i.test(parameter))
  if (given === undefined) return 1
  const value = given.slice(given.indexOf('=') + 1).trim()
  return weight.test(value) ? Number(value) : 0
}

/**
 * The versions of a resource as they are at `now`, and for how long they stay like that: `until` is the first moment
 * at which one is released or gone, infinite when there is none to come. The first version is there from the start.
 */
export function versionsAt(
  now: number,
  versions: readonly ResourceVersion[],
): { served: ServedVersion[]; from: number; until: number } {
  const changes = versions.flatMap(({ date, sunset = date }) => [startOfDay(date), startOfDay(sunset)])
  const released = versions.filter(({ date }, i) => i === 0 || startOfDay(date) <= now)
  return {
    served: released.map((version, i) => ({
      ...version,
      contentType: contentTypeOf(version.date),
      announcements: announcements(version, released[i + 1]),
      isGone: version.sunset !== undefined && startOfDay(version.sunset) <= now,
    })),
    from: Math.max(Number.NEGATIVE_INFINITY, ...changes.filter((change) => change <= now)),
    until: Math.min(Number.POSITIVE_INFINITY, ...changes.filter((change) => change > now)),
  }
}

/** The media type of what is served in the version of a date. */
export function contentTypeOf(date: string): string {
  return `application/vnd.atlas.${date}+json;charset=utf-8`
}

function announcements({ sunset }: ResourceVersion, successor: ResourceVersion | undefined) {
  if (!successor) return undefined
  return {
    deprecation: headerDate(startOfDay(successor.date)),
    ...(sunset !== undefined && { sunset: headerDate(startOfDay(sunset)) }),
  }
}

const rememberedHeaders = 1000

/** Tells which version an `Accept` gets. */
const negotiating = ({ served }: ReturnType<typeof versionsAt>) =>
  rememberingTexts(rememberedHeaders, (accept) => negotiate(accept, served))

/** The versions of one resource by the clock. */
export class Timeline {
  readonly #source: () => readonly ResourceVersion[]
  readonly #clock: Clock
  #versions: readonly ResourceVersion[] | undefined
  #current = versionsAt(0, [])
  #negotiated = negotiating(this.#current)

  constructor(source: () => readonly ResourceVersion[], clock: Clock) {
    this.#source = source
    this.#clock = clock
  }

  negotiate(accept: string): ServedVersion | undefined {
    this.#keepUp()
    return this.#negotiated(accept)
  }

  #keepUp(): void {
    const now = this.#clock.now()
    const versions = this.#source()
    if (versions === this.#versions && now >= this.#current.from && now < this.#current.until) return
    this.#versions = versions
    this.#current = versionsAt(now, versions)
    this.#negotiated = negotiating(this.#current)
  }
}
