import { writeSync } from 'node:fs'
import { real } from '../values/timers.js'

/** The file descriptor of standard error. */
export const standardError = 2

/** How many bytes may wait for a reader; lines beyond them are dropped. */
const mostWaiting = 1024 * 1024

/** How long to wait before a pipe that was full is tried again, in milliseconds. */
const pause = 20

/**
 * Where log lines go: a file, a terminal or a pipe. Logging must not stop the program: a pipe whose reader is slow has
 * lines wait for it, and a line that cannot be written is dropped and counted. Nothing here throws or blocks.
 */
export class LogSink {
  readonly #file: number
  /** Lines, or the rest of one, in the order in which they came. */
  readonly #waiting: Buffer[] = []
  #bytes = 0
  #dropped = 0
  #timer: NodeJS.Timeout | undefined
  #isWriting = false

  /** Told how many lines have been dropped, once writing works again. */
  onDropped: ((count: number) => void) | undefined

  /** @param file a file descriptor; a pipe's must not block, which the making of Node's `process.stderr` sees to */
  constructor(file: number) {
    this.#file = file
  }

  write(line: string): void {
    const data = Buffer.from(line)
    if (this.#bytes + data.length > mostWaiting) {
      this.#dropped += 1
      return
    }
    this.#waiting.push(data)
    this.#bytes += data.length
    if (!this.#timer) this.#writeWaiting()
  }

  /** Resolves when nothing waits any more, or when nothing has been taken for so many milliseconds. */
  async drained(patience: number): Promise<void> {
    let since = real.elapsed()
    while (this.#bytes > 0 && real.elapsed() - since < patience) {
      const before = this.#bytes
      await new Promise<void>((resolve) => real.setTimeout(resolve, pause))
      this.#writeWaiting()
      if (this.#bytes < before) since = real.elapsed()
    }
  }

  #writeWaiting(): void {
    // While lines are written, one can come that tells how many were dropped.
    if (this.#isWriting) return
    this.#isWriting = true
    while (this.#waiting.length > 0 && this.#writeFirst());
    this.#isWriting = false
    if (this.#bytes > 0) this.#tryAgain()
  }

  #tryAgain(): void {
    this.#timer ??= real
      .setTimeout(() => {
        this.#timer = undefined
        this.#writeWaiting()
      }, pause)
      .unref()
  }

  /** Writes the first line that waits, or drops it; false when the file takes no more now. */
  #writeFirst(): boolean {
    const [line] = this.#waiting as [Buffer]
    try {
      const written = writeSync(this.#file, line)
      this.#bytes -= written
      if (written < line.length) {
        this.#waiting[0] = line.subarray(written)
        return true
      }
      this.#waiting.shift()
      this.#tellDropped()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false
      this.#waiting.shift()
      this.#bytes -= line.length
      this.#dropped += 1
    }
    return true
  }

  #tellDropped(): void {
    const count = this.#dropped
    // The line that tells it must find room.
    if (count === 0 || this.#bytes > mostWaiting / 2) return
    this.#dropped = 0
    this.onDropped?.(count)
  }
}
