import { stopSignal } from './cli/signals.js'

// Before all else is loaded, so that a signal that comes meanwhile is heeded.
const stop = stopSignal()
const { run } = await import('./cli/command.js')
await run(stop)
