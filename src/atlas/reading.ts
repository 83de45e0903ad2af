import { type TProperties, type TSchema, Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { baseUrl, offsetOf, pageBody } from './links.js'
import type { AtlasContext, Operation } from './operation.js'
import { Flags, PageOf, Paging } from './schemas.js'

/** What an operation that reads declares; it names no thing by an id and has no body. */
type Reading = Pick<
  Operation,
  'operationId' | 'alias' | 'summary' | 'path' | 'resource' | 'versions' | 'role' | 'bucket' | 'parameters'
>

/** A GET whose answer is one value. */
export function reading(
  declared: Reading & {
    readonly answer: TSchema
    /** Whether it answers 409; it does not, unless said so. */
    readonly conflicts?: boolean
    /** @param base where clients reach the API, for links */
    readonly tell: (request: FastifyRequest, context: AtlasContext, base: string, reply: FastifyReply) => unknown
  },
): Operation {
  const { answer, conflicts = false, tell, ...rest } = declared
  return {
    ...rest,
    method: 'GET',
    thing: undefined,
    query: Flags,
    body: undefined,
    conflicts,
    success: 200,
    answer,
    work: (request, reply, context) => tell(request, context, baseUrl(request, context.publicUrl), reply),
  }
}

/** A GET whose answer is a page of items, which are all known at once. */
export function listing<Item>(
  declared: Reading & {
    readonly item: TSchema
    /** Parameters of the query beside those of a page: strings that items are chosen by, empty for all. */
    readonly filters: TProperties
    /** All items in their order, chosen by the filters. */
    readonly items: (request: FastifyRequest, context: AtlasContext) => readonly Item[]
    /** How an item of the page is told. */
    readonly show: (item: Item, base: string) => unknown
  },
): Operation {
  const { item, filters, items, show, ...rest } = declared
  return {
    ...rest,
    method: 'GET',
    thing: undefined,
    query: Type.Object({ ...Paging.properties, ...filters }),
    body: undefined,
    conflicts: false,
    success: 200,
    answer: PageOf(item),
    work: (request, _reply, context) => {
      const query = request.query as Paging
      const base = baseUrl(request, context.publicUrl)
      const all = items(request, context)
      const offset = offsetOf(query)
      const shown = all.slice(offset, offset + query.itemsPerPage).map((one) => show(one, base))
      return pageBody({ items: shown, total: all.length }, request, query, base)
    },
  }
}

/** A filter of a list. */
export const Filter = (description: string) => Type.String({ default: '', description })

/** The parameter of the query, empty when it has not been sent. */
export function filterOf(request: FastifyRequest, name: string): string {
  return (request.query as Readonly<Record<string, string>>)[name] as string
}

/** Whether the name begins like the filter, in whatever case [list-name-filter]. */
export function startsLike(name: string, filter: string): boolean {
  return name.toLowerCase().startsWith(filter.toLowerCase())
}
