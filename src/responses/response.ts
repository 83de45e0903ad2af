import { type Static, Type } from '@sinclair/typebox'
import type { BucketSet } from '../atlas/auth/token-buckets.js'
import { basePath } from '../atlas/base-path.js'
import type { Operation } from '../atlas/operation.js'
import { operations } from '../atlas/registry.js'
import { faultIdPattern, framing, Headers } from '../faults/rule.js'
import type { ResponseRecord } from '../store/responses.js'
import { Day } from '../values/fields.js'
import { type Mistake, show } from '../values/mistakes.js'
import { Entry, StringEnum } from '../values/schema.js'
import { objectIdPattern } from '../values/vocabulary.js'

/** How many answers of one's own there can be. */
export const mostResponses = 1000

/** The methods that can have one; GET brings HEAD. */
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
type Method = (typeof methods)[number]

/** Statuses whose answers have no body; RFC 9110, 15.3.5, 15.3.6 and 15.4.5. */
const withoutBody = [204, 205, 304]

/** The token buckets, by their names. */
export const bucketSets: ReadonlyMap<string, BucketSet> = new Map(
  operations
    .map(({ bucket }) => bucket)
    .filter((bucket) => bucket !== undefined)
    .map((bucket) => [bucket.name, bucket]),
)

/** An answer of one's own as a fixture or a command writes it. */
export const ResponseEntry = Entry('An answer of one’s own, to a method and path that no operation has', {
  id: Type.Optional(
    Type.String({ pattern: faultIdPattern, description: 'Letters, digits, . _ and -; made up when missing' }),
  ),
  method: StringEnum(methods, { description: 'GET brings HEAD' }),
  path: Type.String({
    pattern: '^/[^?#\\s]+$',
    maxLength: 1000,
    description: `A path below ${basePath}, without query, in which * or {name} stands for one segment: /groups/*/alerts`,
  }),
  version: Type.Optional(Day('The version that it is the answer in; any, when missing')),
  status: Type.Optional(Type.Integer({ minimum: 200, maximum: 599, description: 'The HTTP status; 200 when missing' })),
  headers: Type.Optional(Headers('Headers that it carries besides its own, such as Location, Deprecation and Sunset')),
  body: Type.Optional(
    Type.Unknown({
      description:
        'JSON; an array holds bodies to give in turn, of which the last one stays, so that [[]] is an empty array; no body when missing. http://localhost:8080 becomes the base URL that the client used, as it does in headers',
    }),
  ),
  text: Type.Optional(
    Type.String({ description: 'The body as JSON text, to be sent as it is, where numbers such as 10.0 matter' }),
  ),
  turn: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Which of the bodies comes next, counted from 0; 0 when missing',
    }),
  ),
  bucket: Type.Optional(
    StringEnum([...bucketSets.keys()], { description: 'The token bucket that it takes from; none when missing' }),
  ),
  recording: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'In a fixture file alone: the path, from there, of a file with an answer as HTTP has it, in place of status, headers and body, and of version where its media type names one',
    }),
  ),
})
export type ResponseEntry = Static<typeof ResponseEntry>

/** The same as it is sent: there is no folder that recordings could be in. */
export const SentResponse = Entry(
  'An answer of one’s own, to a method and path that no operation has',
  Type.Omit(ResponseEntry, ['recording']).properties,
)

/** An answer of one's own as it stands. */
export const ResponseState = Type.Object({
  ...Type.Omit(ResponseEntry, ['recording']).properties,
  id: Type.String(),
  status: Type.Integer({ description: 'The HTTP status' }),
})
export type ResponseState = Static<typeof ResponseState>

/** The segments of a path below the base path. One slash at its end makes no difference. */
function segmentsOf(path: string): string[] {
  return path.slice(1).replace(/\/$/, '').split('/')
}

function isWildcard(segment: string): boolean {
  return segment === '*' || /^\{\w+\}$/.test(segment)
}

/** The path with `*` for each segment that may be anything. */
export function normalPath(path: string): string {
  return `/${segmentsOf(path)
    .map((segment) => (isWildcard(segment) ? '*' : segment))
    .join('/')}`
}

/** A path of an answer, compiled. */
export class PathPattern {
  /** Decoded; undefined stands for any. */
  readonly #segments: readonly (string | undefined)[]

  /** @param path as `normalPath` gives it, of segments that can be decoded */
  constructor(path: string) {
    this.#segments = segmentsOf(path).map((segment) => (segment === '*' ? undefined : decodeURIComponent(segment)))
  }

  fits(segments: readonly string[]): boolean {
    return (
      segments.length === this.#segments.length &&
      this.#segments.every((segment, i) => segment === undefined || segment === segments[i])
    )
  }

  /** Orders patterns: of two that fit the same path, the one that is more particular where they first differ comes first. */
  get rank(): string {
    return this.#segments.map((segment) => (segment === undefined ? '1' : '0')).join('')
  }

