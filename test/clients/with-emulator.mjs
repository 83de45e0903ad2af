// Starts the built emulator on a free port, runs a command with its URL as the last argument, and stops the emulator.
// Usage: node with-emulator.mjs COMMAND [ARGUMENT...]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { startEmulator } from './emulator.mjs'

const [, , command, ...args] = process.argv
const emulator = await startEmulator(['--provisioning', '300ms', '--deletion', '300ms'])
const child = spawn(command, [...args, emulator.url], { stdio: ['ignore', 'inherit', 'inherit'] })
const [code] = await once(child, 'close')
const { log } = await emulator.stop()
process.stderr.write(log)
process.exitCode = code ?? 1
