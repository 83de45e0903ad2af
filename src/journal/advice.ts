import type { OutgoingHttpHeaders } from 'node:http'
import { FifoMap } from 'toad-cache'
import { operations } from '../atlas/registry.js'
import { isRecord } from '../values/record.js'
import type { Exchange } from './journal.js'

/** How many calls, and how many clients, are remembered. */
const remembered = 1000

/** Milliseconds between two polls that are not too many. */
const shortestPoll = 1000

/** The same call by the same client. */
interface Call {
  /** When the last one was answered, in milliseconds of real time. */
  answeredAt: number
  /** How many in a row came too soon. */
  hasty: number
  /** Until when it is to wait, in milliseconds since the epoch. */
  waitUntil: number
}

/** The token that a client has got last. */
interface Token {
  /** In milliseconds since the epoch. */
  readonly goodUntil: number
  uses: number
}

/** The first version of the API that has these operations; what clients of today send. */
const usualAccept = 'application/vnd.atlas.2025-03-12+json'

/** What clients could do better, told from their requests one after the other. */
export class Advisor {
  readonly #calls = new FifoMap<Call>(remembered)
  readonly #tokens = new FifoMap<Token>(remembered)
  /** How many answers of 406 a client has got. */
  readonly #unacceptable = new FifoMap<number>(remembered)

  /** @param exchange the one that came after all that were looked at before */
  adviseOn(exchange: Exchange): string[] {
    // What a person sends once more says nothing about the client, and a challenge is half of a call.
    if (exchange.replayOf !== undefined || isChallenge(exchange)) return []
    return [...this.#onPace(exchange), ...this.#onVersion(exchange), ...this.#onTokens(exchange), ...onFields(exchange)]
  }

  #onPace(exchange: Exchange): string[] {
    const { method, url, time, answeredAt, operation, status } = exchange
    if (operation === undefined) return []
    const advice: string[] = []
    const key = `${clientOf(exchange)} ${method} ${url}`
    const call = this.#calls.get(key) ?? { answeredAt: Number.NEGATIVE_INFINITY, hasty: 0, waitUntil: 0 }
    if (time < call.waitUntil) {
      const wait = Math.ceil((call.waitUntil - time) / 1000)
      advice.push(`This call was to wait ${wait} s longer, as Retry-After of the one before says.`)
    }
    const pause = Math.round(answeredAt - call.answeredAt)
    call.hasty = method === 'GET' && pause < shortestPoll ? call.hasty + 1 : 0
    call.answeredAt = answeredAt
    // Two in a row can be chance; from the third on, a client polls.
    if (call.hasty > 1) {
      advice.push(
        `This is asked for again ${pause} ms after the last time; once a second is enough to see a status change.`,
      )
    }
    const seconds = status === 429 || status === 503 ? headerOf(exchange, 'retry-after') : ''
    call.waitUntil = /^[0-9]{1,9}$/.test(seconds) ? time + Number(seconds) * 1000 : 0
    this.#calls.set(key, call)
    return advice
  }

  #onVersion(exchange: Exchange): string[] {
    if (exchange.status !== 406) return []
    const accept = sentHeader(exchange, 'accept')
    if (/vnd\.atlas\./i.test(accept)) return []
    const client = clientOf(exchange)
    const times = (this.#unacceptable.get(client) ?? 0) + 1
    this.#unacceptable.set(client, times)
    const count = times === 1 ? '' : ` This client has left it out ${times} times.`
    return [`Accept names no version of the API: send Accept: ${usualAccept}.${count}`]
  }

  #onTokens(exchange: Exchange): string[] {
    const { operation, credential, status, time } = exchange
    if (credential === undefined) return []
    const last = this.#tokens.get(credential)
    if (operation !== 'token') {
      if (last) last.uses += 1
      return []
    }
    if (status !== 200) return []
    const { expires_in: lifetime } = parsed(exchange.responseBody) as { expires_in?: number }
    this.#tokens.set(credential, { goodUntil: time + (lifetime ?? 0) * 1000, uses: 0 })
    if (!last || last.uses > 1 || time >= last.goodUntil) return []
    const rest = Math.ceil((last.goodUntil - time) / 1000)
    const used = last.uses === 0 ? 'not used once' : 'used for one call'
    return [`The token before this one is good for another ${rest} s and was ${used}: keep a token for many calls.`]
  }
}

/** What Atlas refuses in the body, in words of what to do. */
function onFields(exchange: Exchange): string[] {
  const { status, operation } = exchange
  if (status !== 400) return []
  const { content, ...plain } = parsed(exchange.responseBody) as Record<string, unknown>
  const { errorCode, parameters, badRequestDetail } = (isRecord(content) ? content : plain) as {
    errorCode?: string
    parameters?: unknown[]
    badRequestDetail?: { fields?: { field?: string }[] }
  }
  const isAttribute = errorCode === 'INVALID_JSON_ATTRIBUTE' || errorCode === 'INVALID_ATTRIBUTE'
  const field = isAttribute ? parameters?.[0] : badRequestDetail?.fields?.[0]?.field
  if (typeof field !== 'string') return []
  const known = Object.keys(
    operations.find(({ operationId }) => operationId === operation)?.body?.schema.properties ?? {},
  )
  const sent = (parsed(exchange.requestBody) as Record<string, unknown>)[field]
  if (!known.includes(field)) return [`Atlas does not know the field \`${field}\` here; it takes ${known.join(', ')}.`]
  if (sent === null) return [`Atlas refuses null: leave the field \`${field}\` out where there is no value.`]
  return [`Atlas does not take this value of the field \`${field}\`.`]
}

/** Whether it is the first half of a call by Digest: a request that shows no credential, and a 401. */
function isChallenge(exchange: Exchange): boolean {
  return exchange.status === 401 && sentHeader(exchange, 'authorization') === ''
}

/** Who a client is: its credential, or else its address. */
function clientOf({ credential, from }: Exchange): string {
  return credential ?? String(from)
}

/** The first header with this name, in lower case, that was sent; empty for none. */
export function sentHeader({ requestHeaders }: Exchange, name: string): string {
  const place = requestHeaders.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === name)
  return requestHeaders[place + 1] && place >= 0 ? (requestHeaders[place + 1] as string) : ''
}

/** A header of an answer that is an error; empty for none. */
export function headerOf({ responseHeaders }: Exchange, name: string): string {
  return String((responseHeaders as OutgoingHttpHeaders)[name] ?? '')
}

/** A body as the object that it is; an empty one for what is none. */
function parsed(body: Exchange['requestBody']): object {
  try {
    const value: unknown = JSON.parse(String(body))
    return isRecord(value) ? value : {}
  } catch {
    return {}
  }
}
