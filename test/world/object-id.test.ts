import { test } from 'tap'
import { objectIdGenerator } from '../../src/world/object-id.js'

test('ids are 24 lower-case hex digits, start with the time, and never repeat', async (t) => {
  const nextId = objectIdGenerator()
  const now = Date.UTC(2026, 0, 1)
  const ids = Array.from({ length: 10_000 }, () => nextId(now))
  t.equal(new Set(ids).size, 10_000)
  for (const id of ids.slice(0, 10)) {
    t.match(id, /^[0-9a-f]{24}$/)
    t.equal(Number.parseInt(id.slice(0, 8), 16), now / 1000)
  }
  t.not(ids[0]?.slice(8, 18), objectIdGenerator()(now).slice(8, 18), 'another process has other random bytes')
})
