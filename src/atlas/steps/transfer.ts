import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { gzip, gzipSync } from 'node:zlib'
import type { FastifyReply } from 'fastify'
import { FifoMap } from 'toad-cache'
import { rememberingTexts } from '../../values/remembering.js'
import { varies } from '../headers.js'
import type { ChangeStep, ServedOperation } from '../operation.js'

/** A body of more bytes than this is sent without its length [long-body-streamed]. */
const mostWithLength = 8192
/** How many bodies are remembered as they are compressed, and how many headers with what they accept. */
const rememberedBodies = 500
const rememberedHeaders = 100
/** A body of fewer bytes than this is not compressed [gzip-success]. */
const leastCompressed = 32

/** Looks gzip up at each call: the bundle loads Node's zlib when it is first looked up. */
const compress = (body: string | Buffer) => promisify(gzip)(body)

/** For bodies that are short: a window as long as they are, since to set up a larger one takes longer than to compress. */
const forShort = { windowBits: 13, memLevel: 5, chunkSize: 1024 }

/**
 * How a body goes out: compressed for who accepts that, and streamed when it is long. It comes last, since faults and the
 * journal work on the plain text [gzip-faults].
 */
export const transfer: ChangeStep<ServedOperation> = {
  name: 'transfer',
  at: 'onSend',
  make: () => (request, reply, payload) => {
    if (!payload) return payload
    const body = payload as string | Buffer
    const size = sizeOf(body)
    const { method } = request
    const isCompressed =
      size >= leastCompressed &&
      reply.statusCode < 400 &&
      varies(method) &&
      acceptsGzip(request.raw.headers['accept-encoding'])
    if (isCompressed) reply.header('content-encoding', 'gzip')
    // What a POST makes is told once.
    if (size <= mostWithLength) return isCompressed ? compressShort(body, method !== 'POST') : body
    // Node writes no body in answer to HEAD, whose headers are those of GET.
    if (method === 'HEAD') return null
    return isCompressed ? compress(body).then((bytes) => streamed(bytes, reply)) : streamed(body, reply)
  },
}

/**
 * Short bodies as they are compressed, by their own text, so that none outlives a change. Clients ask for the same thing
 * until its status changes, and to compress takes longer than all the rest of an answer.
 */
const compressed = new FifoMap<Buffer>(rememberedBodies)

function compressShort(body: string | Buffer, mayComeAgain: boolean): Buffer {
  if (typeof body !== 'string' || !mayComeAgain) return gzipSync(body, forShort)
  let bytes = compressed.get(body)
  if (!bytes) {
    bytes = gzipSync(body, forShort)
    compressed.set(body, bytes)
  }
  return bytes
}

/** In bytes; those of a short text need not be counted exactly, since no character takes more than three. */
function sizeOf(body: string | Buffer): number {
  const isShort = body.length <= mostWithLength / 3
  return typeof body === 'string' && !isShort ? Buffer.byteLength(body) : body.length
}

/** In HTTP/1.1 chunked, in HTTP/1.0 ended by closing the connection; Node decides. */
function streamed(body: string | Buffer, reply: FastifyReply): Readable {
  reply.removeHeader('content-length')
  return Readable.from([Buffer.from(body)])
}

/** Whether gzip weighs more than to send the body as it is; RFC 9110, 12.5.3 [gzip-q-values]. */
export function acceptsGzip(header: string | string[] | undefined): boolean {
  return typeof header === 'string' && prefersGzip(header)
}

const prefersGzip = rememberingTexts(rememberedHeaders, (header) => {
  const weights = new Map<string, number>()
  for (const item of header.split(',')) {
    const [coding = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase())
    const q = parameters.find((parameter) => /^q\s*=/.test(parameter))
    const weight = q === undefined ? 1 : Number(q.slice(q.indexOf('=') + 1))
    weights.set(coding === 'x-gzip' ? 'gzip' : coding, weight >= 0 && weight <= 1 ? weight : 0)
  }
  const any = weights.get('*')
  const gzipped = weights.get('gzip') ?? any ?? 0
  // A header that says nothing of the plain body accepts it, but asks for something else.
  return gzipped > (weights.get('identity') ?? any ?? 0)
})
