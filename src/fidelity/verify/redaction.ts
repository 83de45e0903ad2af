/** The one way from what a server sent to what a report may hold. */
import { isDeeper } from '../../atlas/json.js'
import { isRecord } from '../../values/record.js'
import type { References } from './references.js'
import { textOf, type WireAnswer } from './transport.js'

declare const mark: unique symbol
/** Text without secrets, ids, names and addresses. Reports take no other text; only this file makes it. */
export type Redacted = string & { readonly [mark]: true }

/** An answer as reports tell it. */
export interface RedactedAnswer {
  readonly status: number
  /** By name, in lower case, sorted. */
  readonly headers: Readonly<Record<string, Redacted>>
  readonly body: Redacted
}

/** A shorter secret cannot be looked for: it would be found everywhere. */
const leastSecret = 4
/** No answer of Atlas is nested as deep as this, and what compares answers calls itself once for each level. */
const deepest = 100

/** A secret in every form in which an answer may repeat it. */
function formsOf(secret: string): string[] {
  const base64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.from('\0'.repeat(offset) + secret).toString('base64')
    // The first and the last digits hold bits of the neighbours.
    return encoded.replace(/=+$/, '').slice(offset === 0 ? 0 : offset + 1, -1)
  })
  const escaped = JSON.stringify(secret).slice(1, -1)
  const hex = Buffer.from(secret).toString('hex')
  const percent = Buffer.from(secret).toString('hex').replace(/../g, '%$&')
  const forms = [secret, encodeURIComponent(secret), escaped, hex, percent, ...base64, [...secret].reverse().join('')]
  return [...new Set(forms)].filter(({ length }) => length >= leastSecret)
}

const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

/** What must never be told: keys, secrets and tokens, in all their forms. */
export class Secrets {
  readonly #forms = new Set<string>()
  #pattern: RegExp | undefined

  add(...secrets: readonly string[]): void {
    for (const secret of secrets) for (const form of formsOf(secret)) this.#forms.add(form)
    this.#pattern = undefined
  }

  remove(text: string): string {
    return text.replace(this.#regExp(), '‹secret›')
  }

  isIn(text: string): boolean {
    return text.search(this.#regExp()) >= 0
  }

  #regExp(): RegExp {
    this.#pattern ??= patternOf([...this.#forms].sort((a, b) => b.length - a.length))
    return this.#pattern
  }
}

/** Finds any of the texts, the first one first; nothing where there are none. */
function patternOf(texts: readonly string[]): RegExp {
  return texts.length > 0 ? new RegExp(texts.map(literal).join('|'), 'gi') : /(?!)/g
}

/** What is never told, by its look; the longer before what it may contain. */
const looks: readonly (readonly [RegExp, string | ((found: string) => string)])[] = [
  [/\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,2}/g, '‹token›'],
  [/mdb_sa_(?:id|sk)_[A-Za-z0-9_-]+/g, '‹token›'],
  [/\b(?:bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}/gi, '‹token›'],
  [/(?<=\/\/)[^/?#@\s"]+@/g, '‹user›@'],
  [/[\w.+%-]+@[\w-]+(?:\.[\w-]+)+/g, '‹email›'],
  [/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, '‹uuid›'],
  [/\bvpce-(?:svc-)?[0-9a-f]+/g, (found) => `‹vpce:${found.replace(/^.*-/, '').length}›`],
  [/(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])/g, '‹ip›'],
  [
    /(?<![\w:])(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){7}|(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?)(?![\w:])/gi,
    '‹ip›',
  ],
  [/\b\d{12}\b/g, '‹account›'],
  [/\b[A-Za-z0-9]{20,}\b/g, (found) => (isMixed(found, 1) ? `‹token:${found.length}›` : found)],
  [/[A-Za-z0-9+/=_-]{32,}/g, (found) => (isMixed(found, 4) ? `‹token:${found.length}›` : found)],
  [/[A-Za-z0-9+_-]{16,}/g, (found) => (isMixed(found, 2) ? `‹token:${found.length}›` : found)],
]

/** Whether letters and digits are mixed as in nothing that is meant to be read: no word, no error code, no date. */
function isMixed(text: string, digits: number): boolean {
  const isWord = /^[A-Z]+\d{0,2}(?:_[A-Z]*\d{0,2})+$/.test(text) || /^\d{4}-\d\d-\d\d(?:\+json)?$/.test(text)
  return !isWord && (text.match(/\d/g)?.length ?? 0) >= digits && /[a-z]/i.test(text)
}

/** What a date looks like, and how a report tells it. */
const dates: readonly (readonly [RegExp, string])[] = [
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, '‹date:seconds›'],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/, '‹date:fraction›'],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[+-]\d\d:?\d\d)?$/, '‹date:offset›'],
  [/^\d{4}-\d\d-\d\d$/, '‹date:day›'],
  [/^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/, '‹date:http›'],
]

