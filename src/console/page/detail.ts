/** One request with all that is known of it. */
import { get, send } from './api.js'
import { copyAndSay, trying } from './dialogs.js'
import { breakable, button, buttons, type Child, fill, h } from './dom.js'
import { asAssertion, asCurl, prettyBody, rawBody, shortPath } from './format.js'
import { model } from './model.js'
import type { Claim, Entry } from './types.js'

export interface Detail {
  /** Beside the list on a wide screen; a dialog on a narrow one. */
  readonly aside: HTMLElement
  open(entry: Entry, isWhole: boolean, challenge?: Entry): Promise<void>
  close(): boolean
  readonly current: Entry | undefined
}

export function makeDetail(armFault: (entry: Entry) => void): Detail {
  const narrow = matchMedia('(max-width: 899px)')
  const content = h('div', { class: 'detail' })
  const aside = h('aside', { class: 'pane', 'aria-label': 'Request in detail', hidden: true }, content)
  const dialog = h('dialog', { class: 'sheet', 'aria-label': 'Request in detail' })
  let current: Entry | undefined
  let opener: Element | null = null
  dialog.addEventListener('close', () => close())

  const close = (): boolean => {
    if (!current) return false
    current = undefined
    aside.hidden = true
    if (dialog.open) dialog.close()
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus()
    return true
  }
  const place = () => {
    if (!current) return
    if (narrow.matches) {
      if (!dialog.isConnected) document.body.append(dialog)
      dialog.append(content)
      aside.hidden = true
      if (!dialog.open) dialog.showModal()
    } else {
      const wasOpen = dialog.open
      const kept = current
      if (wasOpen) {
        current = undefined
        dialog.close()
        current = kept
      }
      aside.append(content)
      aside.hidden = false
    }
  }
  narrow.addEventListener('change', place)

  return {
    aside,
    get current() {
      return current
    },
    close,
    async open(entry, isWhole, challenge) {
      if (!current) opener = document.activeElement
      current = entry
      draw(content, entry, challenge, close, armFault)
      place()
      if (isWhole) return
      await trying(async () => {
        const { requests } = await get<{ requests: Entry[] }>(`requests?id=${entry.id}`)
        const [whole] = requests
        if (!whole || current?.id !== entry.id) return
        current = whole
        draw(content, whole, challenge, close, armFault)
      })
    },
  }
}

function draw(
  content: HTMLElement,
  entry: Entry,
  challenge: Entry | undefined,
  close: () => void,
  armFault: (entry: Entry) => void,
): void {
  const { id, method, status, duration, credential, fault, errorCode, advice, replayOf } = entry
  const rules = h('ul', { class: 'rules' })
  const outcome =
    status === null ? `no answer after ${duration.toFixed(1)} ms` : `${status} in ${duration.toFixed(1)} ms`
  fill(
    content,
    h(
      'div',
      { class: 'detail-head' },
      h('h2', {}, `Request ${id}`),
      button('Copy curl', () => copyAndSay(asCurl(entry), 'Command'), { title: 'Copy as curl (c)' }),
      button('Replay', () => replay(entry), { title: 'Send it once more (r)' }),
      button('✕', close, { class: 'quiet', 'aria-label': 'Close the request', title: 'Close (Esc)' }),
    ),
    h('p', { class: 'mono' }, h('span', { class: 'method' }, method), ` ${shortPath(entry)}`),
    h(
      'p',
      {},
      h('strong', { class: `code s${String(status ?? 0)[0]}` }, outcome),
      credential === null ? '' : ` · ${credential}`,
      challenge ? ` (digest: challenge ${challenge.id}, then this)` : '',
    ),
    ...advice.map((text) => h('p', { class: 'advice' }, h('strong', {}, 'Advice: '), ...withCode(text))),
    facts([
      ['Operation', entry.operation ?? 'none: not emulated, or no path of Atlas'],
      ['Code', errorCode && h('span', { class: 'mono' }, ...breakable(errorCode))],
      ['Says', detailOf(entry)],
      ['Refused because', reasonOf(entry)],
      ['Fault', fault],
      ['Version', versionOf(entry)],
      ['Token bucket', bucketOf(entry)],
      ['Replay of', replayOf === null ? null : `request ${replayOf}`],
      ['Received', entry.time],
    ]),
    buttons(
      button('Arm a fault for requests like this', () => armFault(entry), { title: 'Arm a fault (f)' }),
      button('Copy as an assertion', () => copyAndSay(asAssertion(entry), 'Assertion')),
    ),
    message('Request', entry.requestHeaders, entry.requestBody),
    message('Answer', entry.responseHeaders, entry.responseBody),
    section('Rules it met', rules, () => showRules(entry, rules)),
  )
}

export async function replay({ id }: Entry): Promise<void> {
  await trying(() => send('POST', `requests/${id}/replay`))
}

