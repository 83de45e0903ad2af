import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { test } from 'tap'
import { readCommand, settings } from '../src/settings.js'
import { runBuilt } from './cli/built.js'
import { missing } from './clients/printed.mjs'
import { account, apiKey, project, start } from './support/emulator.js'

const root = new URL('../', import.meta.url).pathname
const document = readFileSync(`${root}src/control/llms.txt`, 'utf8')
const byDefault = 'http://127.0.0.1:8080'

/** The fenced blocks, each with its language, and none for what a command prints. */
const blocks = [...document.matchAll(/^```(\w*)\n(.*?)^```/gms)].map(([, language, code]) => ({
  language,
  code: code as string,
}))

/** Runs a program in the clone and resolves to all that it prints. */
async function printedBy(command: string, ...args: string[]): Promise<string> {
  const { NODE_OPTIONS: _, ...env } = process.env
  const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const printed = await Promise.all([text(child.stdout), text(child.stderr)])
  return printed.join('')
}

test('the commands of llms.txt work as they are printed there, with only the port changed', async (t) => {
  const [first, ...others] = blocks
  const [, flags = ''] = /^npm start -- (.*)\n$/.exec(first?.code as string) ?? []
  const child = runBuilt(t, 'main.cjs', [...flags.split(' '), '--port', '0', '--log-level', 'silent'])
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const url = String(line).replace('atlas-backup-emulator listens on ', '')
  let run = 0
  for (const [i, { language, code }] of others.entries()) {
    if (!language) continue
    const printed =
      language === 'js'
        ? await printedBy(process.execPath, '--input-type=module', '--eval', code)
        : await printedBy(
            'bash',
            '-c',
            code.replaceAll(byDefault, url).replaceAll('npx atlas-backup-emulator', 'node dist/main.cjs'),
          )
    const expected = others[i + 1]
    t.equal(expected?.language, '', 'what is run is told what it prints')
    t.equal(missing(expected?.code.replaceAll(byDefault, url) as string, printed), undefined, `${code}${printed}`)
    run += 1
  }
  t.equal(run, 4)
})

test('the control API has every request that llms.txt names', async (t) => {
  const { command } = await start(t)
  const { operations } = (await command('GET', '/')).json() as { operations: string[] }
  const named = [...document.matchAll(/`([A-Z]+)`?(?:, `[A-Z]+`)*,? `?([A-Z]+ )?(\/_emulator\/[^`]*)`/g)]
  t.ok(named.length > 0)
  for (const [whole, , , path = ''] of named) {
    for (const method of whole.match(/\b(?:GET|PUT|POST|PATCH|DELETE)\b/g) ?? []) {
      t.ok(operations.includes(`${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`), `${method} ${path}`)
    }
  }
})

test('llms.txt names the default world and settings as they are', async (t) => {
  for (const name of [project, apiKey.username, apiKey.secret, account.id, account.secret]) {
    t.ok(document.includes(`\`${name}\``), name)
  }
  for (const [, flag = ''] of document.matchAll(/`--([a-z-]+)[ `]/g)) {
    t.ok(['help', ...settings.map((setting) => setting.flag)].includes(flag), flag)
  }
  t.match(readCommand(['--auth', 'off'], {}), { settings: { port: 8080, host: '127.0.0.1', provisioning: 2000 } })
})

test('an emulator serves llms.txt with its own URL', async (t) => {
  const { command } = await start(t)
  const { headers, body } = await command('GET', '/llms.txt', undefined, { host: 'localhost:9000' })
  t.equal(headers['content-type'], 'text/plain; charset=utf-8')
  t.equal(body, document.replaceAll(byDefault, 'http://localhost:9000'))
  const proxied = await start(t, ['--public-url', 'https://atlas.test/base'])
  t.match((await proxied.command('GET', '/llms.txt')).body, 'https://atlas.test/base/_emulator/openapi.json')
  const off = await start(t, ['--control', 'off'])
  t.equal((await off.command('GET', '/llms.txt')).statusCode, 404)
})
