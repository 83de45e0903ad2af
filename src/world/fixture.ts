import { type Violation, validator } from '../schema.js'
import { contradictions } from './contradictions.js'
import { type Fixture, FixtureSchema } from './fixture-schema.js'
import type { Problem } from './problem.js'
import { explainViolations } from './violations.js'

/** A fixture cannot be used; `message` names its source, the JSON path, what was found and what is allowed. */
export class FixtureError extends Error {
  override readonly name = 'FixtureError'
  /** Each place at fault; none when the fixture could not be read at all. */
  readonly problems: readonly Problem[]

  constructor(message: string, problems: readonly Problem[] = []) {
    super(message)
    this.problems = problems
  }
}

const validate = validator<Fixture>(FixtureSchema)
const mostProblemsShown = 10

/**
 * Reads a fixture's text.
 * @param source what to call it in messages: a file's path, or the name of a fixture that comes with the emulator
 * @throws {FixtureError} when it is no JSON, does not fit `FixtureSchema`, or contradicts itself
 */
export function parseFixture(text: string, source: string): Fixture {
  return checkFixture(parseJson(text, source), source)
}

/**
 * The same of what has been parsed already.
 * @throws {FixtureError} when it does not fit `FixtureSchema`, or contradicts itself
 */
export function checkFixture(fixture: unknown, source: string): Fixture {
  const problems = validate(fixture) ? contradictions(fixture) : explainViolations(validate.errors as Violation[])
  if (problems.length > 0) throw unusable(source, problems)
  return fixture as Fixture
}

/** The error that tells of `problems`, each with its JSON path. */
export function unusable(source: string, problems: readonly Problem[]): FixtureError {
  const shown = problems.slice(0, mostProblemsShown).map(({ pointer, text }) => `${jsonPath(pointer)}: ${text}`)
  if (shown.length < problems.length) shown.push(`and ${problems.length - shown.length} more`)
  const lines = shown.map((line) => `  ${line}`).join('\n')
  return new FixtureError(`The fixture ${source} cannot be used:\n${lines}`, problems)
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    const message = (error as Error).message.replace(/\s+/g, ' ')
    throw new FixtureError(`The fixture ${source} is no JSON: ${message}`)
  }
}

/** RFC 9535, from a JSON Pointer. */
function jsonPath(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .reduce((path, step) => path + (/^[0-9]+$/.test(step) ? `[${step}]` : `.${step}`), '$')
}
