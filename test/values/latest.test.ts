import { test } from 'tap'
import { rememberingLatest } from '../../src/values/latest.js'

test('a function that remembers its latest answer is not called anew for the same text', (t) => {
  const asked: string[] = []
  const shout = rememberingLatest((text) => {
    asked.push(text)
    if (text === 'bad') throw new Error('refused')
    return text.toUpperCase()
  })
  t.strictSame(['', '', 'a', 'a', 'b', 'a'].map(shout), ['', '', 'A', 'A', 'B', 'A'])
  t.strictSame(asked, ['', 'a', 'b', 'a'])
  t.throws(() => shout('bad'), { message: 'refused' })
  t.throws(() => shout('bad'), { message: 'refused' }, 'what has failed is not remembered')
  t.equal(shout('a'), 'A')
  t.end()
})
