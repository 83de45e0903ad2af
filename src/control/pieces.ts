import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { pacer } from '../values/pace.js'

/** Characters that are written at once, in which nothing else happens: what fits in them is of one moment. */
const atOnce = 4 * 1024 * 1024
/** Characters that are sent at a time of what is longer. */
const chunk = 64 * 1024

/**
 * Sends JSON that may be larger than memory, as far as the client takes it, while others are answered. What is short is
 * sent whole.
 * @param pieces the text; left when the client is gone
 */
export function sendPieces(request: FastifyRequest, reply: FastifyReply, pieces: Generator<string>): string | Readable {
  const { text, done } = take(pieces, atOnce)
  reply.type('application/json; charset=utf-8')
  if (done) return text
  if (request.method !== 'HEAD') return Readable.from(chunks(text, pieces))
  pieces.return(undefined)
  return Readable.from([])
}

async function* chunks(first: string, pieces: Generator<string>): AsyncGenerator<Buffer> {
  yield Buffer.from(first)
  const giveWay = pacer()
  for (let isDone = false; !isDone; ) {
    const { text, done } = take(pieces, chunk)
    isDone = done
    yield Buffer.from(text)
    await giveWay()
  }
}

/** The next pieces, until they have so many characters or there are no more. */
function take(pieces: Generator<string>, most: number): { text: string; done: boolean } {
  let text = ''
  while (text.length < most) {
    const step = pieces.next()
    if (step.done) return { text, done: true }
    text += step.value
  }
  return { text, done: false }
}
