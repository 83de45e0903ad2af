import { addAbortListener } from 'node:events'
import { createEmulator, type Emulator } from '../emulator.js'
import { LogSink, standardError } from '../journal/log-sink.js'
import { createLogger } from '../journal/logging.js'
import { readCommand, type Settings, unknownVariables } from '../settings.js'
import { version } from '../values/package.js'
import { after } from '../values/timers.js'
import { UsageError } from '../values/usage-error.js'
import { env } from './env.js'
import { helpText } from './help.js'
import { holdMemoryDown } from './memory.js'
import { keepTickShape } from './ticks.js'
import { wait } from './wait.js'
import { welcome } from './welcome.js'

/** How long log lines may wait for a reader that takes none, when the program ends, in milliseconds. */
const patience = 500

type Other = (args: readonly string[], environment: NodeJS.ProcessEnv, stop: AbortSignal) => Promise<number>

/** What the command does besides to serve, by its first argument; each resolves to the exit code. */
const others: Readonly<Record<string, Other>> = {
  env: async (args, environment) => {
    process.stdout.write(await env(args, environment))
    return 0
  },
  wait: async (args, environment) => {
    await wait(args, environment)
    return 0
  },
  // Loaded when it is asked for: a server has no need of it.
  verify: async (args, environment, stop) => (await import('./verify.js')).runVerify(args, environment, stop),
}

/**
 * The command: runs what the arguments and the environment ask for.
 * @param stop ends a server; one that is still starting, as soon as it is up
 */
export async function run(stop: AbortSignal): Promise<void> {
  // Whoever read them has gone, or the disk is full: that ends no server.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  try {
    const [name = '', ...rest] = process.argv.slice(2)
    if (Object.hasOwn(others, name)) {
      process.exitCode = await others[name]?.(rest, process.env, stop)
      return
    }
    const command = readCommand(process.argv.slice(2), process.env)
    if (command.run === 'serve') {
      await serve(command.settings, stop)
      // Nothing that nobody reads keeps the process.
      process.exit()
    }
    process.stdout.write(command.run === 'help' ? helpText() : `${version}\n`)
  } catch (error) {
    process.stderr.write(`atlas-backup-emulator: ${(error as Error).message}\n`)
    process.exitCode = error instanceof UsageError ? 2 : 1
  }
}

/** Resolves when the server has been stopped. */
async function serve(settings: Settings, stop: AbortSignal): Promise<void> {
  keepTickShape()
  const sink = new LogSink(standardError)
  const logger = createLogger(settings.logLevel, process.stderr.isTTY, sink)
  for (const line of unknownVariables(process.env)) logger?.warn(line)
  const emulator = await createEmulator(settings, { ownsProcess: true, ...(logger && { logger }) })
  try {
    const url = await listen(emulator)
    const { name, fixture } = emulator.loaded ?? {}
    process.stdout.write(welcome(url, settings, name === 'default' ? fixture : undefined))
    // A moment later, since it takes a few milliseconds, which the first answer need not wait for.
    after(100, holdMemoryDown)
    await new Promise((resolve) => addAbortListener(stop, resolve))
  } finally {
    await emulator.close()
    await sink.drained(patience)
  }
}

async function listen(emulator: Emulator): Promise<string> {
  try {
    return await emulator.listen()
  } catch (error) {
    const { message } = error as Error
    throw new Error(`Cannot listen: ${message}. Choose another port with --port (0 picks a free one) or --host.`)
  }
}
