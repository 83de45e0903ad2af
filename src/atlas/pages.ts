import type { FastifyRequest } from 'fastify'
import type { Page } from '../world/world.js'
import type { Link } from './schemas/common.js'
import type { Paging } from './schemas/query.js'
import { pathOf, queryParameters } from './steps/query.js'

interface PageBody<T> {
  links: Link[]
  results: T[]
  status?: number
  totalCount?: number
}

/** Where the page asked for starts, counted from 0. */
export function offsetOf({ itemsPerPage, pageNum }: Paging): number {
  return (pageNum - 1) * itemsPerPage
}

/**
 * The body of a list (section 3 of the contract).
 * @param request the request, whose parameters its links repeat as sent
 * @param base where clients reach the API: scheme, host and port
 */
export function pageBody<T>(page: Page<T>, request: FastifyRequest, paging: Paging, base: string): PageBody<T> {
  const { envelope, includeCount } = paging
  return {
    links: pageLinks(request.raw.url as string, paging, page.total, base),
    results: page.items,
    ...(envelope && { status: 200 }),
    ...(includeCount && { totalCount: page.total }),
  }
}

function pageLinks(url: string, { itemsPerPage, pageNum }: Paging, total: number, base: string): Link[] {
  const others = queryParameters(url)
    .filter(({ name }) => name !== 'pageNum' && name !== 'itemsPerPage')
    .map(({ raw }) => raw)
  const link = (rel: string, ...paging: string[]): Link => ({
    href: `${base}${pathOf(url)}?${[...others, ...paging].join('&')}`,
    rel,
  })
  const size = `itemsPerPage=${itemsPerPage}`
  const neighbour = (rel: string, page: number) => link(rel, size, `pageNum=${page}`)
  // The first page exists even when it is empty.
  const lastPage = Math.max(1, Math.ceil(total / itemsPerPage))
  return [
    link('self', `pageNum=${pageNum}`, size),
    ...(pageNum < lastPage ? [neighbour('next', pageNum + 1)] : []),
    ...(pageNum > 1 && pageNum - 1 <= lastPage ? [neighbour('previous', pageNum - 1)] : []),
  ]
}
