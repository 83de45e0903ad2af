import { Type } from '@sinclair/typebox'
import { test } from 'tap'
import type { AtlasContext, Operation } from '../../../src/atlas/operation.js'
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
