import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'tap'

test('the first signal asks for a stop, the second ends the process at once', async (t) => {
  const program = `
    const { stopSignal } = await import('${new URL('../../src/cli/signals.ts', import.meta.url)}')
    stopSignal().addEventListener('abort', () => process.stdout.write('stopping'))
    setInterval(() => {}, 1000)
    process.stdout.write('ready')`
  const args = [...process.execArgv, '--input-type=module', '--eval', program]
  for (const [first, second] of [
    ['SIGTERM', 'SIGINT'],
    ['SIGINT', 'SIGINT'],
  ] as const) {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    t.teardown(() => child.kill('SIGKILL'))
    t.equal(String((await once(child.stdout, 'data'))[0]), 'ready')
    child.kill(first)
    t.equal(String((await once(child.stdout, 'data'))[0]), 'stopping')
    child.kill(second)
    t.same(await once(child, 'exit'), [null, second])
  }
})
