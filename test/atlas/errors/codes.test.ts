import { STATUS_CODES } from 'node:http'
import { test } from 'tap'
import { errorCodes, nearest, statusOf } from '../../../src/atlas/errors/codes.js'
import { errors } from '../../../src/atlas/errors/errors.js'

test('every documented code is known, and so is every one that the contract answers', async (t) => {
  t.equal(errorCodes.length, 746)
  t.equal(new Set(errorCodes).size, 746)
  for (const code of errorCodes) t.ok(STATUS_CODES[statusOf(code) as number], code)
  const made = Object.values(errors).map((make) =>
    (make as (...parameters: unknown[]) => { errorCode: string; status: number })(['x'], 'y', {}),
  )
  for (const { errorCode, status } of made) t.equal(statusOf(errorCode), status, errorCode)
  t.equal(statusOf('NOPE'), undefined)
})

test('a slip of the pen is known for what was meant', async (t) => {
  t.equal(nearest('RESORCE_NOT_FOUND', errorCodes), 'RESOURCE_NOT_FOUND')
  t.equal(nearest('NO_CAPACTIY', errorCodes), 'NO_CAPACITY')
  t.equal(nearest('MY_OWN_CODE_FOR_THIS', errorCodes), undefined)
  t.equal(nearest('x', []), undefined)
})
