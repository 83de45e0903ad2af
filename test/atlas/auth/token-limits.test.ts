import { test } from 'tap'
import { TokenLimits } from '../../../src/atlas/auth/token-limits.js'
import { SettableClock } from '../../../src/world/clock.js'
import { ManualClock } from '../../support/emulator.js'

test('of very many callers and accounts, those that came first are forgotten', async (t) => {
  const limits = new TokenLimits(new SettableClock(new ManualClock()))
  const count = (i: number) => limits.countRequest('token', `2001:db8::${i.toString(16)}`, 'x')
  t.equal(count(0), 1)
  t.equal(count(0), 2)
  for (let i = 1; i <= 10_000; i += 1) count(i)
  t.equal(count(0), 1)
  const hold = (account: number, token: number) => limits.hold(String(account), String(token), Number.MAX_VALUE)
  for (let token = 0; token < 100; token += 1) t.equal(hold(0, token), true)
  t.equal(hold(0, 100), false)
  for (let account = 1; account <= 1000; account += 1) hold(account, 0)
  t.equal(hold(0, 100), true)
})

test('a token that is not counted is let go without a word', async (t) => {
  const limits = new TokenLimits(new SettableClock(new ManualClock()))
  t.doesNotThrow(() => limits.release('x', 'y'))
})
