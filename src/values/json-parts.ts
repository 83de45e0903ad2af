import type { Work } from './pace.js'

/** Bytes that are parsed at once. */
const partSize = 256 * 1024
/** How many levels of objects and arrays are taken apart: as many as a world has lists in lists. */
const levels = 4
/** Members that a large object may have: with more of them, whatever looks at it as a whole takes too long at once. */
export const mostMembers = 50_000
/** Bytes that a value may have that is not taken apart, such as a text: it is parsed at once. */
export const largestValue = 16 * 1024 * 1024

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a]
const [openObject, closeObject, openArray, closeArray] = [0x7b, 0x7d, 0x5b, 0x5d]
const byteOrderMark = Buffer.from('\uFEFF')
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Parses JSON, of which there may be more than fits in a string, part after part.
 * @param parse parses a part: an object or an array with some of the members, or another value
 * @throws {SyntaxError} for what is no JSON, for a large object of more than `mostMembers`, and for a text, or a value deep
 * within, of more than `largestValue`
 * @throws {TypeError} for what is no UTF-8
 */
export function* parseInParts(bytes: Buffer, parse: (text: string) => unknown): Work<unknown> {
  const start = bytes.subarray(0, 3).equals(byteOrderMark) ? 3 : 0
  return yield* parseSpan(bytes, start, bytes.length, 0, parse)
}

function* parseSpan(
  bytes: Buffer,
  start: number,
  end: number,
  level: number,
  parse: (text: string) => unknown,
): Work<unknown> {
  yield
  const text = (from: number, to: number) => utf8.decode(bytes.subarray(from, to))
  const first = yield* behindSpace(bytes, start, end)
  const behind = yield* beforeSpace(bytes, first, end)
  const isArray = bytes[first] === openArray
  if (behind - first <= partSize || level === levels || !(isArray || bytes[first] === openObject)) {
    if (behind - first > largestValue) throw tooLarge()
    return parse(text(first, behind))
  }
  const last = behind - 1
  if (bytes[last] !== (isArray ? closeArray : closeObject)) throw new SyntaxError('Unexpected end of JSON input')
  if ((yield* behindSpace(bytes, first + 1, last)) === last) return isArray ? [] : {}
  const items: unknown[] = []
  const members: Record<string, unknown> = {}
  const add = (from: number, to: number) => {
    // Beside a comma there is a member, and an empty part would pass for none.
    if (isBlank(bytes, from, to)) throw new SyntaxError('Unexpected comma in JSON')
    const part = text(from, to)
    if (isArray) for (const item of parse(`[${part}]`) as unknown[]) items.push(item)
    else Object.assign(members, parse(`{${part}}`))
  }
  let from = first + 1
  let count = 0
  for (let at = from; at < last; ) {
    count += 1
    if (!isArray && count > mostMembers) throw new SyntaxError(`an object has more than ${mostMembers} members`)
    const next = yield* endOfMember(bytes, at, last)
    if (next - at > partSize) {
      // What comes before goes first, then the large one alone.
      if (at > from) add(from, at - 1)
      if (isArray) {
        items.push(yield* parseSpan(bytes, at, next, level + 1, parse))
      } else {
        const name = yield* behindSpace(bytes, at, next)
        const behindName = bytes[name] === quote ? endOfString(bytes, name, next) + 1 : name
        const mark = yield* behindSpace(bytes, behindName, next)
        if (behindName === name || bytes[mark] !== colon) throw new SyntaxError('Expected a name and a colon in JSON')
        const value = yield* parseSpan(bytes, mark + 1, next, level + 1, parse)
        for (const key of Object.keys(parse(`{${text(name, behindName)}:0}`) as object)) members[key] = value
      }
      from = next + 1
    } else if (next - from > partSize) {
      add(from, next)
      from = next + 1
    }
    yield
    at = next + 1
  }
  if (from <= last) add(from, last)
  return isArray ? items : members
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function isBlank(bytes: Buffer, from: number, end: number): boolean {
  for (let at = from; at < end; at += 1) if (!isSpace(bytes[at] as number)) return false
  return true
}

/** Where the white space ends that starts at `start`. */
function* behindSpace(bytes: Buffer, start: number, end: number): Work<number> {
  let at = start
  for (; at < end && isSpace(bytes[at] as number); at += 1) if (at % partSize === 0) yield
  return at
}

/** Where the white space starts that ends at `end`. */
function* beforeSpace(bytes: Buffer, start: number, end: number): Work<number> {
  let at = end
  for (; at > start && isSpace(bytes[at - 1] as number); at -= 1) if (at % partSize === 0) yield
  return at
}

function tooLarge(): SyntaxError {
  return new SyntaxError(`a value that is read at once, such as a text, has more than ${largestValue} bytes`)
}

/** Where the member that starts at `start` ends: the comma behind it, or `end`. */
function* endOfMember(bytes: Buffer, start: number, end: number): Work<number> {
  let depth = 0
  let pause = start + partSize
  for (let at = start; at < end; at += 1) {
    if (at > pause) {
      yield
      pause = at + partSize
    }
    const byte = bytes[at]
    if (byte === quote) at = endOfString(bytes, at, end)
    else if (byte === openObject || byte === openArray) depth += 1
    else if (byte === closeObject || byte === closeArray) depth -= 1
    else if (byte === comma && depth === 0) return at
    if (depth < 0) throw new SyntaxError('Unexpected end of a list in JSON')
  }
  return end
}

/** Where the string that starts at `start` has its last quote. */
function endOfString(bytes: Buffer, start: number, end: number): number {
  let at = start + 1
  const latest = Math.min(end, start + largestValue)
  while (at < latest && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1
  if (at >= latest && latest < end) throw tooLarge()
  return at
}