function facts(list: readonly (readonly [string, Child])[]): HTMLElement {
  return h(
    'dl',
    {},
    ...list.flatMap(([name, value]) => (value === null || value === '' ? [] : [h('dt', {}, name), h('dd', {}, value)])),
  )
}

function detailOf({ responseBody, status }: Entry): string | null {
  const { detail, error_description: description } = (responseBody ?? {}) as {
    detail?: unknown
    error_description?: unknown
  }
  const text = detail ?? description
  return status !== null && status >= 400 && typeof text === 'string' ? text : null
}

/** What usually is behind a refusal. */
const causes: Readonly<Record<string, string>> = {
  'unknown key': 'no API key of this world has that public key',
  'wrong digest': 'the private key is another one',
  'not a token': 'no such token was given out here',
}

/** Why a 401 is one; where it names no reason, nobody said who they are. */
function reasonOf({ refusal, status, requestHeaders }: Entry): string | null {
  if (refusal !== null) return causes[refusal] === undefined ? refusal : `${refusal}: ${causes[refusal]}`
  return status === 401 && !('authorization' in requestHeaders)
    ? 'it had no credentials; a client answers the challenge by Digest, or sends a bearer token'
    : null
}

/** Which version was asked for, and which one served. */
function versionOf({ requestHeaders, responseHeaders }: Entry): string | null {
  const date = /vnd\.atlas\.([0-9-]+)\+/
  const [, asked] = date.exec(requestHeaders.accept ?? '') ?? []
  const [, served] = date.exec(responseHeaders['content-type'] ?? '') ?? []
  if (asked === undefined && served === undefined)
    return requestHeaders.accept === undefined ? 'none asked for' : `none in ${requestHeaders.accept}`
  const end = responseHeaders.sunset === undefined ? '' : `, which ends on ${responseHeaders.sunset}`
  return served === undefined ? `${asked} asked for` : `${asked ?? 'none'} asked for, ${served} served${end}`
}

/** The token bucket before and after. */
function bucketOf({ responseHeaders, status }: Entry): string | null {
  const { 'ratelimit-limit': limit, 'ratelimit-remaining': left, 'retry-after': retry } = responseHeaders
  if (limit === undefined || left === undefined) return null
  const before = status === 429 && left === '0' ? 0 : Number(left) + 1
  return `${before} of ${limit} before, ${left} after${retry === undefined ? '' : `; more in ${retry} s`}`
}

function section(title: string, body: HTMLElement, onOpen?: () => void): HTMLElement {
  const details = h('details', {}, h('summary', {}, title), body)
  details.addEventListener('toggle', () => {
    if (details.open) onOpen?.()
  })
  return details
}

function message(title: string, headers: Readonly<Record<string, string>>, body: unknown): HTMLElement {
  const pretty = prettyBody(body)
  const list = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')
  const made = section(
    title,
    h(
      'div',
      {},
      h('pre', { class: 'headers', tabindex: '0', 'aria-label': `${title}: headers` }, list),
      pretty === ''
        ? h('p', { class: 'muted' }, 'No body')
        : h('pre', { class: 'body', tabindex: '0', 'aria-label': `${title}: body` }, pretty),
      pretty !== '' && buttons(button('Copy the body', () => copyAndSay(rawBody(body), 'Body'))),
    ),
  )
  made.toggleAttribute('open', true)
  return made
}

async function showRules({ id }: Entry, list: HTMLElement): Promise<void> {
  await trying(async () => {
    const { claims } = await get<{ claims: Claim[] }>(`fidelity?request=${id}`)
    if (claims.length === 0)
      fill(list, h('li', { class: 'muted' }, model.rows.length > 0 ? 'None whose traces show' : ''))
    else fill(list, ...claims.map((claim) => ruleItem(claim)))
  })
}

/** A text in which what stands between backticks is code. */
function withCode(text: string): Child[] {
  return text.split('`').map((part, i) => (i % 2 === 1 ? h('code', {}, part) : part))
}

export function ruleItem({ id, label, statement, sources, requests }: Claim): HTMLElement {
  return h(
    'li',
    { 'data-claim': id },
    h('span', { class: `label ${label}` }, label),
    ' ',
    h('code', {}, id),
    ' ',
    requests === undefined ? '' : h('span', { class: 'tag' }, `met ${requests}×`),
    h('p', {}, ...withCode(statement)),
    sources.length > 0 &&
      h(
        'p',
        { class: 'sources' },
        ...sources.flatMap(({ what, link, date }, i) => [
          i > 0 ? '; ' : '',
          /^https?:\/\//.test(link)
            ? h('a', { href: link, target: '_blank', rel: 'noopener noreferrer' }, ...withCode(what))
            : h('span', {}, ...withCode(what)),
          ` (${date})`,
        ]),
      ),
  )
}
