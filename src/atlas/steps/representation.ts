import type { TObject } from '@sinclair/typebox'
import type { FastifyInstance, onSendHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { answerHeaders } from '../headers.js'
import { prettyPrint } from '../json.js'
import type { Flags } from '../schemas/query.js'

/**
 * Gives a body the shape that the client's flags ask for (section 3 of the contract).
 * @param json compact JSON, or undefined for no body; an envelope then holds `{}`
 * @param status what the envelope tells
 */
export function represent(json: string | undefined, status: number, { envelope, pretty }: Flags): string | undefined {
  const shaped = envelope ? `{"content":${json ?? '{}'},"status":${status}}` : json
  return pretty && shaped !== undefined ? prettyPrint(shaped) : shaped
}

declare module 'fastify' {
  interface FastifySchema {
    /** What SDKs and the Atlas CLI call the operation. */
    operationId?: string
    /** What it does, in a line. */
    summary?: string
    /** Media types of the request's body. */
    consumes?: string[]
  }
  interface FastifyContextConfig {
    /** How the route is described, where it checks or writes by itself what a schema would else say. */
    described?: FastifySchema
  }
}

/** Headers, media type, `pretty` and `envelope` of every success. Errors bring their own. */
export const representation = fp(
  async (app: FastifyInstance) => {
    app.addHook('onRoute', (route) => {
      const headers = answerHeaders([route.method].flat()[0] as string)
      const parameters = route.schema?.querystring as TObject
      const isList = 'pageNum' in parameters.properties
      const toAnswer: onSendHookHandler = (request, reply, payload, done) => {
        const { statusCode } = reply
        if (statusCode >= 400) return done(null, payload)
        reply.headers(headers).header('content-type', request.version.contentType)
        const { envelope, pretty } = request.query as Flags
        if (!envelope && !pretty) return done(null, payload)
        // A 204 cannot carry the envelope that the client asked for.
        if (envelope && statusCode === 204) reply.code(200)
        // A list has told its status by itself.
        done(
          null,
          represent(payload as string | undefined, statusCode, {
            envelope: envelope && !isList,
            pretty,
          }),
        )
      }
      // First of all, so that whatever else looks at answers sees them as they leave.
      route.onSend = [toAnswer, route.onSend ?? []].flat()
    })
  },
  { name: 'representation', dependencies: ['query'] },
)
