import { isRecord } from './record.js'

const removed = '[removed]'
/** Schemes of `Authorization` that may be told; what stands in the place of another may be a secret. */
const schemes = ['basic', 'bearer', 'digest']
const cookies = ['cookie', 'set-cookie']
/** Form fields, query parameters, JSON attributes and headers that hold secrets: in lower case, without - and _. */
const secretNames = new Set([
  'accesstoken',
  'apikey',
  'authtoken',
  'clientassertion',
  'clientsecret',
  'password',
  'privatekey',
  'refreshtoken',
  'secret',
  'token',
])
/** What is a secret by its look: a client secret of Atlas's, a JWT or the beginning of one, what follows a scheme. */
const secretLooks = /mdb_sa_sk_[A-Za-z0-9_-]+|eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,2}/g
const schemeLooks = /\b(?:bearer|basic) [A-Za-z0-9._~+/=-]{8,}/gi
const userInfo = /^([a-z]+:\/\/)[^/?#@]*@/i
/** A name; what stands between it and a value in forms, queries, JSON that is not whole, YAML and their like; a value. */
const word = /[\w%.-]+/g
const between = /\\?["']?\s*(?:=|:(?!\/\/))\s*/y
const value = /\\"(?:[^"\\]|\\[^"])*(?:\\")?|"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|[^&;,\s"'}\]]*/y
/** The name in the headers of a multipart form's field. */
const fieldName = /\bname="?([\w%.-]+)/

/** Whether what is called so is a secret. */
export function isSecretName(name: string): boolean {
  return secretNames.has(decoded(name).toLowerCase().replace(/^x-/, '').replace(/[-_]/g, ''))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The text without a secret, as it is and as URLs and forms write it, and with what looks like one. */
function removeSecret(text: string, secret: string | undefined): string {
  const plain = text.replace(secretLooks, removed).replace(schemeLooks, removed)
  return secret ? plain.replaceAll(secret, removed).replaceAll(encodeURIComponent(secret), removed) : plain
}

/** Text of whatever kind without its secrets, as far as names and looks tell them. */
function redactText(text: string, secret: string | undefined): string {
  return removeSecret(redactPairs(redactFields(text)), secret)
}

/** Text with the first lines of the values of a multipart form's secret fields removed. */
function redactFields(text: string): string {
  if (!text.includes('name=')) return text
  let isSecret = false
  let isNext = false
  const lines = text.split('\n').map((line) => {
    if (isNext) {
      isNext = isSecret = false
      return removed
    }
    const [, name] = fieldName.exec(line) ?? []
    if (name !== undefined) isSecret = isSecretName(name)
    isNext = isSecret && line.trim() === ''
    return line
  })
  return lines.join('\n')
}

/** Text with the values that follow secret names removed. */
function redactPairs(text: string): string {
  let redacted = ''
  let from = 0
  word.lastIndex = 0
  for (let name = word.exec(text); name; name = word.exec(text)) {
    between.lastIndex = word.lastIndex
    if (!between.test(text) || !isSecretName(name[0])) continue
    redacted += text.slice(from, between.lastIndex) + removed
    value.lastIndex = between.lastIndex
    value.test(text)
    from = word.lastIndex = Math.max(value.lastIndex, between.lastIndex)
  }
  return redacted + text.slice(from)
}

/** A URL, or a part of one, without its secrets. */
export function redactUrl(url: string, secret: string | undefined): string {
  return redactText(url.replace(userInfo, `$1${removed}@`), secret)
}

/** Headers without secrets, whose names are in lower case; one that came several times, as one. */
export function redactHeaders(
  headers: Iterable<readonly [name: string, value: unknown]>,
  secret: string | undefined,
): Record<string, string> {
  const told = new Map<string, string>()
  for (const [name, value] of headers) {
    const text = redactHeader(name, [value].flat().join(', '), secret)
    const earlier = told.get(name)
    told.set(name, earlier === undefined ? text : `${earlier}, ${text}`)
  }
  return Object.fromEntries(told)
}

function redactHeader(name: string, text: string, secret: string | undefined): string {
  if (name === 'authorization' || name === 'proxy-authorization') {
    const [scheme = '', ...rest] = text.split(' ')
    return rest.length > 0 && schemes.includes(scheme.toLowerCase()) ? `${scheme} ${removed}` : removed
  }
  if (cookies.includes(name) || isSecretName(name)) return removed
  return redactUrl(text, secret)
}

/** The object with its attributes' names redacted; those that are the same then become one. */
function redactNames(value: Readonly<Record<string, unknown>>, secret: string | undefined): object {
  const entries = Object.entries(value)
  const redacted = entries.map(([name, part]) => [redactText(name, secret), part] as const)
  return redacted.some(([name], i) => name !== entries[i]?.[0]) ? Object.fromEntries(redacted) : value
}

/** A body without its secrets: parsed where it is JSON, null where there is none. */
export function redactBody(text: string, secret: string | undefined): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text, (name, value) => {
      if (isSecretName(name)) return removed
      // The links of a list repeat the query that was sent.
      if (typeof value === 'string') return redactText(value, secret)
      return isRecord(value) ? redactNames(value, secret) : value
    })
  } catch {
    return redactText(text, secret)
  }
}
