import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'

/**
 * Runs a file of `dist` as a user would, in a process that is killed when the test ends.
 * @throws when it has not been built
 */
export function runBuilt(
  t: Test,
  name: 'main.cjs' | 'healthcheck.js',
  args: readonly string[],
  env = process.env,
): ChildProcessByStdio<null, Readable, Readable> {
  const file = new URL(`../../dist/${name}`, import.meta.url).pathname
  if (!existsSync(file)) throw new Error(`dist/${name} is missing: npm run build makes it, as npm test does first`)
  // Without the options by which tap follows a test's processes, to measure what they cover.
  const command = ['-u', 'NODE_OPTIONS', process.execPath, file, ...args]
  const child = spawn('env', command, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

/** Runs the command to its end. */
export async function outcomeOf(t: Test, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = runBuilt(t, 'main.cjs', args)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code, stdout, stderr }
}
