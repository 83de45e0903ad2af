import { createEmulator } from '../emulator.js'
import { createLogger } from '../journal/logging.js'
import { readCommand, type Settings, UsageError } from '../settings.js'
import { version } from '../values/package.js'
import { helpText } from './help.js'
import { firstCommands } from './welcome.js'

const stopSignals = ['SIGTERM', 'SIGINT'] as const

/** The command: runs what the arguments and the environment ask for; a server goes on until it gets a signal. */
export async function run(): Promise<void> {
  try {
    const command = readCommand(process.argv.slice(2), process.env)
    if (command.run === 'serve') await serve(command.settings)
    else process.stdout.write(command.run === 'help' ? helpText() : `${version}\n`)
  } catch (error) {
    process.stderr.write(`atlas-backup-emulator: ${(error as Error).message}\n`)
    process.exitCode = error instanceof UsageError ? 2 : 1
  }
}

async function serve(settings: Settings): Promise<void> {
  const logger = createLogger(settings.logLevel, process.stderr.isTTY, process.stderr.fd)
  const emulator = await createEmulator(settings, logger && { logger })
  let url: string
  try {
    url = await emulator.listen()
  } catch (error) {
    await emulator.close()
    const { message } = error as Error
    throw new Error(`Cannot listen: ${message}. Choose another port with --port (0 picks a free one) or --host.`)
  }
  const stop = () => {
    // A second signal ends the process at once, since nothing listens for it any more.
    for (const signal of stopSignals) process.off(signal, stop)
    emulator.close()
  }
  for (const signal of stopSignals) process.on(signal, stop)
  const publicFixture = settings.fixtures === 'default' && emulator.loaded
  process.stdout.write(
    `atlas-backup-emulator listens on ${url}\n${publicFixture ? firstCommands(url, publicFixture) : ''}`,
  )
}
