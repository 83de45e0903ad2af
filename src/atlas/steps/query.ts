import type { TObject, TSchema } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { errors } from '../errors/errors.js'
import { beforeHandling } from '../route-hooks.js'
import type { Flags } from '../schemas/query.js'

/** One parameter of a URL's query: as sent, and decoded. */
export interface QueryParameter {
  readonly raw: string
  readonly name: string
  readonly value: string
}

type Value = boolean | number

const origin = /^https?:\/\/[^/?]*/i

/** The request target without its query, undecoded; of an absolute one, the path in it. */
export function pathOf(url: string): string {
  const [path] = url.replace(origin, '').split('?', 1)
  return path || '/'
}

/** The query's parameters in the order of the URL; empty ones (`&&`) are none. */
export function queryParameters(url: string): QueryParameter[] {
  const start = url.indexOf('?')
  if (start === -1) return []
  return url
    .slice(start + 1)
    .split('&')
    .filter((raw) => raw !== '')
    .map((raw) => {
      const equals = raw.indexOf('=')
      if (equals === -1) return { raw, name: decode(raw), value: '' }
      return {
        raw,
        name: decode(raw.slice(0, equals)),
        value: decode(raw.slice(equals + 1)),
      }
    })
}

/**
 * `pretty` and `envelope` for an answer to a request that may not have got as far as validation; a bad flag, or one
 * given twice, counts as false (section 3).
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
 * throws INVALID_QUERY_PARAMETER for the first parameter in it that is at fault; unknown ones are ignored.
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
      if (readers.has(name)) given.set(name, given.has(name) ? undefined : value)
    }
    const values = { ...defaults }
    for (const [name, text] of given) {
      const value = text === undefined ? undefined : readers.get(name)?.(text)
      if (value === undefined) throw errors.invalidQueryParameter(name)
      values[name] = value
    }
    return values
  }
}

function reader(property: TSchema): (text: string) => Value | undefined {
  if (property.type === 'boolean') return parseFlag
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

/** Form decoding; text that cannot be decoded stays as it is. */
function decode(text: string): string {
  const spaced = text.replaceAll('+', ' ')
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}

/** Row 13: reads the query of every route that declares one. */
export const query = fp(
  async (app: FastifyInstance) => {
    app.addHook('onRoute', (route) => {
      const read = compileQueryReader(route.schema?.querystring as TObject)
      beforeHandling(route, (request, _reply, done) => {
        request.query = read(request.raw.url as string)
        done()
      })
    })
  },
  { name: 'query', dependencies: ['cloudProvider'] },
)
