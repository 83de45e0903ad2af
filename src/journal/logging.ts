import { type FastifyBaseLogger, type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import { destination, pino } from 'pino'
import pretty from 'pino-pretty'
import type { Settings } from '../settings.js'
import { redactUrl } from '../values/redaction.js'
import { pathOf } from '../values/url.js'

/**
 * The program's log: for people on a terminal, JSON elsewhere. Undefined when nothing is to be logged.
 * @param file the file descriptor to write to
 */
export function createLogger(
  level: Settings['logLevel'],
  isTerminal: boolean,
  file: number,
): FastifyBaseLogger | undefined {
  if (level === 'silent') return undefined
  const options = { level, base: null }
  return isTerminal
    ? pino(
        options,
        pretty({
          destination: file,
          sync: true,
          ignore: 'method,path,status',
          singleLine: true,
        }),
      )
    : pino(options, destination({ dest: file, sync: true }))
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
      operation: routeOptions.schema?.operationId,
      credential: request.credential?.id,
      milliseconds: Math.round(reply.elapsedTime * 10) / 10,
      err: error,
    }
    request.log.info(line, `${method} ${path} ${status}`)
  }
}
