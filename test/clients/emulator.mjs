// What runners of clients share: the built emulator as a process of its own, on a free port.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../dist/main.cjs', import.meta.url))

/**
 * Starts the built command, which the caller has to stop.
 * @param {string[]} flags those of the command besides its port
 * @returns its URL, and `stop`, which resolves to its exit code and what it has logged
 */
export async function startEmulator(flags) {
  const args = [main, '--port', '0', '--log-level', 'error', ...flags]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  process.on('exit', () => child.kill('SIGKILL'))
  const log = text(child.stderr)
  const exit = once(child, 'close')
  const stop = async () => {
    child.kill('SIGTERM')
    const [code] = await exit
    return { code, log: await log }
  }
  for await (const line of createInterface({ input: child.stdout })) {
    const [, url] = /^atlas-backup-emulator listens on (.*)$/.exec(line) ?? []
    if (url) return { url, stop }
  }
  throw new Error(`The emulator did not start: ${await log}`)
}
