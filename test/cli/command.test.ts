import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { type Test, test } from 'tap'
import { version } from '../../src/values/package.js'
import { certificate } from '../support/certificate.js'
import { open } from '../support/socket.js'
import { runBuilt } from './built.js'

/** Runs the command as a process of its own. */
function run(t: Test, ...args: string[]) {
  return runWith(t, {}, ...args)
}

/** The same with environment variables besides those of this process. */
function runWith(t: Test, variables: Readonly<Record<string, string>>, ...args: string[]) {
  const child = runBuilt(t, 'main.cjs', args, { ...process.env, ...variables })
  return { child, exit: once(child, 'exit'), stderr: text(child.stderr) }
}

/** Runs the command to its end. */
async function outcome(t: Test, ...args: string[]) {
  const { child, exit, stderr } = run(t, ...args)
  const [stdout, errors, [code]] = await Promise.all([text(child.stdout), stderr, exit])
  return { code, stdout, stderr: errors }
}

test('--help and --version print to standard output', async (t) => {
  const [help, number] = await Promise.all([outcome(t, '--help'), outcome(t, '--version')])
  t.match(help, { code: 0, stderr: '', stdout: /^atlas-backup-emulator stands in for/ })
  t.same(number, { code: 0, stderr: '', stdout: `${version}\n` })
})

test('the command prints where it listens and its page, logs JSON, and ends on SIGTERM', async (t) => {
  const variables = { ATLAS_EMULATOR_PROT: '1', ATLAS_EMULATOR_PORT: 'tcp://10.0.0.1:1' }
  const { child, exit, stderr } = runWith(t, variables, '--port', '0')
  const [chunk] = await once(child.stdout, 'data')
  const printed = String(chunk)
  const [, url = ''] = /^atlas-backup-emulator listens on (http:\/\/127\.0\.0\.1:\d+)\n/.exec(printed) ?? []
  t.ok(printed.startsWith(`atlas-backup-emulator listens on ${url}\nConsole: ${url}/_emulator/console\n\ncurl `))
  t.match(await (await fetch(`${url}/_emulator/console`)).text(), '<!doctype html>')
  t.equal((await fetch(`${url}/nope`)).status, 404)
  const idle = await open(url)
  child.kill('SIGTERM')
  t.same(await exit, [0, null])
  idle.destroy()
  const lines = (await stderr)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  t.match(lines, [
    { level: 40, msg: /^ATLAS_EMULATOR_PROT is no setting .* Did you mean ATLAS_EMULATOR_PORT\?/ },
    { level: 30, msg: `listening on ${url}` },
    { level: 30, msg: 'GET /_emulator/console 200' },
    { level: 30, msg: 'GET /nope 404' },
  ])
})

test('the one command that is printed makes an endpoint and shows it, with credentials, without, and by https', async (t) => {
  const folder = t.testdir({ 'a cert.pem': certificate.cert, 'key.pem': certificate.key })
  const tls = ['--tls-cert', `${folder}/a cert.pem`, '--tls-key', `${folder}/key.pem`]
  for (const flags of [[], ['--auth', 'off'], tls]) {
    const { child, exit } = run(t, '--port', '0', '--log-level', 'silent', ...flags)
    const [chunk] = await once(child.stdout, 'data')
    const [, ...commands] = String(chunk).split('\n\n')
    t.equal(commands.length, 1)
    const shell = spawn('sh', ['-c', commands[0] as string], { stdio: ['ignore', 'pipe', 'ignore'] })
    const answer = JSON.parse(await text(shell.stdout))
    t.match(answer, { cloudProvider: 'AWS', regionName: 'EU_WEST_1', status: 'INITIATING', id: /^[0-9a-f]{24}$/ })
    child.kill('SIGTERM')
    t.same(await exit, [0, null])
  }
})

test('with fixtures other than the default no command is printed, and without the control API no page', async (t) => {
  for (const [flags, printed] of [
    [['--fixtures', 'demo'], /^atlas-backup-emulator listens on (\S+)\nConsole: \1\/_emulator\/console\n$/],
    [['--fixtures', 'demo', '--control', 'off'], /^atlas-backup-emulator listens on http:\/\/127\.0\.0\.1:\d+\n$/],
  ] as const) {
    const { child, exit, stderr } = run(t, '--port', '0', '--log-level', 'silent', ...flags)
    const [chunk] = await once(child.stdout, 'data')
    t.match(String(chunk), printed)
    child.kill('SIGINT')
    t.same(await exit, [0, null])
    t.equal(await stderr, '')
  }
})

test('a command that cannot start says why in one message and ends with exit code 1, or 2 for its arguments', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => taken.close())
  const { port } = taken.address() as { port: number }
  const silent = ['--log-level', 'silent', '--port', '0']
  const cases: [string[], number, RegExp][] = [
    [['--prot', '1'], 2, /^atlas-backup-emulator: Unknown option '--prot'\. Allowed: .*\n$/],
    [
      ['--log-level', 'silent', '--port', String(port)],
      1,
      /^atlas-backup-emulator: Cannot listen: listen EADDRINUSE: .*:\d+\. Choose another port with --port \(0 picks a free one\) or --host\.\n$/,
    ],
    [[...silent, '--host', '192.0.2.1'], 1, /Cannot listen: .*EADDRNOTAVAIL.*\. Choose/],
    [
      [...silent, '--db', '/none/atlas.db'],
      1,
      /^atlas-backup-emulator: Cannot use the database \/none\/atlas\.db: .*\n$/,
    ],
    [[...silent, '--fixtures', 'none.json'], 1, /^atlas-backup-emulator: The fixture none\.json cannot be read: .*\n$/],
    [[...silent, '--host', 'x y'], 1, /^atlas-backup-emulator: Cannot listen: .*\n$/],
  ]
  await Promise.all(
    cases.map(async ([args, code, message]) => {
      const end = await outcome(t, ...args)
      t.equal(end.code, code, args.join(' '))
      t.match(end.stderr, message)
      t.equal(end.stdout, '')
    }),
  )
})
