import { test } from 'tap'
import { rememberingLatest, rememberingObjects, rememberingTexts } from '../../src/values/remembering.js'

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

test('a function that remembers texts is called once for each of the latest short ones that it makes something of', (t) => {
  const asked: string[] = []
  const measure = rememberingTexts(2, (text) => {
    asked.push(text.slice(0, 4))
    return text === '' ? undefined : text.length
  })
  const long = 'long'.repeat(100)
  t.strictSame(['a', 'bb', 'a', 'bb', '', '', long, long].map(measure), [1, 2, 1, 2, undefined, undefined, 400, 400])
  t.strictSame(asked, ['a', 'bb', '', '', 'long', 'long'])
  asked.length = 0
  t.strictSame(['ccc', 'a', 'ccc'].map(measure), [3, 1, 3])
  t.strictSame(asked, ['ccc', 'a'], 'a third one takes the place of the oldest')
  t.end()
})

test('a function that remembers objects is called once for each', (t) => {
  let made = 0
  const count = rememberingObjects((_: object) => {
    made += 1
    return made
  })
  const [one, other] = [{}, {}]
  t.strictSame([one, other, one, other, {}].map(count), [1, 2, 1, 2, 3])
  t.end()
})
