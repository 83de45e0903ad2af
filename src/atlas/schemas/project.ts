import { Type } from '@sinclair/typebox'
import { Link, ObjectId } from './common.js'

/** `Group`. */
export const Project = Type.Object({
  clusterCount: Type.Integer(),
  created: Type.String({
    description: 'UTC date and time, such as 2026-08-10T03:05:16Z',
  }),
  id: ObjectId,
  links: Type.Array(Link),
  name: Type.String(),
  orgId: ObjectId,
  tags: Type.Array(Type.Object({ key: Type.String(), value: Type.String() })),
  withDefaultAlertsSettings: Type.Boolean(),
})
