import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { objectIdPattern } from '../../values/vocabulary.js'

export const ObjectId = Type.String({
  pattern: objectIdPattern,
  description: '24 lower-case hex digits',
})

export const Link = Type.Object({ href: Type.String(), rel: Type.String() })
export type Link = Static<typeof Link>

/** One page of a list. */
export const PageOf = <T extends TSchema>(item: T) =>
  Type.Object({
    links: Type.Array(Link),
    results: Type.Array(item),
    status: Type.Optional(
      Type.Integer({
        description: 'HTTP status, when an envelope was asked for',
      }),
    ),
    totalCount: Type.Optional(Type.Integer({ description: 'How many there are on all pages' })),
  })

/** A path below a project. */
export const ProjectParams = Type.Object({ groupId: ObjectId })
