import { test } from 'tap'
import { isControlPath, isHealthPath } from '../../src/control/paths.js'
import { start } from '../support/emulator.js'

test('a request is one to the control API by the first segment of its path, as the router reads it', async (t) => {
  const { emulator } = await start(t)
  const targets = {
    '/_emulator': true,
    '/_emulator/': true,
    '/_emulator?a': true,
    '/_emulator/health': true,
    '/_emulator/nothing?at=all': true,
    '/%5Femulator/health': true,
    '/_%65mulator': true,
    'http://localhost/_emulator/health': true,
    '/': false,
    '/_emulators': false,
    '/_emulator%2Fhealth': false,
    '/%255Femulator/health': false,
    '/%5Femulators/health': false,
    '/%zz/_emulator/health': false,
    '//_emulator/health': false,
    '/api/_emulator/health': false,
    'http://localhost': false,
    '': false,
  }
  for (const [target, isControl] of Object.entries(targets)) {
    t.equal(isControlPath(target), isControl, target)
    if (!target.startsWith('/')) continue
    const { headers } = await emulator.inject({ url: target, headers: { host: 'localhost' } })
    t.equal(headers['cache-control'] === 'no-store', isControl, `${target} is answered by the API that it belongs to`)
  }
})

test('without the control API, health alone is', (t) => {
  const targets = ['/_emulator/health', '/_emulator/health?a', '/_emulator/health/', '/_emulator', '/_emulator/state']
  t.same(targets.map(isHealthPath), [true, true, false, false, false])
  t.end()
})
