/** Bytes that are set aside at a time. */
const segmentSize = 256 * 1024
/** Characters of a text that is worth setting aside. */
const longText = 512

/** Memory that texts are set aside in, one behind the other. */
class Segment {
  readonly bytes: Buffer
  /** How many entries have a text in it. */
  uses = 0
  /** Whether a text in it has been handed out, to somebody who may have it longer than there is the entry. */
  isLent = false

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size)
  }
}

/** A text in memory that the garbage collector does not move about. */
export class KeptText {
  constructor(
    readonly segment: Segment,
    readonly start: number,
    readonly end: number,
  ) {}

  /** In bytes. */
  get length(): number {
    return this.end - this.start
  }

  toString(): string {
    return this.segment.bytes.toString('utf8', this.start, this.end)
  }
}

/**
 * Sets texts aside that live for a while, one behind the other. A segment is used again once the last text in it has been
 * released: V8 looks for garbage the sooner the more memory is taken beside its own. So texts should be released in about
 * the order in which they came.
 */
export class TextKeeper {
  #segment = new Segment(0)
  #used = 0
  /** A segment that nobody needs any more. */
  #spare: Segment | undefined
  /** The text that came last, and what was kept for it, which stands for the same text if that comes next. */
  #latest = ''
  #latestKept: string | KeptText = ''

  /** The text, or what stands for it: `String` gives it back, until it has been released as often as it was kept. */
  keep(text: string): string | KeptText {
    // A request without a body lies between two answers with the same one.
    if (text === '') return text
    if (text !== this.#latest) {
      this.#latestKept = text.length < longText ? text : this.#setAside(text)
      this.#latest = text
    }
    const kept = this.#latestKept
    if (kept instanceof KeptText) kept.segment.uses += 1
    return kept
  }

  /** Says that an entry has what was kept for it no more. */
  release(kept: string | KeptText): void {
    if (!(kept instanceof KeptText)) return
    kept.segment.uses -= 1
    this.#spareIfUnused(kept.segment)
  }

  /** What was kept, for somebody who may read it after it has been released. */
  lend(kept: string | KeptText): string | KeptText {
    if (kept instanceof KeptText) kept.segment.isLent = true
    return kept
  }

  // The latest text may be kept once more, and lies in the segment that is written to.
  #spareIfUnused(segment: Segment): void {
    const isUnused = segment.uses === 0 && !segment.isLent && segment !== this.#segment
    if (isUnused && segment.bytes.length === segmentSize) this.#spare = segment
  }

  #setAside(text: string): KeptText {
    const size = Buffer.byteLength(text)
    if (this.#segment.bytes.length - this.#used < size) this.#begin(size)
    const start = this.#used
    this.#used += this.#segment.bytes.write(text, start)
    return new KeptText(this.#segment, start, this.#used)
  }

  /** Begins a segment that has room for so many bytes. */
  #begin(size: number): void {
    const last = this.#segment
    const spare = size <= segmentSize ? this.#spare : undefined
    if (spare) this.#spare = undefined
    this.#segment = spare ?? new Segment(Math.max(segmentSize, size))
    this.#used = 0
    this.#spareIfUnused(last)
  }
}
