// The scenarios of the READMEs, as they are printed there: each server is started, the commands run beside it with only
// the port changed, and what they print is compared with what the README says, where … stands for anything.
// Usage: node rehearse.mjs
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { missing } from './printed.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const readmes = ['README.md', 'src/control/README.md', 'fixtures/README.md']
const blocks = readmes.flatMap((path) =>
  [...readFileSync(`${root}/${path}`, 'utf8').matchAll(/^```(\w*)\n(.*?)^```/gms)].map(([, language, text]) => ({
    language,
    text,
  })),
)

async function start(command) {
  const env = { ...process.env, ATLAS_EMULATOR_PORT: '0', ATLAS_EMULATOR_LOG_LEVEL: 'error' }
  const server = spawn('bash', ['-c', `exec ${command}`], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  for await (const chunk of server.stdout.iterator({ destroyOnReturn: false })) {
    printed += chunk
    const [, url] = /listens on (http:\S+)/.exec(printed) ?? []
    if (url) return { server, url }
  }
  throw new Error(`${command} did not start: ${printed}`)
}

async function run(commands) {
  const child = spawn('bash', ['-c', commands], { stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk))
  await once(child, 'close')
  return printed
}

async function stop({ server }) {
  server.kill()
  await once(server, 'close')
}

let passed = 0
let failed = 0
let running
for (const [i, { language, text }] of blocks.entries()) {
  const expected = blocks[i + 1]
  const [serves] = /^npm start[^#\n]*/m.exec(text) ?? []
  if (serves) {
    if (running) await stop(running)
    running = await start(serves)
  } else if (language === 'bash' && expected?.language === '') {
    const printed = await run(text.replaceAll('http://127.0.0.1:8080', running.url))
    const line = missing(expected.text, printed)
    if (line === undefined) passed += 1
    else failed += 1
    console.log(`${line === undefined ? 'ok' : 'not ok'} - ${text.split('\n')[0]}`)
    if (line !== undefined) console.log(`  missing: ${line}\n  printed: ${printed}`)
  }
}
await stop(running)
if (passed + failed < 15) failed += 1
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
