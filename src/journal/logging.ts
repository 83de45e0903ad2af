import { type FastifyBaseLogger, type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import { pino } from 'pino'
import { prettyFactory } from 'pino-pretty'
import { stub } from '../atlas/stub.js'
import { redactUrl } from '../values/redaction.js'
import { pathOf } from '../values/url.js'
import type { LogSink } from './log-sink.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether something asks every few seconds, and few want to read of each time. */
    isRoutine?: boolean
  }
}

/** From the most severe on; silent for no lines at all. */
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/**
 * The program's log: for people on a terminal, JSON elsewhere. Undefined when nothing is to be logged.
 * @param sink where the lines go; of those that it had to drop, a line tells the number
 */
export function createLogger(level: LogLevel, isTerminal: boolean, sink: LogSink): FastifyBaseLogger | undefined {
  if (level === 'silent') return undefined
  const write = isTerminal ? forPeople(sink) : sink
  const logger = pino({ level, base: null }, write)
  // At every level this line is written.
  const tell = level === 'fatal' || level === 'error' ? level : 'warn'
  sink.onDropped = (count) => logger[tell](`${count} log lines could not be written`)
  return logger
}

function forPeople(sink: LogSink) {
  const readable = prettyFactory({ ignore: 'method,path,status', singleLine: true })
  return { write: (line: string) => sink.write(readable(line)) }
}

/** One line a request, when it has been answered; bodies, queries and credentials stay out of it. */
export class RequestLog extends LogController {
  override incomingRequest(): void {}

  override requestCompleted(error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    const { method, raw, routeOptions } = request
    const { statusCode: status } = reply
    const path = redactUrl(pathOf(raw.url as string), undefined)
    const line = {
      method,
      path,
      status,
      errorCode: reply.getHeader('x-error-code'),
      operation: request.stub ? stub.operationId : routeOptions.schema?.operationId,
      credential: request.credential?.id,
      refused: request.refusal,
      milliseconds: Math.round(reply.elapsedTime * 10) / 10,
      err: error,
    }
    const level = routeOptions.config.isRoutine ? 'debug' : 'info'
    request.log[level](line, `${method} ${path} ${status}`)
  }
}
