import { Type } from '@sinclair/typebox'
import { momentPattern } from '../values/time.js'

/** The fields that the answers of the control API are made of. */

export const Count = (description: string) => Type.Integer({ minimum: 0, description })

export const MomentOf = (description: string) =>
  Type.String({ pattern: momentPattern, description: `${description}; UTC, with milliseconds` })
