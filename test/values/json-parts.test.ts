import { test } from 'tap'
import { largestValue, mostMembers, parseInParts } from '../../src/values/json-parts.js'
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

test('white space, of which there may be any amount, is passed over in steps', async (t) => {
  const space = ' '.repeat(1024 * 1024)
  const text = JSON.stringify('x'.repeat(300_000))
  const spaced = [
    [`${space}{"a":1}${space}`, { a: 1 }],
    [`[${space}]`, []],
    [`{${space}"a"${space}:${space}${text}${space},${space}"b":1${space}}`, { a: JSON.parse(text), b: 1 }],
    [`[1${space},${text}${space}]`, [1, JSON.parse(text)]],
  ] as const
  for (const [json, value] of spaced) {
    t.same(await parse(json), value)
    const steps = [...parseInParts(Buffer.from(json), JSON.parse)].length
    t.ok(steps > json.length / 300_000, `${steps} steps for ${json.length} bytes`)
  }
})

test('what would be read at once, and is too large for it, is refused', async (t) => {
  const refusal = {
    name: 'SyntaxError',
    message: `a value that is read at once, such as a text, has more than ${largestValue} bytes`,
  }
  const text = (length: number) => `"${'x'.repeat(length - 2)}"`
  t.equal(((await parse(text(largestValue))) as string).length, largestValue - 2)
  await t.rejects(parse(text(largestValue + 1)), refusal)
  await t.rejects(parse(`[${text(largestValue + 1)},1]`), refusal, 'in a list')
  await t.rejects(parse(`{${text(largestValue + 1)}:1}`), refusal, 'as a name')
  const list = `[1,${' '.repeat(largestValue)}2]`
  await t.rejects(parse(`[[[[${list}]]]]`), refusal, 'deep within')
  t.same(await parse(`[${list}]`), [[1, 2]], 'but not higher up')
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
    `{1:${large}}`,
    `{:${large}}`,
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
