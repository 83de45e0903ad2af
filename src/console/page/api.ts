/** How the page talks to the emulator. Every URL is relative, so that mapped ports and path prefixes do not matter. */
import { md5 } from './md5.js'
import type { ApiKey, ServiceAccount, StreamEvent, World } from './types.js'

const tokenKey = 'atlas-backup-emulator control token'

/** What a command or a call was refused with. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** Every place at fault. */
    readonly places: readonly string[] = [],
  ) {
    super(message)
  }
}

interface Problem {
  readonly detail?: string
  readonly errors?: readonly { detail: string; pointer?: string; parameter?: string }[]
}

export const session = {
  get token(): string | undefined {
    return sessionStorage.getItem(tokenKey) ?? undefined
  },
  set token(token: string | undefined) {
    if (token === undefined) sessionStorage.removeItem(tokenKey)
    else sessionStorage.setItem(tokenKey, token)
  },
}

function authorization(): Record<string, string> {
  return session.token === undefined ? {} : { authorization: `Bearer ${session.token}` }
}

async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers = {},
  signal?: AbortSignal,
): Promise<Response> {
  const response = await fetch(path, {
    method,
    // Or a browser would ask for a password by itself.
    credentials: 'omit',
    headers: { ...authorization(), ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  })
  if (response.ok) return response
  const problem = (await response.json().catch(() => ({}))) as Problem
  const places = (problem.errors ?? []).map(
    ({ detail, pointer, parameter }) => `${pointer ?? parameter ?? ''}: ${detail}`,
  )
  throw new Refusal(response.status, problem.detail ?? `${response.status} ${response.statusText}`, places)
}

/** Asks the control API. */
export async function get<T>(path: string): Promise<T> {
  return (await ask('GET', path)).json()
}

/** Gives the control API a command. */
export async function send<T>(method: string, path: string, body?: unknown): Promise<T> {
  const text = await (await ask(method, path, body)).text()
  return (text === '' ? undefined : JSON.parse(text)) as T
}

/** Health, which answers 503 where something is wrong. */
export async function health<T>(): Promise<T> {
  return (await fetch('health', { headers: authorization(), credentials: 'omit' })).json()
}

/**
 * Follows the events of the emulator until they end.
 * @param last the number of the last event that was seen
 */
export async function follow(
  last: number | undefined,
  backlog: number,
  signal: AbortSignal,
  onOpen: () => void,
  onEvents: (events: StreamEvent[]) => void,
): Promise<void> {
  const headers = last === undefined ? {} : { 'last-event-id': String(last) }
  const response = await ask('GET', `events?backlog=${backlog}`, undefined, headers, signal)
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder()
  onOpen()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    text += decoder.decode(value, { stream: true })
    const parts = text.split('\n\n')
    text = parts.pop() as string
    const events = parts.flatMap((part) => {
      // By no regular expression: a browser keeps the last text that one has met, and with it all that came in one piece.
      const [id = '', event = '', data] = part.split('\n')
      return data === undefined ? [] : [streamEvent(Number(id.slice(4)), event.slice(7) as Name, data.slice(6))]
    })
    if (events.length > 0) onEvents(events)
  }
}

type Name = StreamEvent['event']

/** An event that is parsed when somebody wants to know: of a flood, most are counted alone. */
function streamEvent(id: number, event: Name, text: string): StreamEvent {
  // Which data belongs to which name is the server's word.
  return {
    id,
    event,
    get data() {
      return JSON.parse(text)
    },
  } as StreamEvent
}

/** Where the emulator is, as the browser sees it; no slash at the end. */
export function baseUrl(): string {
  return new URL('..', location.href).href.replace(/\/$/, '')
}

/** Whose secrets are known: who the page can be for the Atlas API. */
export type Caller = { readonly key: ApiKey } | { readonly account: ServiceAccount } | undefined

/** Every version of today's clients. */
export const usualAccept = 'application/vnd.atlas.2025-03-12+json'

/** A credential that may do everything in a project, and may be used from anywhere; an account first. */
export function callerFor(world: World, project: { readonly id: string; readonly orgId: string } | undefined): Caller {
  const may = ({ roles, accessList = [] }: ApiKey | ServiceAccount) =>
    accessList.length === 0 &&
    roles.some(
      ({ roleName, orgId, groupId }) =>
        !project ||
        (roleName === 'ORG_OWNER' && orgId === project.orgId) ||
        (roleName === 'GROUP_OWNER' && groupId === project.id),
    )
  const account = world.serviceAccounts?.find(may)
  if (account) return { account }
  const key = world.apiKeys?.find(may)
  return key && { key }
}

const tokens = new Map<string, string>()

/** Sends a real request to the Atlas API, which the journal shows as the console's. */
export async function callAtlas(method: string, path: string, caller: Caller, body?: unknown): Promise<Response> {
  const url = `..${path}`
  const mark = { 'x-emulator-console': 'true' }
  const call = (own: Record<string, string> = {}) =>
    fetch(url, {
      method,
      credentials: 'omit',
      headers: {
        ...mark,
        accept: usualAccept,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...own,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  const checked = async (response: Response) => {
    if (response.ok) return response
    const { detail, errorCode } = (await response.json().catch(() => ({}))) as { detail?: string; errorCode?: string }
    throw new Refusal(response.status, `${response.status} ${errorCode ?? response.statusText}: ${detail ?? ''}`)
  }
  if (!caller) return checked(await call())
  if ('key' in caller) {
    const { publicKey, privateKey = '' } = caller.key
    const challenge = await call()
    const [, nonce = ''] = /nonce="([^"]+)"/.exec(challenge.headers.get('www-authenticate') ?? '') ?? []
    // The path as the emulator sees it, whatever stands before it here.
    return checked(await call({ authorization: digest(publicKey, privateKey, nonce, method, path) }))
  }
  const { clientId, clientSecret = '' } = caller.account
  for (const isAgain of [false, true]) {
    let token = isAgain ? undefined : tokens.get(clientId)
    if (token === undefined) {
      const answer = await fetch('../api/oauth/token', {
        method: 'POST',
        credentials: 'omit',
        headers: {
          ...mark,
          authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: 'grant_type=client_credentials',
      })
      token = (await (await checked(answer)).json()).access_token as string
      tokens.set(clientId, token)
    }
    const response = await call({ authorization: `Bearer ${token}` })
    // A token that was kept can have expired, by a clock that jumps.
    if (response.status !== 401 || isAgain) return checked(response)
  }
  throw new Error('unreachable')
}

function digest(user: string, secret: string, nonce: string, method: string, uri: string): string {
  const realm = 'MMS Public API'
  const cnonce = crypto.getRandomValues(new Uint32Array(2)).join('')
  const [a, b] = [md5(`${user}:${realm}:${secret}`), md5(`${method}:${uri}`)]
  const response = md5(`${a}:${nonce}:00000001:${cnonce}:auth:${b}`)
  const parts = { username: user, realm, nonce, uri, response, cnonce }
  const quoted = Object.entries(parts).map(([name, value]) => `${name}="${value}"`)
  return `Digest ${quoted.join(', ')}, qop=auth, nc=00000001, algorithm=MD5`
}
