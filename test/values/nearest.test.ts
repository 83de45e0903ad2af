import { test } from 'tap'
import { errorCodes } from '../../src/atlas/errors/codes.js'
import { nearest } from '../../src/values/nearest.js'

test('a slip of the pen is known for what was meant', async (t) => {
  t.equal(nearest('RESORCE_NOT_FOUND', errorCodes), 'RESOURCE_NOT_FOUND')
  t.equal(nearest('NO_CAPACTIY', errorCodes), 'NO_CAPACITY')
  t.equal(nearest('MY_OWN_CODE_FOR_THIS', errorCodes), undefined)
  t.equal(nearest('x', []), undefined)
})

test('two letters that have changed places are one slip, in a short name too', async (t) => {
  t.equal(nearest('prot', ['host', 'port']), 'port')
  t.equal(nearest('por', ['host', 'port']), undefined)
  t.equal(nearest('port', ['host', 'port']), 'port')
  t.equal(nearest('', ['host']), undefined)
})