/** Attributes whose text is Atlas's own, and told once ids, addresses and what looks like a secret are gone. */
const plainAttributes = new Set([
  ...[
    'detail',
    'error',
    'errorCode',
    'parameters',
    'reason',
    'error_description',
    'token_type',
    'description',
    'field',
  ],
  ...[
    'cloudProvider',
    'errorMessage',
    'href',
    'providerName',
    'region',
    'regionName',
    'rel',
    'status',
    'vpcRegionName',
  ],
  ...['privateEndpointConnectionName', 'orgMembershipStatus', 'featureType', 'roleName'],
])

/** Headers that say nothing of Atlas's API: of servers and connections on the way, and the emulator's own marks [headers-of-the-emulator]. */
const passedOver =
  /^(?:server|date|connection|keep-alive|x-emulator-[a-z-]+|x-java-(?:method|version)|x-envoy-[a-z-]+|x-mongodb-service-version)$/

/** Headers whose values are told; of any other, the name alone. */
const toldHeaders = new Set([
  ...['allow', 'cache-control', 'content-encoding', 'content-type', 'deprecation', 'location', 'ratelimit-limit'],
  ...['referrer-policy', 'retry-after', 'strict-transport-security', 'sunset', 'transfer-encoding', 'vary'],
  ...[
    'www-authenticate',
    'x-content-type-options',
    'x-error-code',
    'x-frame-options',
    'x-permitted-cross-domain-policies',
  ],
])

/** A name that may be told: made of short words, with no number that could identify anyone. */
const plainName = /^(?=.{1,48}$)[a-z]+\d{0,2}(?:[-_][a-z]+\d{0,2})*$/i

/** Makes reports' text out of what one side sent. */
export class Redactor {
  readonly #secrets: Secrets
  readonly #references: References

  constructor(secrets: Secrets, references: References) {
    this.#secrets = secrets
    this.#references = references
  }

  /** Text of any kind, without what must not be told. */
  text(text: string): Redacted {
    let told = this.#references.hide(this.#secrets.remove(text))
    for (const [pattern, instead] of looks) {
      told = told.replace(pattern, (found) => (typeof instead === 'string' ? instead : instead(found)))
    }
    return told as Redacted
  }

  /** JSON of any kind, as the bodies of answers are told. */
  json(text: string): Redacted {
    return this.#body(text)
  }

  get references(): References {
    return this.#references
  }

  answer(answer: WireAnswer, method: string): RedactedAnswer {
    const text = textOf(answer)
    return {
      status: answer.status,
      headers: this.#headers(answer, method),
      body: text === undefined ? ('‹no gzip›' as Redacted) : this.#body(text),
    }
  }

