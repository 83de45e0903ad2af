import type { IncomingMessage } from 'node:http'
import { getHeapStatistics } from 'node:v8'
import { errorCodes, type FastifyInstance, type FastifyRequest } from 'fastify'
import { isDeeper } from '../atlas/json.js'
import { collectBody } from '../http/body.js'
import { parseInParts } from '../values/json-parts.js'
import { givingWay } from '../values/pace.js'
import { parseSafely } from '../values/safe-json.js'
import { refuseHalfPairs } from '../values/surrogates.js'
import { ControlError } from './problems.js'

/** The methods whose bodies are read. */
export const bodyMethods: readonly string[] = ['PATCH', 'POST', 'PUT']

/** How deep a body's objects and arrays may be nested: what looks into them goes as deep. */
export const deepest = 1000

/** Bytes that a body may have: a world can be large. */
export const bodyLimit = 1024 * 1024 * 1024

/** The part of the memory for objects that a body may fill up to; the rest is for what is done with it. */
const mostMemory = 0.7

/**
 * Has bodies read as JSON. One without a byte has no type to be wrong: what sends a command without a body may declare a
 * form all the same, as `curl --data ''` does.
 */
export function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { bodyLimit }, async (request: FastifyRequest, payload: IncomingMessage) => {
    const isJson = /^application\/json *(?:;|$)/i.test(request.headers['content-type'] ?? '')
    const bytes = isJson ? await collectBody(payload, bodyLimit) : await nothing(payload, notJson)
    return bytes.length === 0 ? undefined : await parse(bytes)
  })
}

/** Whether the head says that a body comes, which in chunks may turn out to be empty. */
export function announcesBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? '0') > 0
}

/**
 * Refuses a body where there is none to be.
 * @throws {ControlError} for one that has a byte
 */
export async function refuseBody(raw: IncomingMessage): Promise<void> {
  if (announcesBody(raw))
    await nothing(raw, new ControlError(400, `${raw.method} takes no body here, and one was sent.`))
}

const notJson = new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE()

/**
 * The bytes of an empty body.
 * @throws {Error} `refusal` for one that is not empty
 */
async function nothing(payload: IncomingMessage, refusal: Error): Promise<Buffer> {
  // Who waits for 100 Continue has a body; RFC 9110, 10.1.1.
  if (payload.headers.expect !== undefined && payload.headers['content-length'] !== '0') throw refusal
  try {
    return await collectBody(payload, 0)
  } catch {
    // The answer to a body that broke off is read by nobody, so that it need not be another.
    throw refusal
  }
}

async function parse(bytes: Buffer): Promise<unknown> {
  try {
    return await givingWay(parseInParts(bytes, parsePart))
  } catch (error) {
    if (error instanceof ControlError) throw error
    throw new ControlError(400, `The body is no JSON: ${(error as Error).message}`)
  }
}

function parsePart(text: string): unknown {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics()
  // Three bytes of a body can become an object of sixty, and a process without memory ends.
  if (used + 2 * text.length > mostMemory * limit) {
    throw new ControlError(413, 'The body takes more memory than there is; see --max-old-space-size of Node.')
  }
  if (isDeeper(text, deepest)) throw new SyntaxError(`it is nested more than ${deepest} deep`)
  refuseHalfPairs(text)
  return parseSafely(text)
}
