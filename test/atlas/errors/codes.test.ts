import { STATUS_CODES } from 'node:http'
import { test } from 'tap'
import { errorCodes, statusOf } from '../../../src/atlas/errors/codes.js'
import { errorKind, errors } from '../../../src/atlas/errors/errors.js'

test('every documented code is known, and so is every one that the emulator answers [documented-examples]', async (t) => {
  t.equal(errorCodes.length, 754)
  t.equal(new Set(errorCodes).size, 754)
  for (const code of errorCodes) t.ok(STATUS_CODES[statusOf(code) as number], code)
  for (const { code, status } of Object.values(errors)) t.equal(statusOf(code), status, code)
  t.equal(statusOf('NOPE'), undefined)
})

test('every code that Atlas’s examples name is known with its status [documented-examples]', async (t) => {
  const examples = {
    VALIDATION_ERROR: 400,
    NOT_ORG_GROUP_CREATOR: 401,
    NO_PAYMENT_INFORMATION_FOUND: 402,
    CANNOT_CHANGE_GROUP_NAME: 403,
    RESOURCE_NOT_FOUND: 404,
    ATLAS_BACKUP_CANCEL_SHARD_RESTORE_JOB_NOT_ALLOWED: 405,
    CANNOT_DELETE_ORG_ACTIVE_LIVE_MIGRATION_ATLAS_ORG_LINK: 409,
    VERSION_GONE: 410,
    RATE_LIMITED: 429,
    UNEXPECTED_ERROR: 500,
    SERVICE_UNAVAILABLE: 503,
  }
  for (const [code, status] of Object.entries(examples)) t.equal(statusOf(code), status, code)
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
