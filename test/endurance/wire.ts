import { connect } from 'node:net'

/** One answer as it came: header names in lower case. */
export interface WireAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** How long a server may leave a connection without a byte, in milliseconds. */
const patience = 10_000

/**
 * Sends bytes in parts, each in a packet of its own as far as that can be told, ends its side of the connection, and
 * reads until the server ends its own.
 * @throws when the server does not end the connection
 */
export function talk(url: string, parts: readonly Buffer[]): Promise<Buffer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect({ port: Number(port), host: hostname, noDelay: true, allowHalfOpen: true })
    const done = () => resolve(Buffer.concat(chunks))
    socket.setTimeout(patience, () => {
      socket.destroy()
      reject(new Error(`no end after ${Buffer.concat(chunks).toString('latin1').slice(-500)}`))
    })
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('end', () => socket.destroy())
    socket.on('close', done)
    // What has come until a reset is what there is.
    socket.on('error', () => {})
    const sendNext = (i: number) => {
      const part = parts[i]
      if (socket.destroyed || part === undefined) return void socket.end()
      socket.write(part, () => setImmediate(() => sendNext(i + 1)))
    }
    socket.on('connect', () => sendNext(0))
  })
}

/** A body of Atlas's API of more bytes than this is sent without its length; `long-body-streamed` in `src/atlas`. */
const mostWithLength = 8192

/**
 * Reads a body in chunks that starts at `start`, by the letter: no extensions, no trailers.
 * @returns the body, and where it ends; undefined until all of it has come
 * @throws when there is anything else
 */
export function readChunks(text: string, start: number): { body: string; end: number } | undefined {
  const chunks: string[] = []
  for (let from = start; ; ) {
    const line = text.indexOf('\r\n', from)
    if (line === -1) return undefined
    const digits = text.slice(from, line)
    if (!/^(?:0|[1-9a-f][0-9a-f]*)$/i.test(digits)) throw new Error(`a chunk of the size ${JSON.stringify(digits)}`)
    const size = Number.parseInt(digits, 16)
    const data = line + 2
    const end = data + size + 2
    if (text.length < end) return undefined
    if (text.slice(end - 2, end) !== '\r\n') throw new Error(`a chunk that is longer than its size, ${size}`)
    if (size === 0) return { body: chunks.join(''), end }
    chunks.push(text.slice(data, data + size))
    from = end
  }
}

/**
 * What is wrong with how an answer's body of so many bytes was framed; undefined for nothing. What is not of Atlas's API
 * has a length always.
 * @param isOld whether the request may have been one of HTTP/1.0, which knows no chunks
 */
export function framingFault(headers: WireAnswer['headers'], size: number, isOld = false): string | undefined {
  const { 'content-length': length, 'transfer-encoding': coding, connection } = headers
  // The control API streams some answers and not others, whatever their size.
  if (isControl(headers) && coding === 'chunked' && length === undefined) return undefined
  if (size > mostWithLength && !isControl(headers)) {
    if (length !== undefined) return `${size} bytes with a Content-Length of ${length}`
    if (coding === undefined && isOld && connection?.toLowerCase() === 'close') return undefined
    return coding === 'chunked' ? undefined : `${size} bytes with the transfer coding ${coding}`
  }
  if (coding !== undefined) return `${size} bytes with the transfer coding ${coding}`
  return length === String(size) ? undefined : `${size} bytes with a Content-Length of ${length}`
}

/** Whether an answer is one of the control API. */
function isControl(headers: WireAnswer['headers']): boolean {
  return headers['cross-origin-resource-policy'] !== undefined
}

/**
 * Takes the answers apart, by the letter: status line, headers, and as many bytes as `Content-Length` or the chunks say.
 * @param methods of the requests that they answer, in their order; where unknown, an answer may be one to a HEAD
 * @param isOld whether requests may be of HTTP/1.0, where the end of the connection is the end of a long body
 * @throws when there is anything else
 */
export function readAnswers(bytes: Buffer, methods: readonly string[] = [], isOld = false): WireAnswer[] {
  const answers: WireAnswer[] = []
  let text = bytes.toString('latin1')
  while (text !== '') {
    const head = /^HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n((?:[A-Za-z0-9-]+: [^\r\n]*\r\n)*)\r\n/.exec(text)
    if (!head) throw new Error(`no answer: ${JSON.stringify(text.slice(0, 300))}`)
    const status = Number(head[1])
    text = text.slice(head[0].length)
    if (status === 100) continue
    const headers: Record<string, string> = {}
    for (const line of (head[2] as string).split('\r\n').slice(0, -1)) {
      const name = line.slice(0, line.indexOf(':')).toLowerCase()
      if (name in headers) throw new Error(`the header ${name} came twice`)
      headers[name] = line.slice(line.indexOf(':') + 2)
    }
    const method = methods[answers.length]
    const length = headers['content-length']
    const isAlone = /^(?:HTTP\/1\.1 \d{3} |$)/.test(text)
    // What the parser refuses is told with a body where the method came in an earlier packet.
    const isUnread = headers.connection === 'close' && [400, 408, 431].includes(status)
    const isBodyless = status === 204 || (method === 'HEAD' && !isUnread) || (method !== 'GET' && isAlone)
    let end = 0
    let body = ''
    if (isBodyless) {
      // The answer to a HEAD has no length where that to a GET has none: RFC 9110, 8.6.
      const mayLack = status === 204 || ((method ?? 'HEAD') === 'HEAD' && !isControl(headers))
      if (length === undefined ? !mayLack : status === 204)
        throw new Error(`${status} with a Content-Length of ${length}`)
      if ('transfer-encoding' in headers) throw new Error(`${status} in chunks, of which there are none`)
    } else {
      if ('transfer-encoding' in headers) {
        const read = readChunks(text, 0)
        if (!read) throw new Error(`chunks without the last one: ${JSON.stringify(text.slice(-300))}`)
        ;({ body, end } = read)
      } else {
        end = length === undefined ? text.length : Number(length)
        if (text.length < end) throw new Error(`${text.length} bytes of ${end}`)
        body = text.slice(0, end)
      }
      const fault = framingFault(headers, body.length, isOld)
      if (fault) throw new Error(`${status}: ${fault}`)
    }
    answers.push({ status, headers, body: Buffer.from(body, 'latin1').toString() })
    text = text.slice(end)
  }
  return answers
}

