import { performance } from 'node:perf_hooks'
import { mock } from 'node:test'
import timers from 'node:timers'
import { test } from 'tap'
import { type Found, nodesOwn, refuseDeadTicks } from '../../src/values/real-timers.js'

const { nextTick } = process
const nodes: Found = { timers, nextTick, queueMicrotask, performance, now: Date.now }
/** What a library of fake timers leaves in the place of a function, under its name. */
const fake = <T extends object>(name: string): T =>
  Object.defineProperty(
    Object.assign(() => {}, { clock: {} }),
    'name',
    { value: name },
  ) as unknown as T

test('what is Node’s own is used as it is', (t) => {
  const own = nodesOwn(nodes)
  t.equal(own.timers, timers)
  t.equal(own.queueMicrotask, queueMicrotask)
  t.equal(own.now, Date.now)
  t.ok(Math.abs(own.elapsed() - performance.now()) < 1000)
  t.end()
})

test('where all is fake, timers, turns, ticks and time go on by other ways', async (t) => {
  const own = nodesOwn({
    timers: { ...timers, setTimeout: fake('setTimeout') },
    nextTick: fake('nextTick'),
    queueMicrotask: fake('queueMicrotask'),
    performance: { now: fake('fakePerformanceNow') },
    now: () => 0,
  })
  const { setTimeout, clearTimeout, setImmediate, clearImmediate } = own.timers
  const order: string[] = []
  clearTimeout(setTimeout(() => order.push('cleared timer'), 1))
  clearImmediate(setImmediate(() => order.push('cleared turn')))
  clearTimeout(undefined)
  // Keeps the process, which does not wait for the timer.
  const kept = timers.setInterval(() => {}, 1000)
  const timer = new Promise((resolve) => setTimeout(resolve, 20, 'timer').unref())
  const turn = new Promise((resolve) => setImmediate(resolve, 'turn'))
  own.nextTick((name: string) => order.push(name), 'tick')
  own.queueMicrotask(() => order.push('microtask'))
  // Which of the two comes first, a busy machine decides.
  t.same(await Promise.all([timer, turn]), ['timer', 'turn'])
  timers.clearInterval(kept)
  t.same(order, ['tick', 'microtask'], 'and what is cleared does not come')
  t.ok(own.now() > Date.UTC(2020, 0, 1))
  t.ok(own.elapsed() > Date.UTC(2020, 0, 1))
})

test('timers that node:test has replaced are told from Node’s own', (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 0 })
  const own = nodesOwn({ ...nodes, now: Date.now })
  mock.timers.reset()
  t.not(own.timers.setTimeout, timers.setTimeout)
  t.ok(own.now() > Date.UTC(2020, 0, 1))
  t.end()
})

test('a replaced process.nextTick is refused only where Node’s own modules would wait for it', async (t) => {
  t.teardown(() => {
    process.nextTick = nextTick
  })
  process.nextTick = Object.assign(nextTick.bind(process), { clock: {} })
  await refuseDeadTicks()
  process.nextTick = fake('nextTick')
  const refused = refuseDeadTicks().catch((error: unknown) => error)
  const error = await refused
  process.nextTick = nextTick
  t.match(error, { name: 'UsageError', message: /^process\.nextTick is replaced/ })
})
