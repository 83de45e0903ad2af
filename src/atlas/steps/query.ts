import type { TObject, TSchema } from '@sinclair/typebox'
import { queryParameters } from '../../values/url.js'
import { errors } from '../errors/errors.js'
import type { Step } from '../operation.js'
import type { Flags } from '../schemas.js'

type Value = boolean | number | string

/**
 * `pretty` and `envelope` for an answer to a request that may not have got as far as validation; a bad flag, or one
 * given twice, counts as false [query-first-fault].
 */
export function readFlags(url: string): Flags {
  const parameters = queryParameters(url)
  const isSet = (name: string) => {
    const given = parameters.filter((parameter) => parameter.name === name)
    return given.length === 1 && given.every(({ value }) => parseFlag(value) === true)
  }
  return { envelope: isSet('envelope'), pretty: isSet('pretty') }
}

/**
 * Compiles the reader of a route's query, by the types, ranges and defaults of its schema. The reader takes a URL, and
 * throws INVALID_QUERY_PARAMETER for the first parameter in it that is at fault; unknown ones are ignored
 * [query-values] [query-unknown-ignored].
 */
export function compileQueryReader(schema: TObject): (url: string) => Readonly<Record<string, Value>> {
  const readers = new Map(Object.entries(schema.properties).map(([name, property]) => [name, reader(property)]))
  const defaults = Object.freeze(
    Object.fromEntries(Object.entries(schema.properties).map(([name, property]) => [name, property.default])),
  )
  return (url) => {
    if (!url.includes('?')) return defaults
    const given = new Map<string, string | undefined>()
    for (const { name, value } of queryParameters(url)) {
      // A number that is sent empty counts as absent [query-empty-absent].
      if (!readers.has(name) || (value === '' && typeof defaults[name] === 'number')) continue
      given.set(name, given.has(name) ? undefined : value)
    }
    const values = { ...defaults }
    for (const [name, text] of given) {
      const value = text === undefined ? undefined : readers.get(name)?.(text)
      if (value === undefined) throw errors.invalidQueryParameter.with({ parameter: name })
      values[name] = value
    }
    return values
  }
}

function reader(property: TSchema): (text: string) => Value | undefined {
  if (property.type === 'boolean') return parseFlag
  if (property.type === 'string') return (text) => text
  const { minimum = 0, maximum = Number.POSITIVE_INFINITY } = property
  return (text) => {
    const value = Number(text)
    return /^[0-9]{1,9}$/.test(text) && value >= minimum && value <= maximum ? value : undefined
  }
}

function parseFlag(text: string): boolean | undefined {
  if (text === '') return true
  const lower = text.toLowerCase()
  return lower === 'true' ? true : lower === 'false' ? false : undefined
}

/** Reads the parameters of the query. */
export const query: Step = {
  name: 'query',
  at: 'onRequest',
  make: (operation) => {
    const read = compileQueryReader(operation.query)
    return (request) => {
      request.query = read(request.raw.url as string)
    }
  },
}
