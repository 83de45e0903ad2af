import { test } from 'tap'
import { GroupCommit } from '../../src/store/group-commit.js'

/** A group commit whose transactions are written down. */
function recorded() {
  const transactions: string[] = []
  const writes = new GroupCommit((work) => {
    transactions.push('begin')
    try {
      const result = work()
      transactions.push('commit')
      return result
    } catch (error) {
      transactions.push('rollback')
      throw error
    }
  })
  return { transactions, writes }
}

test('writes that come together share one transaction, in the order in which they came', async (t) => {
  const { transactions, writes } = recorded()
  const order: number[] = []
  const results = await Promise.all([1, 2, 3].map((n) => writes.add(() => order.push(n) && n * 10)))
  t.strictSame(results, [10, 20, 30])
  t.strictSame(order, [1, 2, 3])
  t.strictSame(transactions, ['begin', 'commit'])
  t.equal(await writes.add(() => 'later'), 'later')
  t.strictSame(transactions, ['begin', 'commit', 'begin', 'commit'])
})

test('a write that fails fails alone', async (t) => {
  const { transactions, writes } = recorded()
  const fail = () => {
    throw new Error('disk full')
  }
  const [first, second, third] = await Promise.allSettled([
    writes.add(() => 'first'),
    writes.add(fail),
    writes.add(() => 'third'),
  ])
  t.strictSame(first, { status: 'fulfilled', value: 'first' })
  t.match(second, { status: 'rejected', reason: { message: 'disk full' } })
  t.strictSame(third, { status: 'fulfilled', value: 'third' })
  t.strictSame(transactions, [...['begin', 'rollback'], ...['begin', 'commit', 'begin', 'rollback', 'begin', 'commit']])
})

test('what waits can be done at once', (t) => {
  const { transactions, writes } = recorded()
  let done = false
  writes.add(() => {
    done = true
  })
  writes.flush()
  t.ok(done)
  writes.flush()
  t.strictSame(transactions, ['begin', 'commit'])
  t.end()
})