const challengeBody = `{
  "error" : 401,
  "reason" : "Unauthorized",
  "detail" : "You are not authorized for this resource.",
  "errorCode" : "UNEXPECTED_ERROR"
}`

type Shape = Readonly<Record<string, (value: unknown) => boolean>>

const isText = (value: unknown) => typeof value === 'string'
const isTextOrNull = (value: unknown) => value === null || isText(value)
const isCount = (value: unknown) => Number.isInteger(value) && Number(value) >= 0

/** Whether an object has these keys and no others, in code-point order, each with a value that fits. */
function hasShape(value: unknown, shape: Shape, optional: readonly string[] = []): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const keys = Object.keys(value)
  return (
    keys.every((key, i) => i === 0 || (keys[i - 1] as string) < key) &&
    keys.every((key) => shape[key]?.((value as Record<string, unknown>)[key])) &&
    Object.keys(shape).every((key) => optional.includes(key) || keys.includes(key))
  )
}

const entity: Shape = {
  cloudProvider: (value) => value === 'AWS',
  errorMessage: isTextOrNull,
  id: (value) => /^[0-9a-f]{24}$/.test(String(value)),
  privateEndpointConnectionName: isTextOrNull,
  regionName: isText,
  status: (value) =>
    ['INITIATING', 'PENDING_ACCEPTANCE', 'ACTIVE', 'FAILED', 'PENDING_RECREATION', 'DELETING'].includes(String(value)),
  vpcRegionName: isText,
}
const link: Shape = { href: (value) => URL.canParse(String(value)), rel: isText }
const isLinks = (value: unknown) => Array.isArray(value) && value.every((one) => hasShape(one, link))
const project: Shape = {
  clusterCount: isCount,
  created: isText,
  id: isText,
  links: isLinks,
  name: isText,
  orgId: isText,
  tags: Array.isArray,
  withDefaultAlertsSettings: (value) => typeof value === 'boolean',
}
const isEntity = (value: unknown) => hasShape(value, entity) || hasShape(value, project)
const page: Shape = {
  links: isLinks,
  results: (value) => Array.isArray(value) && value.every(isEntity),
  status: (value) => value === 200,
  totalCount: isCount,
}
const token: Shape = { access_token: isText, expires_in: isCount, token_type: (value) => value === 'Bearer' }
const error: Shape = {
  badRequestDetail: (value) => hasShape(value, { fields: Array.isArray }),
  detail: isText,
  error: isCount,
  errorCode: isText,
  parameters: (value) => Array.isArray(value) && value.every((one) => typeof one === 'number' || isText(one)),
  reason: isText,
}

/** OAuth's own shape, whose keys stand in another order: `token-errors` in `src/atlas`. */
function isOAuthError(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.keys(value).join() === 'error_description,error' && Object.values(value).every(isText)
}

/**
 * What is wrong with an answer, by what Atlas's answers look like, and, of the control API's, by RFC 9457; undefined for
 * nothing.
 */
export function objection({ status, headers, body }: WireAnswer): string | undefined {
  const type = headers['content-type'] ?? ''
  if (status >= 500) return 'a failure that nobody asked for'
  if (body === '') return undefined
  if (type === 'application/problem+json') {
    const problem = JSON.parse(body)
    return problem.status === status && isText(problem.detail) ? undefined : 'no problem document'
  }
  if (headers['x-frame-options'] === 'DENY' && headers['cache-control'] === 'no-store' && status < 400) return undefined
  const whole = JSON.parse(body)
  if (status === 401 && headers['www-authenticate'] && !headers['www-authenticate'].startsWith('Basic')) {
    return body === challengeBody && !('x-error-code' in headers) ? undefined : 'no 401 challenge'
  }
  const isEnveloped = hasShape(whole, { content: () => true, status: (value) => value === status || value === 204 })
  const told = isEnveloped ? whole.content : whole
  if (status < 400) {
    if (type === 'application/json') return hasShape(told, token) ? undefined : 'no token'
    if (!/^application\/vnd\.atlas\.\d{4}-\d\d-\d\d\+json;charset=utf-8$/.test(type)) return `the type ${type}`
    if (isEnveloped && whole.status === 204) return status === 200 ? undefined : 'a deletion that is not 200'
    // A project that is deleted is told as nothing.
    if (status === 202) return hasShape(told, {}) ? undefined : 'a deleted project that is something'
    return isEntity(told) || hasShape(whole, page, ['status', 'totalCount']) ? undefined : 'no entity and no list'
  }
  if (type !== 'application/json') return `the type ${type}`
  if (!('x-error-code' in headers)) return isOAuthError(told) ? undefined : 'no error'
  if (!hasShape(told, error, ['badRequestDetail'])) return 'no error'
  return told.error === status && told.errorCode === headers['x-error-code'] ? undefined : 'an error of another status'
}
