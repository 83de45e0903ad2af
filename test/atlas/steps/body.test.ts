import { Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { test } from 'tap'
import type { AtlasError } from '../../../src/atlas/errors/errors.js'
import type { AtlasContext, Check, Operation } from '../../../src/atlas/operation.js'
import { operations } from '../../../src/atlas/registry.js'
import { body } from '../../../src/atlas/steps/body.js'

test('a schema whose violations have no error of their own keeps the server from starting', async (t) => {
  const [operation] = operations.filter((one) => one.body) as [Operation]
  const withSchema = (property: Record<string, unknown>) => ({
    ...operation,
    body: { schema: Type.Object({ a: Type.Unsafe<unknown>(property) }), invalid: {} },
  })
  const make = (property: Record<string, unknown>) => () => body.make(withSchema(property), {} as AtlasContext)
  t.throws(make({ type: 'integer', multipleOf: 2 }), {
    message: 'No error is known for the keyword multipleOf of a request’s schema',
  })
  t.throws(make({ type: 'array', items: { type: 'string', contentEncoding: 'base64' } }), {
    message: /the keyword contentEncoding/,
  })
  t.doesNotThrow(make({ type: 'array', maxItems: 3, items: { type: 'string', minLength: 1 } }))
})

test('a mistake in a nested value is told of the attribute that holds it [order-of-violations]', async (t) => {
  const [operation] = operations.filter((one) => one.body) as [Operation]
  const schema = Type.Object(
    {
      a: Type.Integer(),
      b: Type.Array(Type.Object({ c: Type.String({ minLength: 2 }) }, { additionalProperties: false })),
    },
    { additionalProperties: false },
  )
  const check = body.make({ ...operation, body: { schema, invalid: {} } }, {} as AtlasContext) as Check
  const told = (sent: object) => {
    const request = {
      body: Buffer.from(JSON.stringify(sent)),
      raw: { headers: { 'content-type': 'application/json' } },
    }
    try {
      check(request as unknown as FastifyRequest, {} as FastifyReply)
    } catch (error) {
      const { errorCode, parameters } = error as AtlasError
      return [errorCode, ...parameters]
    }
  }
  t.equal(told({ a: 1, b: [{ c: 'cc' }] }), undefined)
  t.strictSame(told({ a: 'x', b: [{ c: 'cc', d: 1 }] }), ['INVALID_ATTRIBUTE', 'b'])
  t.strictSame(told({ a: 'x', b: [{ c: 1 }] }), ['INVALID_JSON_ATTRIBUTE', 'a'])
  t.strictSame(told({ a: 1, b: [{ c: 1 }] }), ['INVALID_JSON_ATTRIBUTE', 'b'])
  t.strictSame(told({ a: 1, b: [{ c: 'c' }] }), ['INVALID_ATTRIBUTE', 'b'])
})
