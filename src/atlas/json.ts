import type { TSchema } from '@sinclair/typebox'
import fastJson from 'fast-json-stringify'

/**
 * Compiles a serializer that writes compact JSON with the keys of every object in code-point order,
 * the sorting done once and not for each answer: when the first one is asked for.
 */
export function compileSerializer<T = unknown>(schema: TSchema): (value: T) => string {
  let compiled: ((value: T) => string) | undefined
  return (value) => {
    compiled ??= fastJson(inCodePointOrder(schema) as TSchema) as (value: T) => string
    return compiled(value)
  }
}

/**
 * The same schema with sorted properties. fast-json-stringify writes required properties before optional ones, so an
 * object that has an optional one is given no required ones: then it keeps the order of the properties.
 */
function inCodePointOrder(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(inCodePointOrder)
  if (typeof schema !== 'object' || schema === null) return schema
  const { properties, required, ...rest } = schema as {
    properties?: object
    required?: string[]
  }
  const sorted = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, inCodePointOrder(value)]))
  if (properties === undefined) return sorted
  const entries = Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1))
  const hasOptional = entries.some(([key]) => !required?.includes(key))
  return {
    ...sorted,
    properties: Object.fromEntries(entries.map(([key, value]) => [key, inCodePointOrder(value)])),
    ...(hasOptional ? {} : { required }),
  }
}

const needsSpaces = /[[\]{},:"]/g

/**
 * Prints compact JSON as Jackson's default printer does: two-space indent, a space on both sides of a colon, arrays on
 * the line they start on, `[ ]` and `{ }` when empty. Works on the text, so numbers and the order of keys stay.
 */
export function prettyPrint(json: string): string {
  let printed = ''
  let indent = 0
  const newLine = () => `\n${'  '.repeat(indent)}`
  const nesting: string[] = []
  needsSpaces.lastIndex = 0
  let from = 0
  for (let match = needsSpaces.exec(json); match; match = needsSpaces.exec(json)) {
    const at = match.index
    const mark = match[0]
    printed += json.slice(from, at)
    from = at + 1
    if (mark === '"') {
      from = endOfString(json, at)
      printed += json.slice(at, from)
      needsSpaces.lastIndex = from
    } else if (mark === '{' || mark === '[') {
      const close = mark === '{' ? '}' : ']'
      if (json[from] === close) {
        printed += `${mark} ${close}`
        from += 1
        needsSpaces.lastIndex = from
      } else {
        nesting.push(mark)
        if (mark === '{') indent += 1
        printed += mark + (mark === '{' ? newLine() : ' ')
      }
    } else if (mark === ',') {
      printed += nesting.at(-1) === '{' ? `,${newLine()}` : ', '
    } else if (mark === ':') {
      printed += ' : '
    } else {
      nesting.pop()
      if (mark === '}') indent -= 1
      printed += (mark === '}' ? newLine() : ' ') + mark
    }
  }
  return printed + json.slice(from)
}

/** Whether objects and arrays are nested more than `most` deep in what may be JSON. */
export function isDeeper(json: string, most: number): boolean {
  const marks = /["[\]{}]/g
  let depth = 0
  for (let match = marks.exec(json); match; match = marks.exec(json)) {
    const [mark] = match
    if (mark === '"') marks.lastIndex = endOfString(json, match.index)
    else depth += mark === '[' || mark === '{' ? 1 : -1
    if (depth > most) return true
  }
  return false
}

/** The index behind the string literal that starts at `start`. */
function endOfString(json: string, start: number): number {
  let end = start + 1
  while (end < json.length && json[end] !== '"') end += json[end] === '\\' ? 2 : 1
  return end + 1
}
