import { test } from 'tap'
import { Chance } from '../../src/world/chance.js'
import { objectIdGenerator } from '../../src/world/object-id.js'

test('ids are 24 lower-case hex digits, start with the time, and never repeat', async (t) => {
  const never = () => false
  const newId = objectIdGenerator(new Chance())
  const nextId = (now: number) => newId(now, never)
  const now = Date.UTC(2026, 0, 1)
  const ids = Array.from({ length: 10_000 }, () => nextId(now))
  t.equal(new Set(ids).size, 10_000)
  for (const id of ids.slice(0, 10)) {
    t.match(id, /^[0-9a-f]{24}$/)
    t.equal(Number.parseInt(id.slice(0, 8), 16), now / 1000)
  }
  t.not(
    ids[0]?.slice(8, 18),
    objectIdGenerator(new Chance())(now, never).slice(8, 18),
    'another process has other random bytes',
  )
})

test('an id that something has is passed over', async (t) => {
  const [taken, next] = [objectIdGenerator(new Chance('s')), objectIdGenerator(new Chance('s'))]
  const first = taken(0, () => false)
  t.equal(
    next(0, (id) => id === first),
    taken(0, () => false),
  )
})

test('with a seed ids are the same, whenever they are made', async (t) => {
  const idsFor = (seed: string, now: number) => {
    const newId = objectIdGenerator(new Chance(seed))
    return Array.from({ length: 100 }, () => newId(now, () => false))
  }
  const ids = idsFor('1', 0)
  t.same(idsFor('1', Date.UTC(2026, 0, 1)), ids)
  t.notSame(idsFor('2', 0), ids)
  t.equal(new Set([...ids, ...idsFor('2', 0)]).size, 200)
})
