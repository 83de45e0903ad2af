import type { IncomingMessage } from 'node:http'
import type { TObject } from '@sinclair/typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import secureJson from 'secure-json-parse'
import { collectBody } from '../../http/body.js'
import { type Violation, validator } from '../../values/schema.js'
import { AtlasError, errors } from '../errors/errors.js'
import { atlasDate } from './versioning.js'

/** Bytes that a request's body may have; section 5 of the contract, row 16. */
export const jsonLimit = 1024 * 1024

const mostFieldsTold = 100
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** What is wrong with one attribute, and the row of section 5 that says so. */
interface FieldError {
  readonly row: number
  readonly field: string
  /** Made for those alone that are told. */
  readonly error: () => AtlasError
}

/**
 * Has every body read as bytes, whatever its type: what they are worth is decided by steps that answer as the API does,
 * and that leave the connection open.
 */
export function readBodiesAsBytes(app: FastifyInstance, bodyLimit = jsonLimit): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { bodyLimit }, (_: FastifyRequest, body: IncomingMessage) =>
    collectBody(body, bodyLimit),
  )
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Its bytes, where the body has been parsed. */
    bodyAsSent: Buffer | undefined
  }
}

/** Rows 15 to 24: the body of every route that declares one. */
export const body = fp(
  async (app: FastifyInstance) => {
    readBodiesAsBytes(app)
    app.decorateRequest('bodyAsSent')
    // Ajv decides on bodies alone: paths and queries have been decided on before, in the contract's order.
    app.setValidatorCompiler(({ schema, httpPart }) => (httpPart === 'body' ? validator(schema as object) : () => true))

    app.addHook('onRoute', (route) => {
      if (!route.schema?.body) return
      const { 201: entity } = route.schema.response as { 201: TObject }
      const readOnly = new Set(Object.keys(entity.properties).filter((name) => entity.properties[name]?.readOnly))
      route.schemaErrorFormatter = (violations) => explain(violations as Violation[], readOnly)
      route.preParsing = (request, _reply, _payload, done) => {
        checkContentType(request)
        done()
      }
      route.preValidation = (request, _reply, done) => {
        request.bodyAsSent = request.body as Buffer | undefined
        request.body = parseJson(request.bodyAsSent, request.raw.headers['content-type'])
        done()
      }
    })
  },
  { name: 'body' },
)

function checkContentType({ raw: { headers } }: FastifyRequest): void {
  const contentType = headers['content-type']
  if (contentType === undefined) {
    if (Number(headers['content-length'] ?? 0) > 0) throw errors.unsupportedMediaType('')
    return
  }
  const [mediaType = ''] = contentType.split(';')
  const essence = mediaType.trim().toLowerCase()
  if (essence !== 'application/json' && atlasDate(essence) === undefined) throw errors.unsupportedMediaType(contentType)
}

/** Undefined for no body. One that came in chunks may turn out to be none, and only else needs a type. */
function parseJson(bytes: Buffer | undefined, contentType: string | undefined): unknown {
  if (bytes === undefined || bytes.length === 0) return undefined
  if (contentType === undefined) throw errors.unsupportedMediaType('')
  try {
    return secureJson.parse(utf8.decode(bytes))
  } catch {
    throw errors.malformedJson()
  }
}

/** The error for a body that does not fit: the first violation in the order of section 5, and a list of all. */
function explain(violations: readonly Violation[], readOnly: ReadonlySet<string>): AtlasError {
  if (violations.some(({ instancePath, keyword }) => instancePath === '' && keyword === 'type')) {
    return errors.invalidJson()
  }
  const missing = violations.flatMap(({ params }) => params.missingProperty ?? []).sort()
  const byField = new Map<string, FieldError>()
  for (const violation of violations) {
    const found = fieldError(violation, missing, readOnly)
    const known = byField.get(found.field)
    // A wrong type hides a bad value.
    if (!known || found.row < known.row) byField.set(found.field, found)
  }
  const sorted = [...byField.values()].sort((a, b) => a.row - b.row || compareCodePoints(a.field, b.field))
  const fields = sorted.slice(0, mostFieldsTold).map(({ field, error }) => ({ description: error().detail, field }))
  const [first] = sorted as [FieldError]
  const { status, errorCode, detail, parameters } = first.error()
  return new AtlasError(status, errorCode, detail, parameters, { badRequestDetail: { fields } })
}

function fieldError(
  { instancePath, keyword, params, data }: Violation,
  missing: readonly string[],
  readOnly: ReadonlySet<string>,
): FieldError {
  const attribute = instancePath.slice(1)
  switch (keyword) {
    case 'additionalProperties': {
      const name: string = params.additionalProperty
      return readOnly.has(name)
        ? { row: 20, field: name, error: () => errors.readOnlyAttribute(name) }
        : { row: 19, field: name, error: () => errors.unknownAttribute(name) }
    }
    case 'required': {
      const name: string = params.missingProperty
      return missing.length === 1
        ? { row: 21, field: name, error: () => errors.missingAttribute(name) }
        : { row: 22, field: name, error: () => errors.missingAttributes(missing) }
    }
    case 'type':
      return { row: 23, field: attribute, error: () => errors.attributeOfWrongType(attribute) }
    default:
      return { row: 24, field: attribute, error: () => errors.invalidEnumValue(data as string) }
  }
}

/** By Unicode code points, unlike `<`, which goes by UTF-16 units. */
function compareCodePoints(a: string, b: string): number {
  let i = 0
  while (i < a.length && a[i] === b[i]) i += 1
  return (a.codePointAt(i) ?? -1) - (b.codePointAt(i) ?? -1)
}
