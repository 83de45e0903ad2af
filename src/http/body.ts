import type { IncomingMessage } from 'node:http'
import { errorCodes } from 'fastify'

/**
 * Reads a request's body. The bytes are copied as they come, so that memory follows how many bytes were sent: Fastify's
 * own reader keeps each chunk as an object of some 400 bytes, which a client can fill with a single byte.
 * @param limit bytes that the body may have
 * @throws {FST_ERR_CTP_BODY_TOO_LARGE} when the body is longer, or its `Content-Length` says so
 * @throws {FST_ERR_CTP_INVALID_CONTENT_LENGTH} when the body is not as long as its `Content-Length`
 * @throws {Error} the stream's own error, with a `statusCode` of 400, when the client breaks off
 */
export function collectBody(stream: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const announced = Number(stream.headers['content-length'] ?? Number.NaN)
    if (announced > limit) return reject(new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE())

    let bytes = Buffer.alloc(0)
    let length = 0
    const onData = (chunk: Buffer) => {
      const needed = length + chunk.length
      if (needed > limit) return settle(() => reject(new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE()))
      if (needed > bytes.length) {
        const larger = Buffer.allocUnsafe(Math.max(needed, Math.min(2 * bytes.length, limit)))
        bytes.copy(larger, 0, 0, length)
        bytes = larger
      }
      chunk.copy(bytes, length)
      length = needed
    }
    const onEnd = () => {
      if (announced >= 0 && announced !== length) {
        return settle(() => reject(new errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH()))
      }
      settle(() => resolve(bytes.subarray(0, length)))
    }
    const onError = (error: Error) => settle(() => reject(Object.assign(error, { statusCode: 400 })))
    const settle = (act: () => void) => {
      stream.off('data', onData).off('end', onEnd).off('error', onError)
      act()
    }
    stream.on('data', onData).on('end', onEnd).on('error', onError).resume()
  })
}
