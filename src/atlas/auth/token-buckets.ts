import { FifoMap } from 'toad-cache'
import type { TokenBucketSize } from '../../values/rate-limit.js'
import { TokenBucket } from './token-bucket.js'

/** Operations that share a token bucket [bucket-cloud-backups] [bucket-projects]. */
export interface BucketSet {
  readonly name: string
  /** Who has a bucket of their own: a project, an organization, or whoever asks. */
  readonly of: 'project' | 'organization' | 'credential'
  /** What Atlas documents. */
  readonly size: TokenBucketSize
}

/** How many owners have a bucket at a time: callers without credentials come from any number of addresses. */
const rememberedBuckets = 100_000

/** The token buckets that have been used, by the set of operations and the id of who they belong to. */
export class TokenBuckets {
  readonly #sets = new Map<string, FifoMap<TokenBucket>>()

  /**
   * The bucket of `owner` for the operations of `set`; made full when it is first asked for, and when its limit is another than
   * it was.
   */
  of(set: BucketSet, owner: string, limit: TokenBucketSize, now: number): TokenBucket {
    let buckets = this.#sets.get(set.name)
    if (!buckets) {
      buckets = new FifoMap<TokenBucket>(rememberedBuckets)
      this.#sets.set(set.name, buckets)
    }
    let bucket = buckets.get(owner)
    if (!bucket || !isSame(bucket.limit, limit)) {
      bucket = new TokenBucket(limit, now)
      buckets.set(owner, bucket)
    }
    return bucket
  }

  /** Those that have been used, as they are now. */
  *each(now: number): Generator<{ set: string; owner: string; tokens: number; capacity: number }> {
    for (const [set, buckets] of this.#sets) {
      for (const owner of buckets.keys()) {
        const bucket = buckets.get(owner) as TokenBucket
        yield { set, owner, tokens: bucket.tokensAt(now), capacity: bucket.limit.capacity }
      }
    }
  }

  /** Leaves the buckets of one owner full. */
  clearOf(owner: string): void {
    for (const buckets of this.#sets.values()) buckets.delete(owner)
  }

  /** Leaves every bucket full. */
  clear(): void {
    this.#sets.clear()
  }
}

function isSame(a: TokenBucketSize, b: TokenBucketSize): boolean {
  return a === b || (a.capacity === b.capacity && a.refill === b.refill && a.seconds === b.seconds)
}
