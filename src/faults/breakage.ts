import type { ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Resets the connection, so that the client gets no answer. */
export function breakAnswer({ raw: { socket } }: FastifyRequest, { raw }: FastifyReply): void {
  // An injected request has no connection to reset.
  if (socket instanceof Socket) socket.resetAndDestroy()
  else raw.destroy()
}

/** Half of a JSON body, which is none; a body where there was none. */
export function malform(reply: FastifyReply, payload: unknown): Buffer {
  const bytes = Buffer.from((payload as string | Buffer | null | undefined) || '{}')
  if (reply.statusCode === 204) reply.code(200)
  return bytes.subarray(0, Math.ceil(bytes.length / 2))
}

/**
 * Lets so many bytes of the answer through, then closes the connection as if the server had no more to say.
 * @param of what they are counted from
 */
export function cutAnswer(request: FastifyRequest, raw: ServerResponse, bytes: number, of: 'answer' | 'body'): void {
  const { socket } = request.raw
  // That of an injected request is none.
  if (!(socket instanceof Socket)) return
  // Answers to earlier requests on the connection go first.
  if (raw.socket === null) return void raw.once('socket', () => cutAnswer(request, raw, bytes, of))
  const chunks: Buffer[] = []
  const write = socket.write.bind(socket)
  // As Node's HTTP server calls it: with three arguments, of which the last may be nothing.
  socket.write = ((chunk: string, encoding: BufferEncoding, callback?: () => void) => {
    chunks.push(Buffer.from(chunk, encoding))
    process.nextTick(() => callback?.())
    return true
  }) as Socket['write']
  raw.on('finish', () => {
    const answer = Buffer.concat(chunks)
    const start = of === 'body' ? answer.indexOf('\r\n\r\n') + 4 : 0
    write(answer.subarray(0, start + bytes))
    socket.write = write
    socket.end(() => socket.destroy())
  })
}
