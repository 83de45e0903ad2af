import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { test } from 'tap'

const root = new URL('../../', import.meta.url)
const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  scripts: Record<string, string>
}

test('a signal to npm ends the server that npm start has started', async (t) => {
  const npm = spawn('npm', ['start', '--silent', '--', '--port', '0', '--log-level', 'silent', '--fixtures', 'demo'], {
    cwd: root,
    // Without the options by which tap follows a test's processes.
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => npm.kill('SIGKILL'))
  const [printed] = await once(npm.stdout, 'data')
  const [, url = ''] = /listens on (http:\S+)/.exec(String(printed)) ?? []
  t.equal((await fetch(`${url}/_emulator/health`)).status, 200)
  npm.kill('SIGTERM')
  // The server writes to the same pipe, which closes when it has ended.
  await once(npm, 'close')
  await t.rejects(fetch(`${url}/_emulator/health`))
})

test('no script of the package needs a shell of a kind', async (t) => {
  for (const [name, line] of Object.entries(scripts)) t.match(line, /^[\w./ :-]+$/, `${name}: ${line}`)
})
