import { IncomingMessage } from 'node:http'

/** Chunks that any body may come in [body-chunks]. */
export const freeChunks = 4096

/** Bytes that a chunk must have on average where a body comes in more chunks [body-chunks]. */
export const leastOnAverage = 8

/** What the connection of a request emits, once, when its body comes in too many chunks. */
export const tooManyChunks = 'tooManyChunks'

/**
 * A request whose body may not come in so many chunks that they are mostly tiny: each chunk takes Node some
 * microseconds, however short, in which nobody else is served, and whether anybody reads the body or not. From the chunk
 * on that is one too many nothing more of the body is handed on, and the connection is read no further.
 */
export class CountedRequest extends IncomingMessage {
  private chunks = 0
  private bytes = 0
  private isRefused = false
  private isDropped = false

  /** Takes a chunk, or null for the end of the body; returns whether the connection is to be read further. */
  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    if (chunk === null) return super.push(chunk, encoding)
    this.chunks += 1
    this.bytes += (chunk as Buffer).length
    if (this.isRefused) return false
    if (this.chunks > freeChunks && this.chunks - freeChunks > this.bytes / leastOnAverage && this.isChunked) {
      this.isRefused = true
      this.socket.emit(tooManyChunks)
      return false
    }
    return this.isDropped || super.push(chunk, encoding)
  }

  /** Has the connection be read further, which is over once the body is refused. */
  override _read(size: number): void {
    if (!this.isRefused) super._read(size)
  }

  /** Node's own for a body that nobody reads, by which its chunks would no longer be counted. */
  _dump(): void {
    if (this.isDropped) return
    this.isDropped = true
    this.removeAllListeners('data')
    this.resume()
  }

  /** What comes by its `Content-Length` has no chunks but those of the network. */
  private get isChunked(): boolean {
    return this.headers['transfer-encoding'] !== undefined
  }
}
