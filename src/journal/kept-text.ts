/** Bytes that are set aside at a time. */
const segmentSize = 256 * 1024
/** Characters of a text that is worth setting aside. */
const longText = 512

/** A text in memory that the garbage collector does not move about. */
export class KeptText {
  constructor(
    readonly bytes: Buffer,
    readonly start: number,
    readonly end: number,
  ) {}

  /** In bytes. */
  get length(): number {
    return this.end - this.start
  }

  toString(): string {
    return this.bytes.toString('utf8', this.start, this.end)
  }
}

/**
 * Sets texts aside that live for a while, one behind the other. A segment goes when the last text in it is forgotten; so
 * they should be forgotten in about the order in which they came.
 */
export class TextKeeper {
  #segment = Buffer.alloc(0)
  #used = 0
  /** The text that came last, and what was kept for it, which stands for the same text if that comes next. */
  #latest = ''
  #latestKept: string | KeptText = ''

  /** The text, or what stands for it: `String` gives it back. */
  keep(text: string): string | KeptText {
    // A request without a body lies between two answers with the same one.
    if (text === '') return text
    if (text !== this.#latest) {
      this.#latest = text
      this.#latestKept = text.length < longText ? text : this.#setAside(text)
    }
    return this.#latestKept
  }

  #setAside(text: string): KeptText {
    const size = Buffer.byteLength(text)
    if (this.#segment.length - this.#used < size) {
      this.#segment = Buffer.allocUnsafeSlow(Math.max(segmentSize, size))
      this.#used = 0
    }
    const start = this.#used
    this.#used += this.#segment.write(text, start)
    return new KeptText(this.#segment, start, this.#used)
  }
}
