import { STATUS_CODES } from 'node:http'
import { test } from 'tap'
import { errorCodes, statusOf } from '../../../src/atlas/errors/codes.js'
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
