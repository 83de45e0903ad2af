import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'

/** Whether to take the time that it takes: `npm run test:endurance`. Otherwise the short form, which CI runs. */
export const isFull = process.env.ATLAS_ENDURANCE === 'full'

/** A number of rounds, of requests, of seconds: the first in short, the second in full. */
export function scaled(short: number, full: number): number {
  return isFull ? full : short
}

const main = new URL('../../dist/main.cjs', import.meta.url).pathname

export interface Server {
  readonly child: ChildProcess
  /** Where it listens; rejects with what it wrote to standard error when it ends before. */
  readonly url: Promise<string>
  /** Its exit code, or the signal that ended it. */
  readonly exit: Promise<number | string>
  /** All of standard error, once it has ended. */
  readonly stderr: Promise<string>
}

/**
 * Starts the built command as a process of its own, on a free port; it is killed when the test ends.
 * @param nodeFlags flags of Node itself
 */
export function startServer(
  t: Test,
  flags: readonly string[] = [],
  options: SpawnOptions = {},
  nodeFlags: readonly string[] = [],
): Server {
  const args = [...nodeFlags, main, '--port', '0', '--log-level', 'silent', ...flags]
  // As a user would start it: the options with which tap looks into the processes of a test stay here.
  const clean = ['-u', 'NODE_OPTIONS', process.execPath, ...args]
  const child = spawn('env', clean, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  t.teardown(() => child.kill('SIGKILL'))
  const stderr = text(child.stderr as NodeJS.ReadableStream)
  const exit = once(child, 'exit').then(([code, signal]) => code ?? signal)
  const listens = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const [, url] = /^atlas-backup-emulator listens on (.*)$/.exec(line) ?? []
      if (url) resolve(url)
    })
  })
  const ends = exit.then(async (code) => {
    throw new Error(`The server ended with ${code}: ${await stderr}`)
  })
  const url = Promise.race([listens, ends])
  url.catch(() => {})
  ends.catch(() => {})
  return { child, url, exit, stderr }
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** Sends one request and reads the whole answer; rejects when there is none, or half of one. */
export function send(
  agent: Agent,
  url: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { agent, method, headers }, (response) => {
      text(response).then(
        (read) =>
          response.complete
            ? resolve({ status: response.statusCode as number, headers: response.headers, body: read })
            : reject(new Error('half an answer')),
        reject,
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Connections that are kept, which are closed when the test ends. */
export function connections(t: Test, most: number): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: most })
  t.teardown(() => agent.destroy())
  return agent
}

/** Whole numbers from 0 up to a bound, the same ones each time for the same seed, which the test's output names. */
export function randomness(t: Test): (bound: number) => number {
  let state = Number(process.env.ATLAS_ENDURANCE_SEED ?? randomInt(2 ** 32))
  t.comment(`ATLAS_ENDURANCE_SEED=${state}`)
  // mulberry32
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound)
  }
}
