/**
 * curl whose nonce goes stale between the challenge and its answer: once because five minutes have passed, once because
 * the emulator was started anew. curl has to go on by itself.
 * Usage: bundled, then run by Node.
 */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createEmulator } from '../../src/emulator.js'
import { accept, apiKey, ManualClock, path, settingsFor } from '../support/emulator.js'

const run = promisify(execFile)
let passed = 0
let failed = 0

/** Asks with curl, and calls `afterChallenge` between the first answer and the second request. */
async function check(what: string, afterChallenge: 'five minutes' | 'a restart'): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'nonce-'))
  const clock = new ManualClock()
  const settings = settingsFor('--db', join(dir, 'atlas.db'))
  let current = createEmulator(settings, { clock })
  const restart = async () => {
    await (await current).close()
    return createEmulator(settings, { clock })
  }
  await current
  const statuses: number[] = []
  const front = createServer(async (request, response) => {
    response.on('finish', () => {
      statuses.push(response.statusCode)
      if (statuses.length > 1) return
      if (afterChallenge === 'a restart') current = restart()
      else clock.advance(5 * 60_000)
    })
    const { app } = await current
    app.server.emit('request', request, response)
  })
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}${path}`
  const credentials = ['--digest', '--user', `${apiKey.username}:${apiKey.secret}`]
  const { stdout } = await run('curl', ['-sS', ...credentials, '--header', `Accept: ${accept}`, url])
  const wentOn = statuses.join() === '401,401,200' && JSON.parse(stdout).totalCount === 0
  if (wentOn) passed += 1
  else failed += 1
  console.log(`${wentOn ? 'ok' : 'not ok'} - ${what}${wentOn ? '' : `\n  actual: ${statuses.join()} ${stdout}`}`)
  front.close()
  await (await current).close()
  rmSync(dir, { recursive: true })
}

await check('curl goes on by itself when its nonce has expired', 'five minutes')
await check('curl goes on by itself when its nonce is from before a restart', 'a restart')
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
