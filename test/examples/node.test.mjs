// A suite that tests a program against the emulator, with node:test. Copy it, and put your own client in place of fetch.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { startEmulator } from 'atlas-backup-emulator'

const headers = { accept: 'application/vnd.atlas.2025-03-12+json' }
let emulator
let base

before(async () => {
  emulator = await startEmulator({ auth: 'off', fixtures: 'demo' })
  base = `${emulator.url}/api/atlas/v2/groups/6650b2e1d3ba5f2c8e000001/backup/AWS/privateEndpoints`
})
after(() => emulator.close())
// Each test starts from the same world, which takes a millisecond or two.
beforeEach(() => emulator.control.reset())

test('a client that is told to wait waits', async () => {
  await emulator.control.faults.arm({ errorCode: 'RATE_LIMITED_TOKEN_BUCKET', when: { times: 1 } })
  const refused = await fetch(base, { headers })
  assert.equal(refused.status, 429)
  assert.equal(refused.headers.get('retry-after'), '60')
  assert.equal((await fetch(base, { headers })).status, 200)
})

test('an endpoint that fails says why', async () => {
  const id = '6650c3d2e4cb603d9f000001'
  await emulator.control.lifecycle.move(id, { status: 'FAILED', errorMessage: 'The VPC is gone.' })
  const { status, errorMessage } = await (await fetch(`${base}/${id}`, { headers })).json()
  assert.deepEqual({ status, errorMessage }, { status: 'FAILED', errorMessage: 'The VPC is gone.' })
})

test('what was clicked together is kept under a name', async () => {
  const { control } = emulator
  await fetch(`${base}/6650c3d2e4cb603d9f000002`, { method: 'DELETE', headers })
  await control.state.snapshot('one is going').then(
    () => assert.fail('a name has no spaces'),
    ({ problem }) => assert.equal(problem.status, 400),
  )
  await control.state.snapshot('one-is-going')
  await control.reset()
  await control.state.restore('one-is-going')
  const { status } = await (await fetch(`${base}/6650c3d2e4cb603d9f000002`, { headers })).json()
  assert.equal(status, 'DELETING')
  assert.equal(await control.requests.count({ method: 'DELETE' }), 0, 'a reset clears the journal')
})
