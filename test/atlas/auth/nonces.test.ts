import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import { Nonces } from '../../../src/atlas/auth/nonces.js'
import { Chance } from '../../../src/world/chance.js'
import { ManualClock } from '../../support/emulator.js'

const key = randomBytes(32)

test('a nonce is 24 bytes in base64, and never the same twice, not even within a millisecond', async (t) => {
  const nonces = new Nonces(key, 1, new ManualClock(), new Chance())
  const issued = new Set(Array.from({ length: 10_000 }, () => nonces.issue()))
  t.equal(issued.size, 10_000)
  for (const nonce of [...issued].slice(0, 10)) t.match(nonce, /^[A-Za-z0-9+/]{32}$/)
})

test('a count may come up to 128 behind the highest, once', async (t) => {
  const nonces = new Nonces(key, 1, new ManualClock(), new Chance())
  const nonce = nonces.issue()
  t.equal(nonces.use(nonce, 200), 'accepted')
  t.equal(nonces.use(nonce, 72), 'accepted', '128 behind')
  t.equal(nonces.use(nonce, 72), 'refused')
  t.equal(nonces.use(nonce, 71), 'refused', '129 behind')
  t.equal(nonces.use(nonce, 201), 'accepted')
  t.equal(nonces.use(nonce, 200), 'refused')
  t.equal(nonces.use(nonce, 199), 'accepted')
  t.equal(nonces.use(nonce, 0xffffffff), 'accepted', 'far ahead')
  t.equal(nonces.use(nonce, 201), 'refused')
  t.equal(nonces.use(nonce, 0xfffffffe), 'accepted')
})

test('a nonce lives five minutes by the clock, and is stale when the clock is set back before it', async (t) => {
  const clock = new ManualClock()
  const nonces = new Nonces(key, 1, clock, new Chance())
  const nonce = nonces.issue()
  clock.advance(5 * 60_000 - 1)
  t.equal(nonces.use(nonce, 1), 'accepted')
  clock.advance(1)
  t.equal(nonces.use(nonce, 2), 'stale')
  clock.advance(-10 * 60_000)
  t.equal(nonces.use(nonce, 3), 'stale')
})

test('a nonce from before a restart is stale; one made with another key is nobody’s', async (t) => {
  const clock = new ManualClock()
  const nonce = new Nonces(key, 1, clock, new Chance()).issue()
  t.equal(new Nonces(key, 2, clock, new Chance()).use(nonce, 1), 'stale')
  t.equal(new Nonces(randomBytes(32), 1, clock, new Chance()).use(nonce, 1), 'refused')
})

test('what is remembered is bounded: a forgotten nonce is stale, so that it cannot be replayed', async (t) => {
  const clock = new ManualClock()
  const nonces = new Nonces(key, 1, clock, new Chance())
  const oldest = nonces.issue()
  const unused = nonces.issue()
  t.equal(nonces.use(oldest, 1), 'accepted')
  clock.advance(1)
  for (let i = 0; i < 65_536; i += 1) nonces.use(nonces.issue(), 1)
  t.equal(nonces.use(oldest, 1), 'stale')
  t.equal(nonces.use(unused, 1), 'accepted', 'it came later, and has not been used')
  clock.advance(1)
  t.equal(nonces.use(nonces.issue(), 1), 'accepted')
})

test('what is forgotten stays so when the clock is set back, and the next nonce is good', async (t) => {
  const clock = new ManualClock()
  const nonces = new Nonces(key, 1, clock, new Chance())
  clock.advance(86_400_000)
  for (let i = 0; i < 65_537; i += 1) nonces.use(nonces.issue(), 1)
  clock.advance(-86_400_000)
  t.equal(nonces.use(nonces.issue(), 1), 'accepted')
})

test('with a seed nonces are the same, whenever they are issued, and live as long', async (t) => {
  const clock = new ManualClock()
  const nonces = new Nonces(key, 1, clock, new Chance('s'))
  const issued = [nonces.issue(), nonces.issue()] as const
  clock.advance(1000)
  const again = new Nonces(key, 1, clock, new Chance('s'))
  t.same([again.issue(), again.issue()], issued)
  t.notSame(new Nonces(key, 2, clock, new Chance('s')).issue(), issued[0])
  t.equal(nonces.use(issued[0], 1), 'accepted')
  clock.advance(5 * 60_000 - 1000)
  t.equal(nonces.use(issued[1], 1), 'stale')
  t.equal(again.use(issued[1], 1), 'accepted', 'it was issued later there')
  for (let i = 0; i < 65_536; i += 1) again.issue()
  t.equal(again.use(issued[0], 1), 'stale', 'when it was issued has been forgotten')
})