  /** Whose id the second segment is. */
  get owner(): 'project' | 'organization' | undefined {
    const [collection, id] = this.#segments
    if (this.#segments.length < 2 || (id !== undefined && !new RegExp(objectIdPattern).test(id))) return undefined
    return collection === 'groups' ? 'project' : collection === 'orgs' ? 'organization' : undefined
  }

  /**
   * Whether every path that fits this is one of an operation's. Where only some are, the operation has those: a project
   * that is called alerts is found by its name, though the pattern for the alerts of any project fits that path too.
   */
  isOf({ path }: Operation): boolean {
    const others = segmentsOf(path)
    return (
      others.length === this.#segments.length &&
      this.#segments.every((segment, i) => others[i]?.startsWith(':') || segment === others[i])
    )
  }
}

/** What the schema cannot say of an answer that stands at `pointer`. */
export function responseMistakes(entry: ResponseEntry, pointer: string): Mistake[] {
  const found: Mistake[] = []
  const add = (at: string, text: string) => found.push({ pointer: `${pointer}${at}`, text })
  const { method, path, status = 200, headers = {}, body, text, turn = 0, bucket, recording } = entry
  if (recording !== undefined) {
    add('/recording', 'found a recording; allowed: only in a fixture file. Write status, headers and body here')
    return found
  }
  const wrong = pathMistake(path)
  if (wrong) {
    add('/path', wrong)
    return found
  }
  const pattern = new PathPattern(normalPath(path))
  const taken = operations.find((operation) => operation.method === method && pattern.isOf(operation))
  if (taken) {
    add(
      '/path',
      `found ${method} ${path}, which is ${taken.operationId}; allowed: a method and path that no operation has`,
    )
  }
  for (const name of Object.keys(headers)) {
    if ([...framing, 'content-encoding'].includes(name.toLowerCase())) {
      add(`/headers/${name}`, 'found a header that the emulator sets by itself; allowed: others, such as Location')
    }
  }
  if (body !== undefined && text !== undefined) add('/text', 'found text beside body; allowed: one of the two')
  if ((body !== undefined || text !== undefined) && withoutBody.includes(status)) {
    add(body === undefined ? '/text' : '/body', `found a body beside the status ${status}; allowed: none`)
  }
  if (text !== undefined && !isJson(text)) add('/text', `found ${show(text)}; allowed: JSON`)
  if (Array.isArray(body) && body.length === 0) {
    add('/body', 'found no bodies to give in turn; allowed: one at least, and [[]] for a body that is an empty array')
  }
  const bodies = bodiesOf(entry)
  if (turn >= Math.max(1, bodies.length)) add('/turn', `found ${turn}; allowed: less than the number of bodies`)
  const of = bucketSets.get(bucket ?? '')?.of
  if (of !== undefined && of !== 'credential' && of !== pattern.owner) {
    const under = of === 'project' ? '/groups/*' : '/orgs/*'
    add('/bucket', `found ${show(bucket)}, which each ${of} has; allowed: with a path under ${under}`)
  }
  return found
}

/** Undefined for a path that is none. */
function pathMistake(path: string): string | undefined {
  const told = (text: string) => `found ${show(path)}; allowed: ${text}`
  if (/^\/api\/atlas(?:\/|$)/.test(path)) return told(`the path below ${basePath}, such as /groups/*/alerts`)
  const segments = segmentsOf(path)
  if (isWildcard(segments[0] as string)) return told('a name as the first segment, such as groups')
  for (const segment of segments) {
    if (segment === '') return told('one slash between segments')
    if (isWildcard(segment)) continue
    if (/[*{}]|^:/.test(segment)) return told('* or {name} for a whole segment')
    try {
      decodeURIComponent(segment)
    } catch {
      return told('segments that can be percent-decoded')
    }
  }
  return undefined
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** What an answer is for: of several in the same place, each is for a version of its own. */
export function placeOf({ method, path }: Pick<ResponseRecord, 'method' | 'path'>): string {
  return `${method} ${normalPath(path)}`
}

/** Whether answers in the same place stand in each other's way. One without a version is for all of them. */
export function haveSameVersion(one: string | undefined, other: string | undefined): boolean {
  return one === undefined || other === undefined || one === other
}

/** What is wrong with a second answer in the same place. */
export const secondAnswer = (entry: ResponseEntry) =>
  `found a second answer to ${placeOf(entry)}; allowed: one, or one for each version`

/** The bodies as compact JSON. */
function bodiesOf({ body, text }: ResponseEntry): string[] {
  if (text !== undefined) return [compact(text)]
  if (body === undefined) return []
  return (Array.isArray(body) ? body : [body]).map((one) => JSON.stringify(one))
}

/** JSON without the spaces between its tokens; numbers and the order of keys stay. */
function compact(json: string): string {
  return json.replace(/("[^"\\]*(?:\\.[^"\\]*)*")|\s+/g, '$1')
}

/** The answer as it is stored, of an entry without mistakes. */
export function toRecord(entry: ResponseEntry, id: string): ResponseRecord {
  const { method, path, version, status = 200, headers = {}, bucket, turn = 0 } = entry
  return {
    id,
    method,
    path: normalPath(path),
    ...(version !== undefined && { version }),
    status,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    bodies: bodiesOf(entry),
    ...(bucket !== undefined && { bucket }),
    turn,
  }
}

/** The answer as an entry that brings it back. */
export function fromRecord({
  id,
  method,
  path,
  version,
  status,
  headers,
  bodies,
  bucket,
  turn,
}: ResponseRecord): ResponseState {
  return {
    id,
    method: method as Method,
    path,
    ...(version !== undefined && { version }),
    status,
    ...(Object.keys(headers).length > 0 && { headers: { ...headers } }),
    ...fromBodies(bodies),
    ...(turn > 0 && { turn }),
    ...(bucket !== undefined && { bucket }),
  }
}

function fromBodies(bodies: readonly string[]): Pick<ResponseState, 'body' | 'text'> {
  const values = bodies.map((body) => JSON.parse(body))
  const [value] = values
  if (bodies.length === 0) return {}
  if (bodies.length > 1) return { body: values }
  if (JSON.stringify(value) !== bodies[0]) return { text: bodies[0] as string }
  return { body: Array.isArray(value) ? values : value }
}
