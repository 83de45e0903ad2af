import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'

/** Bytes that a file may have which is read as a text: Node cannot have many more in one. */
export const largestText = 500 * 1024 * 1024

/**
 * Reads a file, or what comes out of a pipe.
 * @throws {Error} for more bytes than the limit, and for a device, which may never end
 */
export function readWithin(path: string | URL, limit: number): Buffer {
  const file = openSync(path, 'r')
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
    let read: number
    do {
      const piece = Buffer.allocUnsafe(64 * 1024)
      read = readSync(file, piece)
      length += read
      if (length > limit) throw tooLarge()
      pieces.push(piece.subarray(0, read))
    } while (read > 0)
    return Buffer.concat(pieces)
  } finally {
    closeSync(file)
  }
}
