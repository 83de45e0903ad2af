import { answerHeaders, headWriter } from '../headers.js'
import { prettyPrint } from '../json.js'
import type { Step } from '../operation.js'
import type { Flags } from '../schemas.js'
import { stub } from '../stub.js'

/**
 * Gives a body the shape that the client's flags ask for.
 * @param json compact JSON, or undefined for no body; an envelope then holds `{}`
 * @param status what the envelope tells
 */
export function represent(json: string | undefined, status: number, { envelope, pretty }: Flags): string | undefined {
  const shaped = envelope ? `{"content":${json ?? '{}'},"status":${status}}` : json
  return pretty && shaped !== undefined ? prettyPrint(shaped) : shaped
}

/** Headers, media type, `pretty` and `envelope` of every success. Errors bring their own. */
export const representation: Step = {
  name: 'representation',
  at: 'onSend',
  make: ({ operationId, method, query }) => {
    const headers = answerHeaders(method)
    const writeHead = headWriter(headers)
    const isOwn = operationId === stub.operationId
    const isPage = 'pageNum' in query.properties
    return (request, reply, payload) => {
      const { statusCode } = reply
      if (statusCode >= 400) return payload
      // An answer of one's own may have set some of these, which it would then have twice.
      if (isOwn) reply.headers(headers)
      else reply.raw.writeHead = writeHead
      reply.header('content-type', request.version.contentType)
      const { envelope, pretty } = request.query as Flags
      if (!envelope && !pretty) return payload
      // A 204 cannot carry the envelope that the client asked for.
      if (envelope && statusCode === 204) reply.code(200)
      // A page has told its status by itself.
      return represent(payload as string | undefined, statusCode, { envelope: envelope && !isPage, pretty })
    }
  },
}
