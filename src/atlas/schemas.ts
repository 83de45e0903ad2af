import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { objectIdPattern } from '../values/vocabulary.js'

/** How Atlas writes an id. */
export const ObjectId = Type.String({ pattern: objectIdPattern, description: '24 lower-case hex digits' })

export const Link = Type.Object({ href: Type.String(), rel: Type.String() })
export type Link = Static<typeof Link>

/** One page of a list. */
export const PageOf = <T extends TSchema>(item: T) =>
  Type.Object({
    links: Type.Array(Link),
    results: Type.Array(item),
    status: Type.Optional(Type.Integer({ description: 'HTTP status, when an envelope was asked for' })),
    totalCount: Type.Optional(Type.Integer({ description: 'How many there are on all pages' })),
  })

const envelope = Type.Boolean({
  default: false,
  description: 'Wraps the answer in an object that tells the status too',
})
const pretty = Type.Boolean({ default: false, description: 'Prints the answer for people to read' })

/** The query parameters that every operation takes. */
export const Flags = Type.Object({ envelope, pretty })
export type Flags = Static<typeof Flags>

/** The query parameters of an operation that lists. */
export const Paging = Type.Object({
  envelope,
  includeCount: Type.Boolean({ default: true, description: 'Whether the answer has a totalCount' }),
  itemsPerPage: Type.Integer({ default: 100, minimum: 1, maximum: 500 }),
  pageNum: Type.Integer({ default: 1, minimum: 1, maximum: 999_999_999 }),
  pretty,
})
export type Paging = Static<typeof Paging>
