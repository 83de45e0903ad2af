import { Type } from '@sinclair/typebox'
import { durationForms, durationPattern, momentPattern } from './time.js'
import { objectIdPattern } from './vocabulary.js'

/** The fields that fixtures and commands are made of, described for people and their editors. */

export const Id = (of: string) =>
  Type.String({ pattern: objectIdPattern, description: `${of}: 24 lower-case hex digits` })

export const Name = (description: string) => Type.String({ minLength: 1, description })

export const Day = (description: string) =>
  Type.String({ format: 'date', description: `${description}: a calendar date such as 2024-11-13` })

export const Duration = (description: string) =>
  Type.String({ pattern: durationPattern, description: `${description}: ${durationForms}` })

export const Moment = (description: string) =>
  Type.String({
    format: 'date-time',
    pattern: momentPattern,
    description: `${description}: a UTC date and time such as 2026-01-01T00:00:00Z`,
  })

/** A moment to the second, as Atlas itself writes one. */
export const DateTime = (description: string) =>
  Type.String({
    pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$',
    description: `${description}: a UTC date and time such as 2026-08-10T03:05:16Z`,
  })

/** How often a thing can be read, at most, before its status changes. */
const mostReads = 1_000_000

export const Reads = (description: string) => Type.Integer({ minimum: 1, maximum: mostReads, description })

/**
 * A duration, or `{"reads": n}`: so many answers that show the thing, in place of a time.
 * @param words what else may stand there
 */
export const DurationOrReads = (description: string, words: readonly string[] = []) =>
  Type.Unsafe<string | { reads: number }>({
    type: ['string', 'object'],
    description: `${description}: ${durationForms}, or {"reads": 3} for so many answers that still show the status`,
    pattern: durationPattern.replace('^(?:', `^(?:${words.map((word) => `${word}|`).join('')}`),
    properties: { reads: Reads('How many answers') },
    required: ['reads'],
    additionalProperties: false,
  })
