import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A connection to the server at `url`, spoken to byte by byte. */
export async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  return socket
}

/** Everything that comes until the server ends the connection. */
export async function rest(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk)
  return Buffer.concat(chunks).toString('latin1')
}

/** Sends `text` and reads until the server ends the connection. */
export async function exchange(url: string, text: string): Promise<Answer> {
  const socket = await open(url)
  socket.write(text, 'latin1')
  return parseAnswer(await rest(socket))
}

export interface Answer {
  readonly statusLine: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The first answer in `text`, and all that follows its headers as body; header names in lower case. */
export function parseAnswer(text: string): Answer {
  const [head = '', ...body] = text.split('\r\n\r\n')
  const [statusLine = '', ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  return { statusLine, headers, body: body.join('\r\n\r\n') }
}
