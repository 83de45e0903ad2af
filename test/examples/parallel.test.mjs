// Eight processes test against one emulator, each as a tenant of its own. Here they are made and watched; what each does,
// and what to copy, is in parallel-worker.mjs.
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startEmulator } from 'atlas-backup-emulator'

const worker = fileURLToPath(new URL('parallel-worker.mjs', import.meta.url))

test('eight processes share one emulator, and none sees anything of the others', async () => {
  const { url, control, close } = await startEmulator()
  try {
    const before = await control.state.export()
    const workers = Array.from({ length: 8 }, (_, i) => {
      const child = fork(worker, { env: { ...process.env, ATLAS_URL: url, WORKER: String(i) }, silent: true })
      let printed = ''
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk))
      const ended = once(child, 'close').then(([code]) => ({ code, printed }))
      // One that fails before it is ready has nothing more to say.
      return { child, ended, ready: Promise.race([once(child, 'message'), ended]) }
    })
    await Promise.all(workers.map(({ ready }) => ready))
    assert.equal((await control.tenants.list()).length, 8, 'all are there at once')
    for (const { child } of workers) if (child.connected) child.send('go')
    for (const { ended } of workers) {
      const { code, printed } = await ended
      assert.equal(code, 0, printed)
    }
    assert.deepEqual(await control.tenants.list(), [])
    assert.deepEqual(await control.state.export(), before, 'nothing is left of them')
    assert.equal(await control.requests.count(), 0)
  } finally {
    await close()
  }
})
