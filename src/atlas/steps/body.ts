import type { IncomingMessage } from 'node:http'
import type { TObject, TSchema } from '@sinclair/typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { collectBody } from '../../http/body.js'
import { compareCodePoints } from '../../values/code-points.js'
import { parseSafely } from '../../values/safe-json.js'
import { type Violation, validator } from '../../values/schema.js'
import { type AtlasError, errors } from '../errors/errors.js'
import type { RequestBody, Step } from '../operation.js'
import { atlasDate } from '../versions.js'

/** Bytes that a request's body may have [body-too-large]. */
export const jsonLimit = 1024 * 1024

const json = 'application/json'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Has every body read as bytes, whatever its type: what they are worth is decided by steps that answer as the API does,
 * and that leave the connection open.
 */
export function readBodiesAsBytes(app: FastifyInstance, bodyLimit = jsonLimit): void {
  app.removeAllContentTypeParsers()
  const read = (_: FastifyRequest, body: IncomingMessage) => collectBody(body, bodyLimit)
  app.addContentTypeParser('*', { bodyLimit }, read)
  // Fastify remembers which parser a type has, but for that of all: without this one it reads the type anew each time.
  app.addContentTypeParser(/^/, { bodyLimit }, read)
}

/** Refuses a body that is not declared to be JSON. */
export const mediaType: Step = {
  name: 'media type',
  at: 'onRequest',
  make: ({ body }) =>
    body &&
    (({ raw: { headers } }) => {
      const contentType = headers['content-type']
      // What nearly every client sends.
      if (contentType === json) return
      if (contentType === undefined) {
        // Chunks may turn out to be none, but not those of a client that waits for 100 Continue; RFC 9110, 10.1.1.
        const isSomething = Number(headers['content-length'] ?? 0) > 0 || isExpected(headers)
        if (isSomething) throw errors.unsupportedMediaType.with({ contentType: '' })
        return
      }
      const [essence = ''] = contentType.split(';')
      const type = essence.trim().toLowerCase()
      if (type !== json && atlasDate(type) === undefined) {
        throw errors.unsupportedMediaType.with({ contentType })
      }
    }),
}

function isExpected({ expect, 'transfer-encoding': coding }: IncomingMessage['headers']): boolean {
  return expect !== undefined && coding !== undefined
}

/** Parses the body and checks it against the operation's schema. */
export const body: Step = {
  name: 'body',
  at: 'preValidation',
  make: ({ operationId, body: expected }) => {
    if (!expected) return undefined
    checkKeywords(expected.schema)
    const fits = validator(expected.schema)
    return (request) => {
      const bytes = request.body as Buffer | undefined
      request.bodyAsSent = bytes
      request.body = parseJson(bytes, request.raw.headers['content-type'])
      if (fits(request.body)) return
      const violations = fits.errors as Violation[]
      // Newer SDKs can send one where older ones leave the attribute out [attribute-null].
      const isNull = ({ keyword, data, instancePath }: Violation) =>
        keyword === 'type' && data === null && instancePath !== ''
      const nulls = violations.filter(isNull).map(attributeOf)
      if (nulls.length > 0)
        request.log.warn(`${operationId} was sent null for ${nulls.join(', ')}, which Atlas refuses`)
      throw explain(violations, expected)
    }
  },
}

/** Undefined for no body. One that came in chunks may turn out to be none, and needs a type only if it is not. */
function parseJson(bytes: Buffer | undefined, contentType: string | undefined): unknown {
  if (bytes === undefined || bytes.length === 0) return undefined
  if (contentType === undefined) throw errors.unsupportedMediaType.with({ contentType: '' })
  try {
    return parseSafely(utf8.decode(bytes))
  } catch {
    throw errors.malformedJson.with({})
  }
}

/** The order in which mistakes are told [order-of-violations]. */
const rank = { unknown: 1, missing: 2, type: 3, enum: 4, value: 5 } as const

/** The rank of a violation of each JSON Schema keyword by a value of the right type. */
const valueKeywords: Readonly<Record<string, number>> = {
  enum: rank.enum,
  const: rank.enum,
  minLength: rank.value,
  maxLength: rank.value,
  pattern: rank.value,
  format: rank.value,
  minimum: rank.value,
  maximum: rank.value,
  minItems: rank.value,
  maxItems: rank.value,
}
const otherKeywords = ['type', 'properties', 'required', 'additionalProperties', 'items', 'description', 'default']

/** Sees at start-up that there is an error for each keyword that a body's schema uses. */
function checkKeywords(schema: TSchema): void {
  for (const keyword of Object.keys(schema)) {
    if (!(keyword in valueKeywords) && !otherKeywords.includes(keyword)) {
      throw new Error(`No error is known for the keyword ${keyword} of a request’s schema`)
    }
  }
  for (const property of Object.values((schema as TObject).properties ?? {})) checkKeywords(property)
  if (schema.items) checkKeywords(schema.items)
}

/** What is wrong with one attribute. */
interface AttributeMistake {
  readonly rank: number
  readonly attribute: string
  readonly error: () => AtlasError
}

/** The error for a body that does not fit: that of the first mistake, by rank and then by the attribute's name. */
function explain(violations: readonly Violation[], { invalid }: RequestBody): AtlasError {
  if (violations.some(({ instancePath, keyword }) => instancePath === '' && keyword === 'type')) {
    return errors.invalidJson.with({})
  }
  const missing = [...new Set(violations.filter(({ keyword }) => keyword === 'required').map(attributeOf))].sort()
  const mistakes = violations.map((violation) => mistakeOf(violation, missing, invalid))
  // A wrong type hides a bad value, since a violation of the type ranks before that of the value.
  const [first] = mistakes.sort((a, b) => a.rank - b.rank || compareCodePoints(a.attribute, b.attribute))
  return (first as AttributeMistake).error()
}

function mistakeOf(
  violation: Violation,
  missing: readonly string[],
  invalid: RequestBody['invalid'],
): AttributeMistake {
  const { keyword, data } = violation
  const attribute = attributeOf(violation)
  const mistake = (of: number, error: () => AtlasError): AttributeMistake => ({ rank: of, attribute, error })
  const own = invalid[attribute]
  switch (keyword) {
    case 'additionalProperties':
      return mistake(rank.unknown, () => errors.invalidAttribute.with({ attribute }))
    case 'required':
      return mistake(rank.missing, () =>
        missing.length === 1
          ? errors.missingAttribute.with({ attribute })
          : errors.missingAttributes.with({ attributes: missing.join(', ') }),
      )
    case 'type':
      return mistake(rank.type, () => errors.attributeOfWrongType.with({ attribute }))
    default:
      if (own) return mistake(rank.value, () => own(attribute, data))
      return valueKeywords[keyword] === rank.enum
        ? mistake(rank.enum, () => errors.invalidEnumValue.with({ value: data as string }))
        : mistake(rank.value, () => errors.invalidAttribute.with({ attribute }))
  }
}

/** The attribute of the body that a violation is about; for one in a nested value, the attribute that holds it. */
function attributeOf({ instancePath, params }: Violation): string {
  const [, attribute = params.additionalProperty ?? params.missingProperty] = instancePath.split('/')
  return attribute
}
