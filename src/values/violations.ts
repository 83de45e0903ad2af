import { type Problem, show } from './problem.js'
import { isSecretName } from './redaction.js'
import type { Violation } from './schema.js'

/** What does not fit a schema, in words for people. */
export function explainViolations(violations: readonly Violation[]): Problem[] {
  // Of a choice between forms, that none fits is enough; the form of a key is told by what may be there.
  const told = violations.filter(({ schemaPath }) => !/\/anyOf\/|\/propertyNames\//.test(schemaPath))
  return told.map(explain)
}

function explain({ instancePath: pointer, keyword, params, data, parentSchema = {} }: Violation): Problem {
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
  const allowed: string = keyword === 'enum' ? params.allowedValues.join(', ') : [type ?? []].flat().join(' or ')
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
