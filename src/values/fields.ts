import { Type } from '@sinclair/typebox'
import { durationForms, durationPattern, momentPattern } from './time.js'
import { objectIdPattern } from './vocabulary.js'

/** The fields that fixtures and commands are made of, described for people and their editors. */

export const Id = (of: string) =>
  Type.String({ pattern: objectIdPattern, description: `${of}: 24 lower-case hex digits` })

export const Name = (description: string) => Type.String({ minLength: 1, description })

export const Day = (description: string) =>
  Type.String({ format: 'calendar-date', description: `${description}: a calendar date such as 2024-11-13` })

export const Duration = (description: string) =>
  Type.String({ pattern: durationPattern, description: `${description}: ${durationForms}` })

export const Moment = (description: string) =>
  Type.String({
    pattern: momentPattern,
    description: `${description}: a UTC date and time such as 2026-01-01T00:00:00Z`,
  })
