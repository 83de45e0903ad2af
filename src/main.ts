import { run } from './command.js'

await run()
