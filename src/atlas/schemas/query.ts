import { type Static, Type } from '@sinclair/typebox'

const envelope = Type.Boolean({
  default: false,
  description: 'Wraps the answer in an object that tells the status too',
})
const pretty = Type.Boolean({
  default: false,
  description: 'Prints the answer for people to read',
})

/** What every operation takes. */
export const Flags = Type.Object({ envelope, pretty })
export type Flags = Static<typeof Flags>

/** What an operation that lists takes. */
export const Paging = Type.Object({
  envelope,
  includeCount: Type.Boolean({
    default: true,
    description: 'Whether the answer has a totalCount',
  }),
  itemsPerPage: Type.Integer({ default: 100, minimum: 1, maximum: 500 }),
  pageNum: Type.Integer({ default: 1, minimum: 1 }),
  pretty,
})
export type Paging = Static<typeof Paging>
