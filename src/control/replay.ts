import type { FastifyInstance, InjectOptions } from 'fastify'
import { oauthPath } from '../atlas/oauth.js'
import type { JournalEntry } from '../journal/entry.js'
import { type Exchange, isCut, type Journal } from '../journal/journal.js'
import { replayHeader } from '../journal/replays.js'
import type { Teller } from '../journal/teller.js'
import type { KnownCredential } from '../store/records.js'
import { pathAndQueryOf, pathOf } from '../values/url.js'
import type { ControlContext } from './context.js'
import { ControlError } from './problems.js'

/** Headers that frame a request, which is framed anew. */
const framing = ['connection', 'content-length', 'expect', 'keep-alive', 'transfer-encoding', 'upgrade']

/** What is on the way of a replay that waits for a fault. */
type Server = Pick<FastifyInstance, 'inject'>

/**
 * Sends a request of the journal once more, within this process and from the address that it came from: as the
 * credential that sent it, whose secret nobody needs to know, or as nobody where that was refused.
 * @returns the entry that it leads to, as soon as there is one
 * @throws {ControlError} for an entry that is forgotten, or cannot be sent as it was
 */
export async function replay(context: ControlContext, server: Server, id: number): Promise<JournalEntry> {
  const { replays } = context
  const [journal, teller] = [context.journal as Journal, context.teller as Teller]
  const { credential, options } = prepare(context, id)
  const giveUp = new AbortController()
  const recorded = await new Promise<number>((resolve, reject) => {
    const ticket = replays.begin({ of: id, credential, onRecorded: resolve })
    const headers = { ...options.headers, [replayHeader]: ticket }
    server.inject({ ...options, headers, signal: giveUp.signal }).catch(reject)
  })
  const entry = journal.exchange(recorded) as Exchange
  // A fault can leave it without an answer for ever.
  if (entry.status === undefined) giveUp.abort()
  return teller.tell(recorded, entry)
}

/** @throws {ControlError} as `replay` does for an entry that it cannot send */
export function checkReplay(context: ControlContext, id: number): void {
  prepare(context, id)
}

/** What is sent once more, and as whom. */
function prepare(context: ControlContext, id: number) {
  const exchange = (context.journal as Journal).exchange(id)
  if (!exchange) throw new ControlError(404, `The journal has no request ${id}, or has forgotten it.`)
  const credential = credentialOf(context, id, exchange)
  return { credential, options: requestOf(id, exchange, credential !== undefined) }
}

/** As whom an entry is sent once more; undefined for nobody. */
function credentialOf({ world }: ControlContext, id: number, exchange: Exchange): KnownCredential | undefined {
  const { credential, refusal } = exchange
  if (credential === undefined || refusal !== undefined) return undefined
  const known = world.credential('apiKey', credential) ?? world.credential('serviceAccount', credential)
  if (!known) throw new ControlError(409, `Request ${id} was sent by ${credential}, which this world no longer has.`)
  return known
}

/** @param isKnown whether it is sent as somebody */
function requestOf(id: number, exchange: Exchange, isKnown: boolean): InjectOptions & { headers: Headers } {
  const { method, url, requestHeaders, requestBody, from } = exchange
  if (isCut(requestBody)) {
    throw new ControlError(409, `The body of request ${id} is not kept whole, so it cannot be sent once more.`)
  }
  const target = pathAndQueryOf(url)
  const parsed = new URL(target, 'http://localhost')
  if (parsed.pathname + parsed.search !== target) {
    throw new ControlError(409, `The target of request ${id} is none that can be sent from within the process.`)
  }
  // What asks for a token or gives one back shows its own secret, in a header or in the form.
  const isOAuth = pathOf(url).startsWith(`${oauthPath}/`)
  const isLeftOut = (name: string) =>
    framing.includes(name) || name === replayHeader || (name === 'authorization' && !(isOAuth && isKnown))
  const headers: Headers = {}
  for (let i = 0; i < requestHeaders.length; i += 2) {
    const name = (requestHeaders[i] as string).toLowerCase()
    if (!isLeftOut(name)) headers[name] = [...(headers[name] ?? []), requestHeaders[i + 1] as string]
  }
  const body = String(requestBody)
  return {
    method: method as NonNullable<InjectOptions['method']>,
    url: target,
    headers,
    ...(from !== undefined && { remoteAddress: from }),
    ...(body !== '' && { payload: body }),
  }
}

type Headers = Record<string, string[]>
