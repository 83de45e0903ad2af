import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { real } from './timers.js'

/** Bytes that a file may have which is read as a text: Node cannot have many more in one. */
export const largestText = 500 * 1024 * 1024

/** How long to wait for what comes out of a pipe, in milliseconds. */
const patience = 10_000

/**
 * Reads a file, or what comes out of a pipe.
 * @param longestSilence how long a pipe may give nothing, in milliseconds: nobody may ever write into it, and whoever waits
 * in here hears no signal
 * @throws {Error} for more bytes than the limit, for a pipe that gives nothing, and for a device, which may never end
 */
export function readWithin(path: string | URL, limit: number, longestSilence = patience): Buffer {
  // A pipe would else be opened only once somebody writes into it.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const tooLarge = () => new Error(`it is larger than ${limit} bytes`)
  try {
    const stats = fstatSync(file)
    if (stats.isFile()) {
      if (stats.size > limit) throw tooLarge()
      return readFileSync(file)
    }
    if (!stats.isFIFO()) throw new Error('it is neither a file nor a pipe')
    const pieces: Buffer[] = []
    let length = 0
    let heard = real.elapsed()
    for (;;) {
      const piece = Buffer.allocUnsafe(64 * 1024)
      const read = readNow(file, piece)
      if (read === 0 && length > 0) return Buffer.concat(pieces)
      if (read > 0) {
        heard = real.elapsed()
        length += read
        if (length > limit) throw tooLarge()
        pieces.push(piece.subarray(0, read))
      } else {
        if (real.elapsed() - heard > longestSilence) throw new Error(`the pipe gave nothing for ${longestSilence} ms`)
        // Nobody wakes it.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
      }
    }
  } finally {
    closeSync(file)
  }
}

/** How many bytes have been read; 0 where nobody writes, and -1 where somebody does who has nothing to say so far. */
function readNow(file: number, piece: Buffer): number {
  try {
    return readSync(file, piece)
  } catch {
    // EAGAIN, of all that a pipe can answer.
    return -1
  }
}
