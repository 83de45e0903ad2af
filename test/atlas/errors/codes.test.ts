import { STATUS_CODES } from 'node:http'
import { test } from 'tap'
import { errorCodes, statusOf } from '../../../src/atlas/errors/codes.js'
import { errorKind, errors } from '../../../src/atlas/errors/errors.js'

test('every documented code is known, and so is every one that the contract answers', async (t) => {
  t.equal(errorCodes.length, 753)
  t.equal(new Set(errorCodes).size, 753)
  for (const code of errorCodes) t.ok(STATUS_CODES[statusOf(code) as number], code)
  for (const { code, status } of Object.values(errors)) t.equal(statusOf(code), status, code)
  t.equal(statusOf('NOPE'), undefined)
})

test('an error’s text and parameters have the values of its placeholders, in their order', async (t) => {
  const kind = errorKind('VALIDATION_ERROR', '{first} and {second}, {first} again.', ({ second }) => ({
    headers: { 'x-second': String(second) },
  }))
  const error = kind.with({ second: 2, first: '$&' })
  t.equal(error.detail, '$& and 2, $& again.')
  t.strictSame(error.parameters, ['$&', 2, '$&'])
  t.strictSame([error.status, error.errorCode, error.headers], [400, 'VALIDATION_ERROR', { 'x-second': '2' }])
})
