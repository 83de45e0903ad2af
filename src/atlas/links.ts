import type { FastifyRequest } from 'fastify'
import { isHost } from '../http/request-head.js'
import type { Page, Thing } from '../store/records.js'
import { authority, pathOf, queryParameters } from '../values/url.js'
import { type Span, spanOf } from '../world/lifecycle.js'
import type { Link, Paging } from './schemas.js'

const origin = /^https?:\/\/[^/?]+/i

/**
 * Where the client reaches the API, for absolute links: the configured public URL, or the host that the request names,
 * in its target before its headers (RFC 9112, 3.2.2). An HTTP/1.0 request need not name one; then the address it came
 * in at.
 */
export function baseUrl(request: FastifyRequest, publicUrl: string | undefined): string {
  if (publicUrl !== undefined) return publicUrl
  const [target] = origin.exec(request.raw.url as string) ?? []
  if (target !== undefined) return target
  const { localAddress, localPort } = request.socket
  // What a trusted proxy forwards may be anything.
  const host = isHost(request.host) ? request.host : request.headers.host
  const scheme = request.protocol === 'https' ? 'https' : 'http'
  return `${scheme}://${host || authority(localAddress as string, localPort as number)}`
}

/** What a few answers have as `Location`, whatever they are about [legacy-location]. */
export function legacyLocation(base: string): string {
  return `${base}//api/atlas/v1.0`
}

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
 * The body of a list.
 * @param request the request, whose parameters the page's links repeat as sent
 * @param base where clients reach the API: scheme, host and port
 */
export function pageBody<T>(
  page: Pick<Page<T>, 'items' | 'total'>,
  request: FastifyRequest,
  paging: Paging,
  base: string,
): PageBody<T> {
  const { envelope, includeCount } = paging
  return {
    links: pageLinks(request.raw.url as string, paging, page.total, base),
    results: page.items,
    ...(envelope && { status: 200 }),
    ...(includeCount && { totalCount: page.total }),
  }
}

/**
 * Characters that the pages remembered have together with their targets and bases: some 8 MiB, or 16 where they take two
 * bytes each.
 */
const mostCharacters = 8 * 1024 * 1024
/** What a page takes besides, roughly, counted as characters. */
const overhead = 512

interface WrittenPage {
  readonly base: string
  readonly version: object
  readonly span: Span
  readonly text: string
}

/**
 * Pages as JSON that stay what they are while nothing of their list is made, changed or removed, and no status begins.
 * Who waits for something asks for the same page again and again.
 */
export class WrittenPages {
  /** By the request's target, of which the paging is a part; the oldest first. */
  readonly #written = new Map<string, WrittenPage>()
  #characters = 0

  /** The page as it was written for the same target and the same base, if it is still what it was. */
  find(url: string, base: string, { version }: Page<Thing>, now: number): string | undefined {
    const last = this.#written.get(url)
    if (last === undefined || last.version !== version || last.base !== base) return undefined
    return now >= last.span.from && now < last.span.until ? last.text : undefined
  }

  /** Remembers what was written at `now`, unless nobody can tell how long it holds. */
  add(url: string, base: string, { items, version }: Page<Thing>, now: number, text: string): void {
    const span = version && spanOf(items, now)
    if (!span) return
    this.#forget(url)
    this.#written.set(url, { base, version, span, text })
    this.#characters += sizeOf(url, base, text)
    if (this.#characters > mostCharacters) this.#makeRoom()
  }

  #makeRoom(): void {
    for (const oldest of this.#written.keys()) {
      this.#forget(oldest)
      if (this.#characters <= mostCharacters) break
    }
  }

  #forget(url: string): void {
    const page = this.#written.get(url)
    if (!page) return
    this.#characters -= sizeOf(url, page.base, page.text)
    this.#written.delete(url)
  }
}

function sizeOf(url: string, base: string, text: string): number {
  return overhead + url.length + base.length + text.length
}

/** A page as JSON, keys in code-point order, of items that are JSON already. */
export function pageText({ links, results, status, totalCount }: PageBody<string>): string {
  // To join them copies each text, and takes twice as long.
  let items = ''
  for (const item of results) items += items === '' ? item : `,${item}`
  const last = `${status === undefined ? '' : `,"status":${status}`}${totalCount === undefined ? '' : `,"totalCount":${totalCount}`}`
  return `{"links":${JSON.stringify(links)},"results":[${items}]${last}}`
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
