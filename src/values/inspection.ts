import { explainViolations, type Mistake } from './mistakes.js'
import type { Work } from './pace.js'
import { isRecord } from './record.js'
import { firstViolation, type Validator, type Violation, validator } from './schema.js'

/** How many mistakes are looked for in what is large. */
export const mostMistakes = 100

/** How many values, nested ones included, are looked at at once. */
const smallest = 1000

/** What is looked for, and where it has got to. */
export interface Findings {
  readonly mistakes: Mistake[]
  /** Whether the search ended with the hundredth, so that there may be more. */
  isCut: boolean
}

/** Adds mistakes; false once there are enough of them. */
export function found(findings: Findings, mistakes: readonly Mistake[]): boolean {
  findings.mistakes.push(...mistakes.slice(0, mostMistakes - findings.mistakes.length))
  findings.isCut = isFull(findings)
  return !findings.isCut
}

type Properties = Readonly<Record<string, Schema>>

/** A JSON Schema, as far as it is looked into here. */
interface Schema {
  readonly type?: unknown
  readonly properties?: Properties
  readonly patternProperties?: object
  readonly items?: Schema
}

/**
 * Looks for what does not fit a schema, one level after the other, until there are enough mistakes: a few bytes can hold
 * one, and each takes a thousand times as many to tell. Of the schema only what the value has parts for is compiled.
 */
export function* inspect(schema: object, value: unknown): Work<Findings> {
  const findings: Findings = { mistakes: [], isCut: false }
  yield* inspectPart(schema, value, '', findings)
  return findings
}

function* inspectPart(schema: Schema, value: unknown, pointer: string, findings: Findings): Work<void> {
  const { type, properties, patternProperties, items } = schema
  if (type === 'array' && items && Array.isArray(value)) {
    yield
    found(findings, violationsOf(shallow(schema), value, pointer, validator))
    for (let i = 0; i < value.length && !isFull(findings); i += 1) {
      yield* inspectPart(items, value[i], `${pointer}/${i}`, findings)
    }
  } else if (type === 'object' && properties && isRecord(value)) {
    yield
    if (!found(findings, violationsOf(shallow(schema), withFewUnknown(value, properties), pointer, validator))) return
    for (const [name, part] of partsOf(properties)) {
      if (value[name] !== undefined && !isFull(findings)) {
        yield* inspectPart(part, value[name], `${pointer}/${name}`, findings)
      }
    }
  } else if (isSmall(value)) {
    found(findings, violationsOf(schema, value, pointer, validator))
  } else if (patternProperties && isRecord(value)) {
    for (const [name, part] of Object.entries(value)) {
      if (isFull(findings)) return
      yield
      found(findings, violationsOf(schema, { [name]: part }, pointer, firstViolation))
    }
  } else {
    found(findings, violationsOf(schema, value, pointer, firstViolation))
  }
}

const scalars = ['string', 'number', 'integer', 'boolean', 'null']

/** Whether a value of it can have parts, of which there can be many: it is looked at apart. */
function hasParts({ type }: Schema): boolean {
  return type === undefined || ![type].flat().every((one) => scalars.includes(one as string))
}

function isFull({ mistakes }: Findings): boolean {
  return mistakes.length >= mostMistakes
}

/** Whether it holds few values, however deep. */
function isSmall(value: unknown): boolean {
  const open = [value]
  for (let count = 0; count < smallest; count += 1) {
    if (open.length === 0) return true
    const next = open.pop()
    if (typeof next !== 'object' || next === null) continue
    // The keys of a long array are many strings.
    if (Array.isArray(next) && next.length > smallest) return false
    const parts = Object.values(next)
    if (parts.length > smallest) return false
    open.push(...parts)
  }
  return open.length === 0
}

/** The object with as many attributes that nobody knows as it takes to tell enough mistakes. */
function withFewUnknown(value: Readonly<Record<string, unknown>>, known: object): object {
  const kept: Record<string, unknown> = {}
  let unknown = 0
  for (const name in value) {
    if (Object.hasOwn(known, name)) kept[name] = value[name]
    else if (unknown <= mostMistakes) {
      kept[name] = null
      unknown += 1
    }
  }
  return kept
}

type Maker = (schema: object) => Validator<unknown>

const validators = new Map<Maker, WeakMap<object, Validator<unknown>>>()
const shallowSchemas = new WeakMap<object, object>()
const parts = new WeakMap<object, readonly (readonly [name: string, part: Schema])[]>()

/** What does not fit, told of the place where the value stands. */
function violationsOf(schema: object, value: unknown, pointer: string, make: Maker): Mistake[] {
  const made = remembered(validators, make, () => new WeakMap<object, Validator<unknown>>())
  const fits = remembered(made, schema, () => make(schema))
  if (fits(value)) return []
  const violations = fits.errors as Violation[]
  return explainViolations(violations.map((one) => ({ ...one, instancePath: pointer + one.instancePath })))
}

/** Of the properties, those that are looked at apart. */
function partsOf(properties: Properties): readonly (readonly [name: string, part: Schema])[] {
  return remembered(parts, properties, () => Object.entries(properties).filter(([, part]) => hasParts(part)))
}

/** The schema without what it says of parts that can have parts of their own, and of the items of an array. */
function shallow(schema: Schema): object {
  return remembered(shallowSchemas, schema, () => {
    const { properties, items } = schema
    const own = Object.entries(properties ?? {}).map(([name, part]) => [name, hasParts(part) ? {} : part])
    return { ...schema, ...(properties && { properties: Object.fromEntries(own) }), ...(items && { items: {} }) }
  })
}

function remembered<K, V>(
  map: { get(key: K): V | undefined; set(key: K, value: V): unknown },
  key: K,
  make: () => V,
): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
