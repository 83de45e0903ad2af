import { Type } from '@sinclair/typebox'
import { test } from 'tap'
import { inspect, mostMistakes } from '../../src/values/inspection.js'
import { explainViolations } from '../../src/values/mistakes.js'
import { givingWay } from '../../src/values/pace.js'
import { Entry, Nullable, type Violation, validator } from '../../src/values/schema.js'

const Item = Entry('An item', {
  name: Type.String({ minLength: 1, description: 'Its name' }),
  delay: Type.Optional(Type.Union([Type.String(), Entry('Between', { min: Type.String(), max: Type.String() })])),
  note: Type.Optional(Nullable(Type.Object({ text: Type.String() }))),
})
const World = Entry('A world', {
  items: Type.Optional(Type.Array(Item, { minItems: 1, description: 'Items' })),
  headers: Type.Optional(
    Type.Record(Type.String({ pattern: '^[a-z0-9]+$' }), Type.String(), { additionalProperties: false }),
  ),
  clock: Type.Optional(Entry('A clock', { frozen: Type.Optional(Type.Boolean()) })),
  names: Type.Optional(Type.Array(Type.String(), { maxItems: 3000 })),
})

const all = (value: unknown) => {
  const fits = validator(World)
  return fits(value) ? [] : explainViolations(fits.errors as Violation[])
}
const many = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i))

test('the first hundred mistakes are told, as one validator of all would tell them', async (t) => {
  const good = many(1500, (i) => ({ name: `n${i}` }))
  const cases: unknown[] = [
    { items: [{}, { name: '' }, { name: 1, more: 2 }, null, { name: 'x', delay: 3 }], names: 'x', more: 1 },
    { items: many(200, () => ({})) },
    { headers: { A: 'x', b: 1 }, clock: { frozen: 1, more: 1 } },
    [],
    { items: [...good, {}, { name: '' }, { name: 1, more: 2 }, null, { name: 'x', delay: 3 }], more: 1 },
    { items: good, names: ['x', 1], clock: { frozen: 'no' }, headers: { A: 'x', b: 1 } },
    { items: good, clock: [] },
    { items: many(1500, () => ({})), clock: { frozen: 1 } },
    { items: { length: good } },
    many(1500, String),
    Object.fromEntries(many(1500, (i) => [`k${i}`, i])),
    { headers: Object.fromEntries(many(1500, (i) => [`k${i}`, 'x'])), clock: 0 },
    { headers: Object.fromEntries(many(1500, (i) => [`k${i}`, i])) },
    { names: many(3001, String) },
    { items: good, names: many(2000, (i) => i) },
  ]
  for (const [i, value] of cases.entries()) {
    const expected = all(value)
    const { mistakes, isCut } = await givingWay(inspect(World, value))
    t.same(mistakes, expected.slice(0, mostMistakes), `case ${i}`)
    t.equal(isCut, expected.length >= mostMistakes, `case ${i}`)
  }
  t.same((await givingWay(inspect(World, { items: good }))).mistakes, [])
})

test('of one large value that is wrong in many ways, one is enough', async (t) => {
  const delay = Object.fromEntries(many(1500, (i) => [`k${i}`, i]))
  const { mistakes } = await givingWay(inspect(World, { items: [{ name: 'x', delay }] }))
  t.match(mistakes, [{ pointer: '/items/0/delay' }])
  const note = { text: 1, ...delay }
  t.match((await givingWay(inspect(World, { items: [{ name: 'x', note }] }))).mistakes, [
    { pointer: '/items/0/note/text' },
  ])
})
