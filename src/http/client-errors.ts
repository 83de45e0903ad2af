import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { systemNow } from '../values/timers.js'
import { endAfterLatest, endConnection, isEnding, latestAnswer, onceAnswered } from './answers.js'
import type { Incident } from './refusal-log.js'
import { type RefusalReason, RefusedRequest, type RenderedAnswer, type RenderRefusal } from './refused.js'

/** An error of Node's HTTP parser, of a socket or of TLS; `rawPacket` holds the bytes that were being parsed. */
export interface ClientError extends Error {
  readonly code: string
  readonly rawPacket?: unknown
}

const requestLine = /^(?:\r?\n)*([A-Z]+) (\S+)/

/** Makes Fastify's `clientErrorHandler`: what answers, or ends the connection, where Node cannot read a request. */
export function clientErrors(render: RenderRefusal) {
  return function answerClientError(this: FastifyInstance, error: ClientError, socket: Socket): void {
    const { code } = error
    const rawPacket = error.rawPacket as Buffer | undefined
    // The client has gone.
    if (code === 'ECONNRESET') return
    if (/^ERR_(?:SSL|TLS)_/.test(code)) {
      this.refusalLog.note(code === 'ERR_SSL_HTTP_REQUEST' ? 'http-on-tls' : 'handshake', code)
      // There is no HTTP to answer in.
      return void socket.destroy()
    }
    const last = latestAnswer(socket)
    const isBody = last !== undefined && !last.req.complete
    // The last request on a connection can still break off before it has its answer.
    if (isEnding(socket) && (!isBody || last.headersSent)) return
    endAfterLatest(socket)
    const reason = reasons[code] ?? 'malformed'
    // A connection that was opened and not used is nobody's mistake.
    if (socket.bytesRead > 0) this.refusalLog.note(isClientHello(rawPacket) ? 'tls-on-http' : reason, code)
    if (!isBody) {
      // What follows the request line may belong to another request when there were requests before.
      const isFirst = !last || last.closed
      const [, method = '', url = ''] = (isFirst && requestLine.exec(String(rawPacket))) || []
      const answer = render(new RefusedRequest(reason), method, url)
      onceAnswered(last, () => writeAndEnd(socket, answer, method))
    } else if (!this.underWay.refuse(last, reason)) {
      onceAnswered(last, () => endConnection(socket))
    }
  }
}

/** Why a request is refused, by the code of Node's error; for any other code the request is malformed. */
const reasons: Readonly<Record<string, RefusalReason & Incident>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'timed-out',
}

/** Whether bytes begin as TLS does: a handshake record (22) of SSL 3 or any version of TLS. RFC 8446, 5.1. */
function isClientHello(bytes: Buffer | undefined): boolean {
  return bytes?.[0] === 22 && bytes[1] === 3
}

/** Writes an answer where there is no request to reply to, and ends the connection; nothing where it has ended. */
export function writeAndEnd(socket: Socket, { status, headers, body }: RenderedAnswer, method: string): void {
  if (!socket.writable) return
  const fields = { ...headers, 'content-length': Buffer.byteLength(body), date: new Date(systemNow()).toUTCString() }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${method === 'HEAD' ? '' : body}`)
  endConnection(socket)
}
