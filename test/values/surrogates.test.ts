import { test } from 'tap'
import { parseFixture } from '../../src/fixture/fixture.js'
import { parseYaml } from '../../src/fixture/yaml.js'
import { refuseHalfPairs } from '../../src/values/surrogates.js'
import { start } from '../support/emulator.js'

const message = 'a text holds half of a surrogate pair, which is no character'

test('half of a surrogate pair is refused, and a whole pair is not', (t) => {
  for (const text of [
    '\\ud83d\\ude00',
    '\\uD83D\\uDE00x',
    '\\\\ud83d',
    '\\\\\\\\ude00',
    '\\u00e9',
    '\\n\\ud7ff\\ue000',
    '😀',
  ]) {
    t.doesNotThrow(() => refuseHalfPairs(`["${text}"]`), text)
  }
  for (const text of [
    '\\ud83d',
    '\\uDE00',
    '\\ud83d\\ud83d\\ude00',
    '\\ude00\\ud83d',
    '\\\\\\ud83d',
    '\\ud83dx\\ude00',
  ]) {
    t.throws(() => refuseHalfPairs(`["${text}"]`), new SyntaxError(message), text)
  }
  t.end()
})

test('neither a fixture nor a command may hold half of a surrogate pair, for which the database would keep another text', async (t) => {
  await t.rejects(parseFixture('{"organizations":[{"name":"\\ud800"}]}', 'x.json'), {
    message: `The fixture x.json is no JSON: ${message}`,
  })
  t.throws(() => parseYaml('a: ["\\ud800"]'), { message })
  t.throws(() => parseYaml('"\\udfff": 1'), { message })
  t.same(parseYaml('"\\U0001F600": "\\U0001F600"'), { '😀': '😀' })
  const { command } = await start(t)
  const json = { 'content-type': 'application/json' }
  for (const [method, url, body] of [
    ['POST', '/tenants', '{"name":"\\ud800"}'],
    ['PUT', '/lifecycle', '{"outcome":"FAILED","errorMessage":"\\udc00"}'],
    ['PUT', '/state', '{"projects":[{"name":"\\ud800"}]}'],
  ] as const) {
    t.match((await command(method, url, body, json)).json(), { status: 400, detail: `The body is no JSON: ${message}` })
  }
})
