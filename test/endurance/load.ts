import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Test } from 'tap'
import { type Server, startServer } from './support.js'
import { readChunks } from './wire.js'

/** An answer, as far as a load looks at it. */
export interface LoadAnswer {
  readonly status: number
  readonly head: string
  readonly body: string
}

/** One connection over which requests go out several at a time. */
export class Pipeline {
  readonly #socket: Socket
  #text = ''
  #waiting: ((answer: LoadAnswer) => void)[] = []
  #failed: ((error: Error) => void) | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => {
      this.#text += chunk.toString('latin1')
      this.#read()
    })
    socket.on('close', () => this.#failed?.(new Error('the connection was closed')))
    socket.on('error', (error) => this.#failed?.(error))
  }

  static async open(url: string): Promise<Pipeline> {
    const { hostname, port } = new URL(url)
    const socket = connect({ port: Number(port), host: hostname, noDelay: true })
    await once(socket, 'connect')
    return new Pipeline(socket)
  }

  /** Sends requests, each as all of its bytes; resolves to their answers. */
  send(requests: readonly string[]): Promise<LoadAnswer[]> {
    return new Promise((resolve, reject) => {
      this.#failed = reject
      const answers: LoadAnswer[] = []
      for (const _ of requests) {
        this.#waiting.push((answer) => {
          if (answers.push(answer) === requests.length) resolve(answers)
        })
      }
      this.#socket.write(requests.join(''), 'latin1')
    })
  }

  close(): void {
    this.#failed = undefined
    this.#socket.destroy()
  }

  #read(): void {
    for (;;) {
      const end = this.#text.indexOf('\r\n\r\n')
      if (end === -1) return
      const head = this.#text.slice(0, end)
      const answer = /transfer-encoding: chunked/i.test(head)
        ? readChunks(this.#text, end + 4)
        : readLength(this.#text, end + 4, head)
      if (!answer) return
      this.#text = this.#text.slice(answer.end)
      this.#waiting.shift()?.({ status: Number(head.slice(9, 12)), head, body: answer.body })
    }
  }
}

/** A body that starts at `start`, and where it ends; undefined until all of it has come. */
function readLength(text: string, start: number, head: string): { body: string; end: number } | undefined {
  const [, length = '0'] = /content-length: (\d+)/i.exec(head) ?? []
  const end = start + Number(length)
  return text.length < end ? undefined : { body: text.slice(start, end), end }
}

/** A request as bytes. */
export function asBytes(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): string {
  const lines = Object.entries({
    host: 'localhost',
    ...headers,
    ...(body && { 'content-length': String(body.length) }),
  })
  return `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`
}

/**
 * Sends `total` requests over some connections, sixteen at a time on each.
 * @param make the n-th request
 * @param look at each answer, with the number of its request
 */
export async function load(
  url: string,
  connections: number,
  total: number,
  make: (n: number) => string,
  look: (answer: LoadAnswer, n: number) => void = () => {},
): Promise<void> {
  let next = 0
  const work = async () => {
    const pipeline = await Pipeline.open(url)
    while (next < total) {
      const from = next
      next = Math.min(total, next + 16)
      const answers = await pipeline.send(Array.from({ length: next - from }, (_, i) => make(from + i)))
      for (const [i, answer] of answers.entries()) look(answer, from + i)
    }
    pipeline.close()
  }
  await Promise.all(Array.from({ length: connections }, work))
}

/** What a server's process holds once its garbage is collected, in MiB. */
export interface Memory {
  /** What its JavaScript keeps: the heap and what hangs on it. */
  readonly live: number
  /** The most that the system had given the process at any time since it was last asked: SQLite is in it, and garbage. */
  readonly peak: number
}

/** Starts a server that tells how much memory it holds: not how much garbage happens to wait for its collector. */
export function startMeasured(t: Test, flags: readonly string[]): Server & { memory(): Promise<Memory> } {
  const server = startServer(t, flags, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] }, [
    '--expose-gc',
    `--import=${new URL('probe.mjs', import.meta.url)}`,
  ])
  const memory = async () => {
    server.child.send('measure')
    const [measured] = await once(server.child, 'message')
    return measured as Memory
  }
  return { ...server, memory }
}