  /** The nonces of a challenge, whose form is told; how much of a limit is left, which no two answers share. */
  #headers(answer: WireAnswer, method: string): Record<string, Redacted> {
    const told = new Map<string, string>()
    for (const [name, value] of answer.headers) {
      if (passedOver.test(name)) continue
      const shown = this.#header(name, value, answer, method)
      const key = plainName.test(name) ? this.text(name) : '‹header›'
      told.set(key, told.has(key) ? `${told.get(key)}, ${shown}` : shown)
    }
    return Object.fromEntries([...told].sort(([a], [b]) => (a < b ? -1 : 1))) as Record<string, Redacted>
  }

  #header(name: string, value: string, { body }: WireAnswer, method: string): string {
    if (name === 'content-length') {
      return method === 'HEAD' || Number(value) === body.length ? '‹length›' : '‹another length›'
    }
    if (name === 'ratelimit-remaining') return /^\d+$/.test(value) ? '‹number›' : '‹no number›'
    if (!toldHeaders.has(name)) return '‹hidden›'
    return this.text(value.replace(/(?<=\bnonce=")[^"]*/, nonceForm))
  }

  #body(text: string): Redacted {
    if (text === '') return '' as Redacted
    try {
      JSON.parse(text)
    } catch {
      return `‹${/^\s*</.test(text) ? 'markup' : 'text'}: ${Buffer.byteLength(text)} bytes›` as Redacted
    }
    if (isDeeper(text, deepest)) return `‹nested: ${Buffer.byteLength(text)} bytes›` as Redacted
    return rewritten(text, (value, name) => this.#leaf(value, name)) as Redacted
  }

  /** What is told of a value: undefined leaves it as it stands. */
  #leaf(value: string | number, attribute: string): string | undefined {
    if (typeof value === 'number') return Math.abs(value) > 999_999_999 ? `‹number:${String(value).length}›` : undefined
    if (attribute === '') return plainName.test(value) && this.text(value) === value ? undefined : '‹attribute›'
    if (attribute === 'access_token') return tokenForm(value)
    const known = this.#references.nameOf(value)
    if (known !== undefined) return known
    for (const [pattern, form] of dates) if (pattern.test(value)) return form
    const told = this.text(value)
    if (plainAttributes.has(attribute) || /^(?:‹(?:id:\d+|vpce:\d+|uuid|email|ip)›)?$/.test(told)) {
      return told === value ? undefined : told
    }
    return `‹text:${Buffer.byteLength(value)}›`
  }
}

function nonceForm(nonce: string): string {
  return `‹nonce:${/^[A-Za-z0-9+/]+=*$/.test(nonce) ? 'base64' : 'other'}:${nonce.length}›`
}

/** What a token claims, without the claims' values. */
function tokenForm(token: string): string {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString())
    if (isRecord(claims)) {
      const names = Object.keys(claims).filter((name) => plainName.test(name))
      const audience = claims.aud === 'api://admin' ? ' for api://admin' : ''
      return `‹token: ${names.sort().join(' ')}${audience}›`
    }
  } catch {
    // It is opaque, as a token may be.
  }
  return '‹token›'
}

const jsonToken = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g

/**
 * JSON with its strings and numbers replaced where `replace` says so, and all else, the space between them included, as
 * it was. The name of an attribute comes with the attribute ''; items of a list with the name of the list.
 */
export function rewritten(
  json: string,
  replace: (value: string | number, attribute: string) => string | undefined,
): string {
  const open: { isObject: boolean; attribute: string }[] = []
  let isName = false
  return json.replace(jsonToken, (token) => {
    const parent = open.at(-1)
    if (token === '{' || token === '[') {
      open.push({ isObject: token === '{', attribute: parent?.attribute ?? 'value' })
      isName = token === '{'
    } else if (token === '}' || token === ']') {
      open.pop()
      isName = false
    } else if (token === ',') {
      isName = parent?.isObject === true
    } else if (token === ':') {
      isName = false
    } else if (token.startsWith('"')) {
      const value: string = JSON.parse(token)
      if (isName && parent) parent.attribute = value
      const instead = replace(value, isName ? '' : (parent?.attribute ?? 'value'))
      return instead === undefined ? token : JSON.stringify(instead)
    } else if (/^[-\d]/.test(token)) {
      const instead = replace(Number(token), parent?.attribute ?? 'value')
      return instead === undefined ? token : JSON.stringify(instead)
    }
    return token
  })
}

/**
 * The last look at what is about to be written: whether a secret, an id or an address is still in it. What it finds is
 * named by its kind alone.
 */
export function leaks(texts: readonly string[], secrets: Secrets, references: References): string | undefined {
  const ids = references.values.filter((value) => /^[0-9a-f]{24}$/.test(value))
  for (const text of texts) {
    if (secrets.isIn(text)) return 'a secret'
    if (ids.some((id) => text.includes(id)) || /(?<![0-9a-f])(?!deadbeef)[0-9a-f]{24}(?![0-9a-f])/.test(text))
      return 'an id'
    const found = looks.slice(0, 9).find(([pattern]) => text.search(pattern) >= 0)
    if (found) return typeof found[1] === 'string' ? found[1] : 'the id of an interface endpoint'
  }
  return undefined
}
