import { test } from 'tap'
import { Lately } from '../../src/store/lately.js'

/** Asks for the numbers from one up to, and without, another; how many of them had been asked for before. */
function ask(lately: Lately, from: number, end: number): number {
  let known = 0
  for (let id = from; id < end; id += 1) if (lately.note(String(id))) known += 1
  return known
}

test('an id has been asked for before from its second time on', (t) => {
  const lately = new Lately()
  t.strictSame(
    ['a', 'b', 'a', 'a', 'b'].map((id) => lately.note(id)),
    [false, false, true, true, true],
  )
  t.end()
})

test('the latest five thousand ids are remembered, and ten thousand others push them out', (t) => {
  const lately = new Lately()
  t.equal(ask(lately, 0, 7000), 0)
  t.equal(ask(lately, 2000, 7000), 5000)
  t.equal(ask(lately, 10_000, 20_000), 0)
  t.equal(ask(lately, 15_000, 20_000), 5000)
  t.equal(ask(lately, 0, 7000), 0)
  t.end()
})
