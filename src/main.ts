import { run } from './cli/command.js'

await run()
