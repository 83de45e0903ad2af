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
  const segments = new Set(kept.map(({ segment }) => segment))
  t.ok(segments.size < 10, `${segments.size} segments`)
  t.end()
})

test('the memory of texts that have been released is used again, and those that are left stay as they were', (t) => {
  const keeper = new TextKeeper()
  const text = (n: number) => `${n} `.padEnd(600 + (n % 7) * 1000, 'é')
  const live: { n: number; kept: KeptText }[] = []
  const segments = new Set<unknown>()
  for (let n = 1; n <= 5000; n += 1) {
    const kept = keeper.keep(text(n)) as KeptText
    segments.add(kept.segment)
    live.push({ n, kept })
    // The same text once more, as for two entries.
    if (n % 3 === 0) live.push({ n, kept: keeper.keep(text(n)) as KeptText })
    while (live.length > 100) keeper.release(live.shift()?.kept as KeptText)
    if (n % 50 === 0) {
      t.same(
        live.map(({ kept }) => String(kept)),
        live.map((one) => text(one.n)),
      )
    }
  }
  t.ok(segments.size <= 6, `${segments.size} segments`)
  t.end()
})

test('a text that has been lent stays as it was, though it has been released', (t) => {
  const keeper = new TextKeeper()
  const lent = keeper.lend(keeper.keep('lent '.repeat(200)))
  keeper.release(lent)
  for (let n = 0; n < 2000; n += 1) keeper.release(keeper.keep(`${n}`.padEnd(1000, '.')))
  t.equal(String(lent), 'lent '.repeat(200))
  t.equal(keeper.lend('short'), 'short')
  t.end()
})

test('a text of its own segment is kept beside the others', (t) => {
  const keeper = new TextKeeper()
  const texts = ['a'.repeat(1000), 'b'.repeat(300_000), 'c'.repeat(1000), 'd'.repeat(300_000), 'e'.repeat(1000)]
  for (let round = 0; round < 3; round += 1) {
    const kept = texts.map((text) => keeper.keep(text))
    t.same(kept.map(String), texts)
    for (const text of kept) keeper.release(text)
  }
  t.end()
})
