import { IncomingMessage } from 'node:http'
import { real } from '../values/timers.js'

/** Chunks that any body may come in [body-chunks]. */
export const freeChunks = 4096

/** Bytes that a chunk must have on average where a body comes in more chunks [body-chunks]. */
export const leastOnAverage = 8

/** Chunks of a body that are read in a row before its connection waits for its turn [body-chunks]. */
export const chunksInARow = 512

/** What the connection of a request emits, once, when its body comes in too many chunks. */
export const tooManyChunks = 'tooManyChunks'

/** Requests that have had their chunks in a row; one of them goes on in each turn of the event loop. */
const waiting: CountedRequest[] = []

function goOnInTurn(): void {
  const next = waiting.shift() as CountedRequest
  if (waiting.length > 0) real.setImmediate(goOnInTurn)
  next.goOn()
}

/**
 * A request whose body may not come in so many chunks that they are mostly tiny: each chunk takes Node some
 * microseconds, however short, in which nobody else is served, and whether anybody reads the body or not. From the chunk
 * on that is one too many nothing more of the body is handed on, and the connection is read no further. Node would read
 * two megabytes of chunks from each connection before it looks at the next: one that sends many has to wait in between,
 * so that the others are served.
 */
export class CountedRequest extends IncomingMessage {
  private chunks = 0
  private bytes = 0
  private inARow = 0
  private isRefused = false
  private isDropped = false
  private isWaiting = false
  /** Whether somebody wants more of the body than has been handed on. */
  private isWanted = true

  /** Takes a chunk, or null for the end of the body; returns whether the connection is to be read further. */
  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    if (chunk === null) return super.push(chunk, encoding)
    this.chunks += 1
    this.bytes += (chunk as Buffer).length
    this.inARow += 1
    if (this.isRefused) return false
    if (this.chunks > freeChunks && this.chunks - freeChunks > this.bytes / leastOnAverage && this.isChunked) {
      this.isRefused = true
      this.socket.emit(tooManyChunks)
      return false
    }
    this.isWanted = this.isDropped || super.push(chunk, encoding)
    if (this.inARow > chunksInARow && !this.isWaiting && this.isChunked) this.wait()
    return this.isWanted && !this.isWaiting
  }

  /** Has the connection be read further, which is over once the body is refused. */
  override _read(size: number): void {
    this.isWanted = true
    if (!this.isRefused && !this.isWaiting) super._read(size)
  }

  /** Node's own for a body that nobody reads, by which its chunks would no longer be counted. */
  _dump(): void {
    if (this.isDropped) return
    this.isDropped = true
    this.removeAllListeners('data')
    this.resume()
  }

  /** Has the connection be read further after others have had their turn. */
  goOn(): void {
    this.isWaiting = false
    this.inARow = 0
    if (this.isWanted) this._read(0)
  }

  private wait(): void {
    this.isWaiting = true
    waiting.push(this)
    if (waiting.length === 1) real.setImmediate(goOnInTurn)
  }

  /** What comes by its `Content-Length` has no chunks but those of the network. */
  private get isChunked(): boolean {
    return this.headers['transfer-encoding'] !== undefined
  }
}
