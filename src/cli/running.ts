import http from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { variableOf } from '../values/service-links.js'
import { authority, withoutSlash } from '../values/url.js'
import { UsageError } from '../values/usage-error.js'

/** How long one answer may take, in milliseconds. */
const patience = 5000

/** An emulator that runs already, in this process or another. */
export interface Running {
  /** No slash at the end. */
  readonly url: string
  /** Asks for a path, with the token of the control API where there is one. */
  readonly get: (path: string) => Promise<{ readonly status: number; readonly body: string }>
}

/**
 * The emulator at `url`; without one, that which the variables of this environment would start.
 * @throws {UsageError} when `url` is none
 */
export function runningAt(url: string | undefined, environment: NodeJS.ProcessEnv): Running {
  const [host = '127.0.0.1', port = '8080', certificate, token] = ['HOST', 'PORT', 'TLS_CERT', 'CONTROL_TOKEN'].map(
    (name) => variableOf(environment, `ATLAS_EMULATOR_${name}`),
  )
  // A wildcard is reached by loopback.
  const reached = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host
  const own = `${certificate === undefined ? 'http' : 'https'}://${authority(reached, Number(port))}`
  const base = url === undefined ? own : checked(url)
  return {
    url: base,
    get: async (path) => {
      const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
        const { request } = base.startsWith('https:') ? https : http
        const options = {
          // A connection that is kept may have been closed by the time of the next question.
          agent: false,
          headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }) },
          // The certificate of one's own emulator is for the names by which others know it.
          ...(url === undefined && { rejectUnauthorized: false }),
          signal: AbortSignal.timeout(patience),
        }
        request(base + path, options, resolve)
          .on('error', reject)
          .end()
      })
      return { status: response.statusCode as number, body: await text(response) }
    },
  }
}

function checked(url: string): string {
  if (!/^https?:\/\/[^/?#]+\/?$/i.test(url) || !URL.canParse(url)) {
    throw new UsageError(`--url: found ${JSON.stringify(url)}; allowed: a URL such as http://127.0.0.1:8080.`)
  }
  return withoutSlash(url)
}

/**
 * Reads the flags of a command, each of which has a value.
 * @param allowed the flags' names
 * @throws {UsageError} for another one, or one without a value
 */
export function readFlags(args: readonly string[], allowed: readonly string[]): Readonly<Record<string, string>> {
  const options = Object.fromEntries(allowed.map((name) => [name, { type: 'string' as const }]))
  try {
    return parseArgs({ args: [...args], options, strict: true }).values as Record<string, string>
  } catch (error) {
    const [problem] = (error as Error).message.split(/\.(?:\s|$)/)
    throw new UsageError(`${problem}. Allowed: ${allowed.map((name) => `--${name} VALUE`).join(', ')}.`)
  }
}
