#!/usr/bin/env node
import { createEmulator } from './emulator.js'
import { createLogger } from './logging.js'
import { version } from './package.js'
import { helpText, readCommand, type Settings, UsageError } from './settings.js'
import { DatabaseError } from './store/database.js'
import { firstCommands } from './welcome.js'
import { FixtureError } from './world/fixture.js'

try {
  const command = readCommand(process.argv.slice(2), process.env)
  if (command.run === 'serve') await serve(command.settings)
  else process.stdout.write(command.run === 'help' ? helpText() : `${version}\n`)
} catch (error) {
  process.stderr.write(`atlas-backup-emulator: ${explain(error as NodeJS.ErrnoException)}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}

async function serve(settings: Settings): Promise<void> {
  const logger = createLogger(settings.logLevel, process.stderr.isTTY)
  const emulator = await createEmulator(settings, logger && { logger })
  try {
    const url = await emulator.listen()
    process.stdout.write(`atlas-backup-emulator listens on ${url}\n`)
    if (emulator.loaded && settings.fixtures === 'default') process.stdout.write(firstCommands(url, emulator.loaded))
  } catch (error) {
    await emulator.close()
    throw error
  }
  // A second signal ends the process at once, since nothing listens for it any more.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => emulator.close())
}

function explain(error: NodeJS.ErrnoException): string {
  if (error instanceof UsageError || error instanceof DatabaseError || error instanceof FixtureError) {
    return error.message
  }
  switch (error.code) {
    case 'EADDRINUSE':
      return `${error.message}: another program listens there. Stop it, or choose another port with --port (0 picks a free one).`
    case 'EACCES':
    case 'EADDRNOTAVAIL':
    case 'EAI_AGAIN':
    case 'ENOTFOUND':
      return `${error.message}: cannot listen there. Choose another address with --host or another port with --port.`
    default:
      return `unexpected error: ${error.message}`
  }
}
