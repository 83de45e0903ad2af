import { test } from 'tap'
import { show } from '../../src/values/mistakes.js'

test('what was found is shown as JSON, cut off behind 80 characters', (t) => {
  t.equal(show({ a: [1, 'x', null], b: true }), '{"a":[1,"x",null],"b":true}')
  t.equal(show('a'.repeat(78)), `"${'a'.repeat(78)}"`)
  t.equal(show('a'.repeat(79)), `"${'a'.repeat(79)}…`)
  t.equal(show(Array(100).fill(1)), `[${'1,'.repeat(39)}1…`)
  t.equal(show({ ['k'.repeat(100)]: 1 }), `{"${'k'.repeat(78)}…`)
  t.end()
})

test('what JSON cannot hold is shown all the same', (t) => {
  const circle: unknown[] = []
  circle.push(circle)
  t.equal(show(circle), `${'['.repeat(80)}…`)
  t.equal(show({ n: 10n }), '{"n":"10"}')
  t.equal(show(undefined), 'nothing')
  t.equal(show(new Date(0)), '"1970-01-01T00:00:00.000Z"')
  t.end()
})

test('of a value with many parts only the first ones are looked at', (t) => {
  const looked: (string | symbol)[] = []
  const many = (target: object) =>
    new Proxy(target, {
      get: (of, key) => {
        looked.push(key)
        return Reflect.get(of, key)
      },
    })
  t.equal(show(many(Array(5_000_000).fill(1))).length, 81)
  const members = Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i])
  t.equal(show([many(Object.fromEntries(members))]).length, 81)
  t.ok(looked.length < 400, `${looked.length} looks`)
  t.end()
})
