import { test } from 'tap'
import { Nonces } from '../../../src/atlas/auth/nonces.js'
import { Chance } from '../../../src/world/chance.js'
import { ManualClock } from '../../support/emulator.js'

const noncesOn = (clock: ManualClock, seed?: string) => new Nonces(clock, new Chance(seed))

test('a nonce is 24 bytes in base64, and never the same twice, not even within a millisecond', async (t) => {
  const nonces = noncesOn(new ManualClock())
  const issued = new Set(Array.from({ length: 10_000 }, () => nonces.issue()))
  t.equal(issued.size, 10_000)
  for (const nonce of [...issued].slice(0, 10)) t.match(nonce, /^[A-Za-z0-9+/]{32}$/)
})

test('a count may come up to 128 behind the highest, once [nonce-count]', async (t) => {
  const nonces = noncesOn(new ManualClock())
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

test('a nonce lives five minutes by the clock, and is stale when the clock is set back before it [nonce-stale]', async (t) => {
  const clock = new ManualClock()
  const nonces = noncesOn(clock)
  const nonce = nonces.issue()
  clock.advance(5 * 60_000 - 1)
  t.equal(nonces.use(nonce, 1), 'accepted')
  clock.advance(1)
  t.equal(nonces.use(nonce, 2), 'stale')
  clock.advance(-10 * 60_000)
  t.equal(nonces.use(nonce, 3), 'stale')
})

test('a nonce that nobody issued, or that was issued before a restart, is stale', async (t) => {
  const clock = new ManualClock()
  const before = noncesOn(clock).issue()
  const nonces = noncesOn(clock)
  t.equal(nonces.use(before, 1), 'stale')
  t.equal(nonces.use('x', 1), 'stale')
  t.equal(nonces.use(Buffer.alloc(24).toString('base64'), 1), 'stale')
})

test('the nonces remembered are bounded, and a forgotten one is stale, so that it cannot be replayed', async (t) => {
  const nonces = noncesOn(new ManualClock())
  const oldest = nonces.issue()
  t.equal(nonces.use(oldest, 1), 'accepted')
  const later = nonces.issue()
  for (let i = 0; i < 16_383; i += 1) nonces.issue()
  t.equal(nonces.use(oldest, 1), 'stale')
  t.equal(nonces.use(later, 1), 'accepted', 'the one issued after it is still remembered')
})

test('with a seed nonces are the same, whenever they are issued', async (t) => {
  const clock = new ManualClock()
  const nonces = noncesOn(clock, 's')
  const issued = [nonces.issue(), nonces.issue()]
  clock.advance(1000)
  const again = noncesOn(clock, 's')
  t.same([again.issue(), again.issue()], issued)
  t.notSame(noncesOn(clock, 't').issue(), issued[0])
})
