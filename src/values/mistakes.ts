import { isRecord } from './record.js'
import { isSecretName } from './redaction.js'
import type { Violation } from './schema.js'

/** What is wrong with one place of something that was given: a fixture, a command's body. */
export interface Mistake {
  /** JSON Pointer (RFC 6901) to the place; empty for the whole. */
  readonly pointer: string
  /** What was found there, and what is allowed. */
  readonly text: string
  /** JSON Pointer to the other place, where two of them contradict each other. */
  readonly beside?: string | undefined
}

/** Characters of JSON that are shown of a value. */
const mostShown = 80

/** JSON, cut off where it gets long. */
export function show(value: unknown): string {
  const text = JSON.stringify(beginningOf(value, { left: mostShown + 1 })) ?? 'nothing'
  return text.length > mostShown ? `${text.slice(0, mostShown)}…` : text
}

/**
 * What is enough of a value to show it: a value of many megabytes would take a second to print as a whole.
 * @param budget how many values may still be kept, each of which takes a character at least
 */
function beginningOf(value: unknown, budget: { left: number }): unknown {
  budget.left -= 1
  if (typeof value === 'string') return value.slice(0, mostShown)
  // JSON has no such numbers, and JSON.stringify throws.
  if (typeof value === 'bigint') return `${value}`
  if (Array.isArray(value)) {
    const kept: unknown[] = []
    for (let i = 0; i < value.length && budget.left > 0; i += 1) kept.push(beginningOf(value[i], budget))
    return kept
  }
  if (!isPlain(value)) return value
  const kept: [string, unknown][] = []
  for (const name of Object.keys(value)) {
    if (budget.left <= 0) break
    kept.push([name.slice(0, mostShown), beginningOf(value[name], budget)])
  }
  return Object.fromEntries(kept)
}

/** Whether it is an object of JSON, and no date or the like, which prints itself. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return isRecord(value) && typeof value.toJSON !== 'function'
}

/** What does not fit a schema, in words for people. */
export function explainViolations(violations: readonly Violation[]): Mistake[] {
  // Of a choice between forms, that none fits is enough; the form of a key is told by what may be there.
  const told = violations.filter(({ schemaPath }) => !/\/anyOf\/|\/propertyNames\//.test(schemaPath))
  return told.map(explain)
}

function explain({ instancePath: pointer, keyword, params, data, parentSchema = {} }: Violation): Mistake {
  const { description, type, properties = {}, patternProperties } = parentSchema
  if (keyword === 'additionalProperties') {
    const allowed = patternProperties
      ? `names such as ${Object.keys(patternProperties)[0]}`
      : Object.keys(properties).join(', ')
    return { pointer, text: `found the unknown property ${show(params.additionalProperty)}; allowed: ${allowed}` }
  }
  if (keyword === 'required') {
    return {
      pointer: `${pointer}/${params.missingProperty}`,
      text: 'is missing',
    }
  }
  const values: readonly unknown[] | undefined =
    keyword === 'enum' ? params.allowedValues : keyword === 'const' ? [params.allowedValue] : undefined
  const allowed: string = values?.join(', ') ?? [type ?? []].flat().join(' or ')
  const about = keyword !== 'enum' && description ? ` (${description})` : ''
  const bound = bounds[keyword]?.(params.limit) ?? ''
  const found = isSecretName(pointer.slice(pointer.lastIndexOf('/') + 1)) ? 'a value' : show(data)
  return { pointer, text: `found ${found}; allowed: ${`${allowed}${bound}${about}`.trim()}` }
}

const bounds: Readonly<Record<string, (limit: number) => string>> = {
  minimum: (limit) => ` from ${limit}`,
  maximum: (limit) => ` up to ${limit}`,
  maxItems: (limit) => `, at most ${limit}`,
  minItems: () => ', not empty',
  minLength: () => ', not empty',
}
