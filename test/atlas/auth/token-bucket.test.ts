import { test } from 'tap'
import { TokenBucket } from '../../../src/atlas/auth/token-bucket.js'
import { TokenBuckets } from '../../../src/atlas/auth/token-buckets.js'

const limit = { capacity: 10, refill: 5, seconds: 60 }
const start = 1_000

/** Takes `count` tokens at `now`, and returns what is left after each. */
const take = (bucket: TokenBucket, now: number, count: number) => Array.from({ length: count }, () => bucket.take(now))

test('a bucket starts full, and a token less is left after each request', async (t) => {
  const bucket = new TokenBucket(limit, start)
  t.same(take(bucket, start, 12), [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, undefined, undefined])
})

test('new tokens come in one lump at the end of each period, counted from the first use [bucket-refill-in-lump]', async (t) => {
  const bucket = new TokenBucket(limit, start)
  take(bucket, start + 30_000, 10)
  t.same(take(bucket, start + 59_999, 1), [undefined])
  t.same(take(bucket, start + 60_000, 6), [4, 3, 2, 1, 0, undefined])
  t.same(take(bucket, start + 119_999, 1), [undefined])
  t.same(take(bucket, start + 120_000, 1), [4])
})

test('it never holds more than its capacity, however long it was left alone [bucket-refill-in-lump]', async (t) => {
  const bucket = new TokenBucket(limit, start)
  take(bucket, start, 8)
  t.same(take(bucket, start + 60_000, 1), [6], '2 left and 5 more, one taken')
  t.same(take(bucket, start + 1e12, 1), [9])
  const generous = new TokenBucket({ capacity: 2, refill: 999_999_999, seconds: 1 }, start)
  t.same(take(generous, start + 1e12, 3), [1, 0, undefined])
})

test('the time to wait is in whole seconds, and after it there are tokens', async (t) => {
  for (const elapsed of [0, 1, 999, 1000, 4_500, 59_000, 59_001, 59_999]) {
    const bucket = new TokenBucket(limit, start)
    take(bucket, start, 11)
    const now = start + elapsed
    const seconds = bucket.retryAfter(now)
    t.equal(seconds, Math.ceil((60_000 - elapsed) / 1000))
    t.equal(bucket.take(now + seconds * 1000 - 1000), undefined, 'not a second earlier')
    t.equal(bucket.take(now + seconds * 1000), 4)
  }
})

test('when the clock is set back, nobody waits longer than a period', async (t) => {
  const bucket = new TokenBucket(limit, start)
  take(bucket, start, 10)
  const past = start - 1e9
  t.equal(bucket.take(past), undefined)
  t.equal(bucket.retryAfter(past), 60)
  t.equal(bucket.take(past + 60_000), 4)
})

test('an owner whose limit is another than before has a full bucket of that', async (t) => {
  const buckets = new TokenBuckets()
  const set = { name: 'some', of: 'project', size: limit } as const
  const left = (size: typeof limit) => buckets.of(set, 'a', size, start).take(start)
  t.strictSame([left(limit), left(limit), left({ ...limit })], [9, 8, 7], 'the same limit, be it another object')
  for (const [name, other] of Object.entries({ capacity: 20, refill: 6, seconds: 1 })) {
    left(limit)
    const size = { ...limit, [name]: other }
    t.equal(left(size), size.capacity - 1, name)
  }
})
