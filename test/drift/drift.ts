/** Compares Atlas's published OpenAPI with what the emulator serves, operation by operation. Takes no credentials. */
import { basePath } from '../../src/atlas/base-path.js'
import type { Operation } from '../../src/atlas/operation.js'
import { isRecord } from '../../src/values/record.js'

type Json = Readonly<Record<string, unknown>>

/** One place where the two differ. */
export interface Drift {
  readonly operationId: string
  /** Which place, such as `answer results[].id`, and how it differs. */
  readonly what: string
}

/** A difference that is meant. `*` stands for any text in either part. */
export interface Settled {
  readonly operation: string
  readonly what: string
  readonly reason: string
}

/** An OpenAPI document, as far as it is looked at. */
export interface Spec {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>
  readonly components?: Json
}

const record = (value: unknown): Json => (isRecord(value) ? value : {})
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Every difference for the operations that the emulator serves. @param statuses what any of them may answer, but successes */
export function driftOf(
  spec: Spec,
  operations: readonly Operation[],
  statuses: (operationId: string) => readonly string[],
): Drift[] {
  return operations.flatMap((operation) => {
    const { operationId, method, path } = operation
    const described = spec.paths[basePath + path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
    if (described === undefined) return [{ operationId, what: 'Atlas has no such operation at this path' }]
    return differencesOf(spec, described, operation, statuses(operationId)).map((what) => ({ operationId, what }))
  })
}

function differencesOf(spec: Spec, described: Json, operation: Operation, statuses: readonly string[]): string[] {
  const parameters = list(described.parameters).map((one) => record(resolved(spec, one)))
  const query = parameters.filter((one) => one.in === 'query')
  const responses = record(described.responses)
  const success = Object.keys(responses).find((status) => status.startsWith('2')) ?? 'none'
  const content = record(record(resolved(spec, responses[success])).content)
  const body = record(
    record(record(resolved(spec, described.requestBody)).content)[
      newest(record(record(described.requestBody).content))
    ],
  )
  const failures = Object.keys(responses).filter((status) => /^[45]/.test(status))
  return [
    ...value('operationId', described.operationId, operation.operationId),
    ...value('name in SDKs', described['x-xgen-operation-id-override'], operation.alias),
    ...value('deprecated', described.deprecated === true, false),
    ...value('role', list(described['x-rolesRequirements']).join(', ') || 'none', operation.role.name),
    ...value('success', success, String(operation.success)),
    ...names(
      'version',
      versionsOf(content),
      operation.versions.map(({ date, sunset }) => `${date}${sunset ? ` until ${sunset}` : ''}`),
    ),
    ...names(
      'query parameter',
      query.map(({ name }) => String(name)),
      Object.keys(operation.query.properties),
    ),
    ...failures.filter((status) => !statuses.includes(status)).map((status) => `status ${status}: Atlas alone`),
    ...fieldDifferences('request', spec, body.schema, operation.body?.schema),
    ...fieldDifferences(
      'answer',
      spec,
      record(content[newest(content)]).schema,
      operation.answer.type === 'null' ? undefined : operation.answer,
    ),
  ]
}

function value(what: string, theirs: unknown, ours: unknown): string[] {
  return theirs === ours ? [] : [`${what}: Atlas ${theirs ?? 'none'}, the emulator ${ours ?? 'none'}`]
}

function names(what: string, theirs: readonly string[], ours: readonly string[]): string[] {
  return [
    ...theirs.filter((name) => !ours.includes(name)).map((name) => `${what} ${name}: Atlas alone`),
    ...ours.filter((name) => !theirs.includes(name)).map((name) => `${what} ${name}: the emulator alone`),
  ]
}

function versionsOf(content: Json): string[] {
  return Object.entries(content).flatMap(([type, told]) => {
    const [, date] = /^application\/vnd\.atlas\.(\d{4}-\d\d-\d\d)\+json$/.exec(type) ?? []
    const sunset = record(told)['x-sunset']
    return date === undefined ? [] : [`${date}${typeof sunset === 'string' ? ` until ${sunset}` : ''}`]
  })
}

/** The media type of the newest version. */
function newest(content: Json): string {
  return (
    Object.keys(content)
      .filter((type) => type.endsWith('+json') && !type.includes('preview'))
      .sort()
      .at(-1) ?? ''
  )
}

/** What a schema says of a value, by the path to it: `results[].id`. */
type Fields = ReadonlyMap<
  string,
  { readonly type: string; readonly values: readonly string[]; readonly isRequired: boolean }
>

function fieldDifferences(what: string, spec: Spec, theirs: unknown, ours: unknown): string[] {
  const [atlas, emulator] = [fieldsOf(spec, theirs), fieldsOf(spec, ours)]
  return [
    ...names(
      what,
      [...atlas.keys()].filter((path) => !isWithinAny(path, emulator)),
      [...emulator.keys()].filter((path) => !isWithinAny(path, atlas)),
    ),
    ...[...atlas].flatMap(([path, field]) => {
      const own = emulator.get(path)
      if (!own) return []
      return [
        ...([field.type, own.type].includes(anyType) ? [] : value(`${what} ${path} type`, field.type, own.type)),
        ...names(`${what} ${path} value`, field.values, own.values),
        ...(what === 'request' ? value(`request ${path} required`, field.isRequired, own.isRequired) : []),
      ]
    }),
  ]
}

/** Whether a path leads into what may be anything. */
function isWithinAny(path: string, fields: Fields): boolean {
  return [...fields].some(
    ([outer, { type }]) =>
      type === anyType && path !== outer && path.startsWith(outer) && /^[.[]/.test(path.slice(outer.length)),
  )
}

function fieldsOf(spec: Spec, schema: unknown): Fields {
  const fields = new Map<string, { type: string; values: string[]; isRequired: boolean }>()
  const visit = (part: unknown, path: string, isRequired: boolean, open: readonly unknown[]) => {
    const target = record(resolved(spec, part))
    // A schema may hold itself.
    if (open.includes(target)) {
      if (path !== '') fields.set(path, { type: anyType, values: [], isRequired })
      return
    }
    const within = [...open, target]
    const variants = variantsOf(target)
    for (const variant of variants) visit(variant, path, isRequired, within)
    if (path !== '') {
      const known = fields.get(path)
      const byDefault = target.enum === undefined ? anyType : 'string'
      const type = [target.type ?? byDefault]
        .flat()
        .filter((one) => one !== 'null')
        .join(' or ')
      const values = list(target.enum).map(String)
      // Regions are wrapped into variants, whose type is the one that counts.
      const isWrapped = variants.length > 0 && known !== undefined
      fields.set(path, {
        type: isWrapped ? known.type : type,
        values: [...new Set([...(known?.values ?? []), ...values])],
        isRequired,
      })
    }
    const required = list(target.required)
    for (const [name, property] of Object.entries(record(target.properties))) {
      visit(property, path === '' ? name : `${path}.${name}`, required.includes(name), within)
    }
    if (target.items !== undefined) visit(target.items, `${path}[]`, true, within)
  }
  visit(schema, '', true, [])
  return fields
}

/** What may be of any type, as what is taken and ignored. */
const anyType = 'any'

/** The variants of a schema; where they go by the provider, that of AWS alone, which is the only one that is served. */
function variantsOf(schema: Json): unknown[] {
  const mapping = record(record(schema.discriminator).mapping)
  const all = list(schema.allOf)
  if (typeof mapping.AWS === 'string') return [...all, { $ref: mapping.AWS }]
  return [...all, ...list(schema.oneOf), ...list(schema.anyOf), ...Object.values(mapping).map(($ref) => ({ $ref }))]
}

function resolved(spec: Spec, value: unknown): unknown {
  const reference = record(value).$ref
  if (typeof reference !== 'string') return value
  return reference
    .slice(2)
    .split('/')
    .reduce<unknown>((at, name) => record(at)[name], spec)
}

/** What is not settled, and the settlements that settle nothing. */
export function unsettled(drift: readonly Drift[], settled: readonly Settled[]): { open: Drift[]; idle: Settled[] } {
  const pattern = (text: string) => new RegExp(`^${text.replace(/[\\^$.+?()[\]{}|]/g, '\\$&').replaceAll('*', '.*')}$`)
  const tests = settled.map((one) => ({ one, operation: pattern(one.operation), what: pattern(one.what) }))
  const used = new Set<Settled>()
  const open = drift.filter(({ operationId, what }) => {
    const fitting = tests.filter((test) => test.operation.test(operationId) && test.what.test(what))
    for (const { one } of fitting) used.add(one)
    return fitting.length === 0
  })
  return { open, idle: settled.filter((one) => !used.has(one)) }
}
