import { type TObject, type TProperties, type TSchema, type TUnsafe, Type } from '@sinclair/typebox'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { isIpListEntry } from './ip-list.js'
import { isCalendarDate } from './time.js'

/** One of `values`, as `{type: 'string', enum: […]}`, so that a violation says which values there are. */
export function StringEnum<const T extends string>(values: readonly T[], options: object = {}): TUnsafe<T> {
  return Type.Unsafe<T>({ type: 'string', enum: [...values], ...options })
}

/** `schema`, or null, as OpenAPI 3.1 and JSON Schema write it. */
export function Nullable<T extends TSchema>(schema: T): TUnsafe<T['static'] | null> {
  return Type.Unsafe<T['static'] | null>({
    ...schema,
    type: [schema.type, 'null'].flat(),
  })
}

/** An object that takes these properties and no others. */
export function Entry<T extends TProperties>(description: string, properties: T): TObject<T> {
  return Type.Object(properties, { additionalProperties: false, description })
}

/** What the validators share: they report violations together with the value at fault, and change nothing. */
const options = {
  verbose: true,
  allowUnionTypes: true,
  strict: true,
  // The schemas are our own, and few answers are asked for often enough to be worth a second pass: both cost the start.
  validateSchema: false,
  code: { optimize: false },
  formats: {
    date: isCalendarDate,
    // For editors and generators alone: a pattern holds the form, and whoever reads a moment says if there is none such.
    'date-time': true,
    'access-list-entry': isIpListEntry,
  },
} as const

/** Reports every violation. */
const ajv = madeOnce(() => new Ajv({ ...options, allErrors: true }))
/** For what is so large that it could hold too many: it stops at the first. */
const brief = madeOnce(() => new Ajv(options))

/** What `make` makes, when it is first asked for: the first answer needs no validator. */
function madeOnce<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

export type Violation = ErrorObject

/** Whether a value fits a schema; if not, `errors` says why not, until the next call. */
export interface Validator<T> {
  (value: unknown): value is T
  errors?: Violation[] | null
}

/** The validator of `schema`, which is compiled when it is first asked. */
export function validator<T>(schema: object): Validator<T> {
  return compiledBy(ajv, schema)
}

/** The same, but of several violations it reports the first alone. */
export function firstViolation<T>(schema: object): Validator<T> {
  return compiledBy(brief, schema)
}

function compiledBy<T>(compiler: () => Ajv, schema: object): Validator<T> {
  let compiled: ValidateFunction<T> | undefined
  const validate: Validator<T> = (value): value is T => {
    compiled ??= compiler().compile<T>(schema)
    const fits = compiled(value)
    validate.errors = compiled.errors ?? null
    return fits
  }
  return validate
}
