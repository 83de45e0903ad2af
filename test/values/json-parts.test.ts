import { test } from 'tap'
import { mostMembers, parseInParts } from '../../src/values/json-parts.js'
import { givingWay } from '../../src/values/pace.js'

const parse = (text: string | Buffer) => givingWay(parseInParts(Buffer.from(text), JSON.parse))
const many = (count: number) => Array.from({ length: count }, (_, i) => ({ id: i, text: `"]}{[,: \\ ${i} ö` }))

test('JSON in parts is what it is at once, however it is laid out', async (t) => {
  const large = many(20_000)
  const values: unknown[] = [
    { a: 1 },
    large,
    {
      organizations: large,
      projects: [{ id: 'x', things: large, more: { deep: { list: large } } }, { id: 'y' }],
      z: 1,
    },
    { 'a"\\,:]': large, b: 'x'.repeat(600_000), c: large, d: [] },
    [[[[[[large, 1]]]]], 'x'.repeat(600_000), 'y'],
    'x'.repeat(600_000),
  ]
  for (const [i, value] of values.entries()) {
    for (const space of [undefined, 2]) {
      const text = JSON.stringify(value, null, space)
      t.same(JSON.stringify(await parse(text)), JSON.stringify(value), `${i} ${space}`)
      t.same(JSON.stringify(await parse(`\uFEFF \n${text}\r\n\t `)), JSON.stringify(value), `${i} ${space}`)
    }
  }
  t.same(await parse(`[${' '.repeat(300_000)}]`), [])
  t.same(await parse(`{${' '.repeat(300_000)}}`), {})
  t.same(await parse(`{"a":${JSON.stringify(large)},"a":1}`), { a: 1 }, 'the last of a name counts')
})

test('a large object of many members is refused before anything looks at it as a whole, a list of as many is not', async (t) => {
  const members = (count: number) => `{${Array.from({ length: count }, (_, i) => `"member${i}":1`).join()}}`
  t.equal(Object.keys((await parse(members(mostMembers))) as object).length, mostMembers)
  const refusal = { name: 'SyntaxError', message: `an object has more than ${mostMembers} members` }
  await t.rejects(parse(members(mostMembers + 1)), refusal)
  await t.rejects(parse(`{"projects":[${members(mostMembers + 1)}]}`), refusal)
  t.equal(((await parse(`[${'1,'.repeat(300_000)}1]`)) as unknown[]).length, 300_001)
})

test('what is no JSON is refused, wherever the mistake is', async (t) => {
  const large = JSON.stringify(many(20_000))
  const broken = [
    '',
    '{',
    `${large}]`,
    large.slice(0, -1),
    `${large.slice(0, -1)}}`,
    `[${large},]`,
    `[${large}, ]`,
    `[,${large}]`,
    `[1,,${large}]`,
    `[${large}${large}]`,
    `[${large},,1]`,
    `{"a":${large},}`,
    `{"a":${large} 1}`,
    `{"a" ${large}}`,
    `{"a" [${'0,'.repeat(300_000)}0]}`,
    `{${large}}`,
    `{"a","b":${large}}`,
    `{"a":1 "b":${large}}`,
    `[${large}]x`,
    `[{${large}]`,
    `["${'x'.repeat(600_000)}]`,
    `[${large.slice(1, -1)},]`,
    `]${large}[`,
    `[1]${large}]`,
  ]
  for (const text of broken) await t.rejects(parse(text), SyntaxError, text.slice(0, 20))
  await t.rejects(parse(Buffer.concat([Buffer.from(large.slice(0, -1)), Buffer.from(',"\xff"]', 'latin1')])), TypeError)
})
