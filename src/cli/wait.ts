import { parseDuration } from '../values/time.js'
import { real } from '../values/timers.js'
import { UsageError } from '../values/usage-error.js'
import { type Running, readFlags, runningAt } from './running.js'

/** How long it waits by default, and how long between two questions. */
const byDefault = '30s'
const pause = 100

/**
 * `wait`: returns when an emulator is ready, which is when it answers anything but a failure.
 * @throws {Error} when it is not by the end of `--timeout`
 */
export async function wait(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  const { url, timeout = byDefault } = readFlags(args, ['url', 'timeout'])
  const milliseconds = parseDuration(timeout)
  if (milliseconds === undefined) {
    throw new UsageError(`--timeout: found ${JSON.stringify(timeout)}; allowed: a duration such as 30s.`)
  }
  const running = runningAt(url, environment)
  const end = performance.now() + milliseconds
  for (;;) {
    const problem = await problemOf(running)
    if (problem === undefined) return
    if (performance.now() >= end) throw new Error(`${running.url} is not ready after ${timeout}: ${problem}`)
    await new Promise((resolve) => real.setTimeout(resolve, pause))
  }
}

async function problemOf({ get }: Running): Promise<string | undefined> {
  try {
    const { status } = await get('/_emulator/health')
    return status < 500 ? undefined : `it answers ${status}`
  } catch (error) {
    return (error as Error).message || (error as NodeJS.ErrnoException).code
  }
}
