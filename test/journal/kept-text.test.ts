import { test } from 'tap'
import { KeptText, TextKeeper } from '../../src/journal/kept-text.js'

test('long texts are set aside and come back as they were', (t) => {
  const keeper = new TextKeeper()
  const texts = ['', 'short', 'a'.repeat(512), 'é→😀'.repeat(400), 'b'.repeat(300_000), 'c'.repeat(2000)]
  const kept = texts.map((text) => keeper.keep(text))
  t.same(kept.map(String), texts)
  t.same(
    kept.map((text) => text instanceof KeptText),
    [false, false, true, true, true, true],
  )
  t.same(
    kept.map(({ length }) => length),
    texts.map((text) => Buffer.byteLength(text)),
  )
  t.end()
})

test('a text that comes once more is kept once, though none came between', (t) => {
  const keeper = new TextKeeper()
  // Made anew each time, as the texts of answers are.
  const long = () => Array.from({ length: 1000 }, () => 'l').join('')
  const first = keeper.keep(long())
  t.equal(keeper.keep(''), '')
  t.equal(keeper.keep(long()), first)
  t.same([keeper.keep('another'), keeper.keep(long())].map(String), ['another', long()])
  t.end()
})

test('texts share memory, segment by segment', (t) => {
  const keeper = new TextKeeper()
  const kept = Array.from({ length: 1000 }, (_, i) => keeper.keep(String(i).padEnd(1000, '.')) as KeptText)
  t.same(
    kept.map((text) => Number.parseInt(String(text), 10)),
    kept.map((_, i) => i),
  )
  const segments = new Set(kept.map(({ bytes }) => bytes))
  t.ok(segments.size < 10, `${segments.size} segments`)
  t.end()
})
