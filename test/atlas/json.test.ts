import { Type } from '@sinclair/typebox'
import { test } from 'tap'
import { compileSerializer, prettyPrint } from '../../src/atlas/json.js'

test('keys are written in code-point order at every level, whatever the order of schema and value [json-key-order]', async (t) => {
  const serialize = compileSerializer(
    Type.Object({
      b: Type.Array(Type.Object({ z: Type.Integer(), a: Type.Boolean(), B: Type.String() })),
      a: Type.Object({ d: Type.Optional(Type.String()), c: Type.Integer(), a: Type.Optional(Type.String()) }),
      C: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
    }),
  )
  const value = { a: { c: 1, d: 'd', a: 'a' }, b: [{ z: 1, B: 'x', a: true }], C: null }
  t.equal(serialize(value), '{"C":null,"a":{"a":"a","c":1,"d":"d"},"b":[{"B":"x","a":true,"z":1}]}')
  t.equal(serialize({ ...value, a: { c: 1 }, b: [] }), '{"C":null,"a":{"c":1},"b":[]}')
})

test('strings are escaped as JSON.stringify does; & and / are not [json-compact]', async (t) => {
  const serialize = compileSerializer(Type.Object({ a: Type.String() }))
  for (const a of ['a&b/c<d>', '"\\', '\u0000\u001f\u007f\u2028', 'é😀', '\ud800', `${'long '.repeat(100)}"`]) {
    t.equal(serialize({ a }), JSON.stringify({ a }))
  }
})

test('pretty printing is Jackson’s [pretty-form]', async (t) => {
  const value = {
    detail: 'Cannot find resource /api/atlas/v2/nope.',
    error: 404,
    errorCode: 'RESOURCE_NOT_FOUND',
    parameters: ['/api/atlas/v2/nope'],
    reason: 'Not Found',
  }
  t.equal(
    prettyPrint(JSON.stringify(value)),
    `{
  "detail" : "Cannot find resource /api/atlas/v2/nope.",
  "error" : 404,
  "errorCode" : "RESOURCE_NOT_FOUND",
  "parameters" : [ "/api/atlas/v2/nope" ],
  "reason" : "Not Found"
}`,
  )
})

test('pretty printing opens objects of an array on its line, and closes empty ones at once [pretty-form]', async (t) => {
  const value = { a: [], b: {}, c: [{ d: [1, [2, -3.5e10]] }, { e: null }], f: [[], {}] }
  t.equal(
    prettyPrint(JSON.stringify(value)),
    `{
  "a" : [ ],
  "b" : { },
  "c" : [ {
    "d" : [ 1, [ 2, -35000000000 ] ]
  }, {
    "e" : null
  } ],
  "f" : [ [ ], { } ]
}`,
  )
})

test('pretty printing leaves strings alone', async (t) => {
  const value = { 'k"{[:,': 'v\\"}],: \\' }
  t.equal(prettyPrint(JSON.stringify(value)), `{\n  ${JSON.stringify('k"{[:,')} : ${JSON.stringify('v\\"}],: \\')}\n}`)
  t.equal(prettyPrint('"x"'), '"x"')
})
