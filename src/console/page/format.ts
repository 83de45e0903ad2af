/** How things are written for people. */
import { baseUrl, usualAccept } from './api.js'
import { model, projectOf } from './model.js'
import type { Entry } from './types.js'

const glyphs: Readonly<Record<string, string>> = {
  INITIATING: '◐',
  PENDING_ACCEPTANCE: '◔',
  ACTIVE: '●',
  FAILED: '✕',
  PENDING_RECREATION: '↻',
  DELETING: '◌',
}

export function glyphOf(status: string): string {
  return glyphs[status] ?? '○'
}

/** A moment as the time of its day, in UTC as the emulator tells it. */
export function timeOf(moment: string): string {
  return moment.slice(11, 19)
}

/** So many milliseconds: 1.4 s, 12 min, 3 h. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`
}

/** How far a clock is ahead of real time, with its sign. */
export function offset(milliseconds: number): string {
  if (Math.abs(milliseconds) < 1000) return ''
  return `${milliseconds < 0 ? '−' : '+'}${duration(Math.abs(milliseconds))}`
}

/** The path of a request, with a project's name in the place of its id. */
export function shortPath({ url, project }: Pick<Entry, 'url' | 'project'>): string {
  const short = url.replace(/^https?:\/\/[^/?]*/i, '').replace('/api/atlas/v2', '')
  const name = projectOf(project)?.name
  return project !== null && name !== undefined ? short.replace(project, name) : short
}

export function prettyBody(body: unknown): string {
  if (body === null || body === undefined) return ''
  return typeof body === 'string' ? body : JSON.stringify(body, null, 2)
}

export function rawBody(body: unknown): string {
  if (body === null || body === undefined) return ''
  return typeof body === 'string' ? body : JSON.stringify(body)
}

/** A text that a shell takes as it is. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** A request as a command, with its secret to be filled in from the environment. */
export function asCurl(entry: Entry): string {
  const { method, url, credential, requestHeaders, requestBody } = entry
  const parts = ['curl --include']
  if (credential?.startsWith('mdb_sa_id_')) parts.push('--header "Authorization: Bearer $ACCESS_TOKEN"')
  else if (credential !== null) parts.push('--digest --user "$PUBLIC_KEY:$PRIVATE_KEY"')
  for (const name of ['accept', 'content-type', 'x-emulator-fault', 'x-forwarded-for']) {
    const value = requestHeaders[name]
    if (value !== undefined) parts.push(`--header ${quoted(`${name}: ${value}`)}`)
  }
  if (method === 'HEAD') parts.push('--head')
  else if (method !== 'GET') parts.push(`--request ${quoted(method)}`)
  const body = rawBody(requestBody)
  if (body !== '') parts.push(`--data ${quoted(body)}`)
  parts.push(quoted(/^https?:/i.test(url) ? url : `${baseUrl()}${url}`))
  return parts.join(' \\\n  ')
}

/** A line for a test that expects such a request. */
export function asAssertion({ operation, method, url, status, errorCode, project }: Entry): string {
  const search = {
    ...(operation === null ? { method, path: url.replace(/[?].*$/, '') } : { operation }),
    ...(project !== null && { project }),
    status: status ?? 'none',
    ...(errorCode !== null && { errorCode }),
  }
  const words = Object.entries(search).map(([name, value]) => `${name}: ${JSON.stringify(value).replaceAll('"', "'")}`)
  return `assert.equal(await control.requests.count({ ${words.join(', ')} }), 1)`
}

/** The first command that a newcomer can run. */
export function firstCommand(): { readonly text: string; readonly path: string } {
  const [project] = model.world.projects
  const path = project ? `/api/atlas/v2/groups/${project.id}/backup/AWS/privateEndpoints` : '/api/atlas/v2/groups'
  const key = model.world.apiKeys?.[0]?.publicKey
  const user = model.vocabulary?.credentialsRequired && key ? `--digest --user "${key}:$PRIVATE_KEY" \\\n  ` : ''
  return { path, text: `curl ${user}--header "Accept: ${usualAccept}" \\\n  ${baseUrl()}${path}` }
}
