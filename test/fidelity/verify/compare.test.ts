import { test } from 'tap'
import { differences, shapes } from '../../../src/fidelity/verify/compare.js'
import type { Redacted, RedactedAnswer } from '../../../src/fidelity/verify/redaction.js'

const answer = (body: unknown, status = 200): RedactedAnswer => ({
  status,
  headers: {},
  body: JSON.stringify(body) as Redacted,
})
const told = (here: unknown, there: unknown) =>
  differences(answer(here), answer(there)).map(
    ({ place, kind, here: ours, there: theirs }) => `${place} ${kind}: ${ours} | ${theirs}`,
  )

test('bodies differ by value, by null, by what is missing or new, by order, and by nothing but form', async (t) => {
  t.strictSame(told({ a: 1, b: { c: 'x' } }, { a: 2, b: { c: 'y' } }), [
    'body:/a value: 1 | 2',
    'body:/b/c value: x | y',
  ])
  t.strictSame(told({ a: null }, { a: 'x' }), ['body:/a null: null | x'])
  t.strictSame(told({ a: null }, {}), ['body:/a null: null | '])
  t.strictSame(told({}, { a: null }), ['body:/a null:  | null'])
  t.strictSame(told({ a: 1 }, { b: { c: 1 } }), ['body:/a missing: 1 | ', 'body:/b extra:  | {"c":1}'])
  t.strictSame(told({ a: 1, b: 2 }, { b: 2, a: 1 }), ['body: order: a, b | b, a'])
  t.strictSame(told([1, 2], [2, 1]), ['body: order: [1,2] | [2,1]'])
  t.strictSame(told([1, 2], [1]), ['body: value: 2 items | 1 items'])
  t.strictSame(told({ a: '‹date:seconds›' }, { a: '‹date:fraction›' }), [
    'body:/a date: ‹date:seconds› | ‹date:fraction›',
  ])
  t.strictSame(told({ a: '‹date:seconds›' }, { a: '‹number:13›' }), ['body:/a date: ‹date:seconds› | ‹number:13›'])
  t.strictSame(told({ a: '‹text:3›' }, { a: '‹text:4›' }), ['body:/a value: ‹text:3› | ‹text:4›'])
  t.strictSame(told({ a: [1] }, { a: {} }), ['body:/a value: [1] | {}'])
  t.equal(
    told(
      Array.from({ length: 30 }, (_, i) => i),
      Array.from({ length: 30 }, () => -1),
    ).length,
    20,
    'and no more than twenty are told',
  )
  t.match(differences(answer({ errorCode: 'X' }, 404), answer({}, 200)), [
    { place: 'status', here: '404 X', there: '200' },
  ])
})

test('of shapes, what people have set says nothing, and what one side has none of neither', async (t) => {
  const alike = (here: unknown, there: unknown) => differences(...shapes(answer(here), answer(there)))
  t.strictSame(
    alike({ a: 'x', n: 1, b: true, l: [1, 2], z: null }, { a: 'y', n: 2, b: false, l: [3], z: { q: 1 } }),
    [],
  )
  t.strictSame(alike({ l: [] }, { l: [{ a: 1 }] }), [])
  t.strictSame(alike([{ a: 1 }, { a: 2 }], [{ a: 3 }]), [])
  t.match(alike({ a: 'x' }, { a: 1 }), [{ place: 'body:/a', here: '‹string›', there: '‹number›' }])
  t.match(alike({ a: { b: 1 } }, { a: [1] }), [{ place: 'body:/a' }])
  t.match(alike({ a: [1] }, { a: 'x' }), [{ place: 'body:/a' }])
  t.match(alike([{ a: 1 }], [{ b: 1 }]), [{ kind: 'missing' }, { kind: 'extra' }])
  const text = { ...answer({}), body: '‹markup: 3 bytes›' as Redacted }
  t.match(differences(...shapes(answer({ a: 1 }), text)), [{ place: 'body:', there: '‹markup: 3 bytes›' }])
})

test('names that every object inherits are names like any other', async (t) => {
  t.strictSame(told({}, { constructor: 'x' }), ['body:/constructor extra:  | x'])
  t.strictSame(told({ valueOf: 1 }, { a: 1 }), ['body:/valueOf missing: 1 | ', 'body:/a extra:  | 1'])
  t.match(differences(...shapes(answer({ a: 1 }), answer({ a: 2, toString: null }))), [
    { place: 'body:/toString', kind: 'null', here: '', there: 'null' },
  ])
  const headers = { constructor: 'x' as Redacted }
  t.strictSame(differences(answer({}), { ...answer({}), headers }), [
    { place: 'header:constructor', kind: 'extra', here: '', there: 'x' },
  ])
})
