import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type Test, test } from 'tap'
import { runVerify } from '../../src/cli/verify.js'
import { claims } from '../../src/fidelity/claims.js'
import { apiKey, defaultWorld } from '../support/emulator.js'
import { account, key, listening, mutant, shop, startTarget } from '../support/target.js'
import { runBuilt } from './built.js'

const byKey = { MONGODB_ATLAS_PUBLIC_API_KEY: key.publicKey, MONGODB_ATLAS_PRIVATE_API_KEY: key.privateKey }
const byAccount = { MONGODB_ATLAS_CLIENT_ID: account.clientId, MONGODB_ATLAS_CLIENT_SECRET: account.clientSecret }

/** Runs verify in this process; resolves to its exit code and what it printed. */
async function call(
  t: Test,
  args: string[],
  environment: NodeJS.ProcessEnv = byKey,
  terminal?: Parameters<typeof runVerify>[3],
) {
  const output = t.capture(process.stdout, 'write')
  try {
    const code = await runVerify(args, environment, new AbortController().signal, terminal)
    return { code, printed: output.args().flat().join('') }
  } finally {
    output.restore()
  }
}

const quick = ['--pace', '0ms']

test('verify prints what is the same, and writes evidence and JUnit’s XML', async (t) => {
  const target = await startTarget(t)
  const folder = t.testdir({})
  const [out, junit] = [`${folder}/evidence.json`, `${folder}/junit.xml`]
  writeFileSync(junit, 'of an earlier run')
  const { code, printed } = await call(t, [
    '--against',
    target.url,
    '--project',
    shop,
    '--out',
    out,
    '--junit',
    junit,
    '--only',
    'project-keys,group-not-found,body-too-large',
    ...quick,
  ])
  t.equal(code, 0)
  t.match(printed, /^Compared with ‹ip›:\d+ on 2\d{3}-\d\d-\d\d, level read, \d+ requests\n/)
  t.match(printed, '== same\n  group-not-found, project-keys\n')
  t.match(printed, 'to find out would be load: body-too-large')
  t.match(printed, 'same: 2 | different: 0 | instrument: 0 | not measured: 1')
  t.match(JSON.parse(readFileSync(out, 'utf8')), { evidence: 1, level: 'read', role: 'owner' })
  t.match(readFileSync(junit, 'utf8'), /tests="3" failures="0" errors="0" skipped="1"/)
  const replay = await call(t, ['--check', out, '--junit', junit])
  t.match(replay, { code: 0, printed: /^Replayed: ‹ip›:\d+ as it answered on / })
})

test('a difference is printed with its claim, the request and both sides, and is a failure in JUnit’s XML', async (t) => {
  const target = await startTarget(t)
  const url = await mutant(t, target.url, [
    {
      answer: (answered) => ({
        ...answered,
        body: answered.body.replace('No group with', 'There is <no> group with'),
      }),
    },
  ])
  const junit = `${t.testdirName}-junit.xml`
  const { code, printed } = await call(
    t,
    ['--against', url, '--project', shop, '--junit', junit, '--only', 'group-not-found', ...quick],
    byAccount,
  )
  t.equal(code, 3)
  t.match(printed, 'group-not-found (observed): An unknown project is 404 `GROUP_NOT_FOUND`')
  t.match(printed, 'project-unknown: GET /api/atlas/v2/groups/‹nobody›')
  t.match(printed, '    body:/detail\n')
  t.match(
    printed,
    '      here  No group with ID ‹nobody› exists.\n      there There is <no> group with ID ‹nobody› exists.',
  )
  t.match(readFileSync(junit, 'utf8'), 'There is &lt;no&gt; group with')
})

test('what the README of the comparison shows of a run is what is printed', async (t) => {
  const world = defaultWorld()
  const target = await startTarget(t, { world })
  const url = await mutant(t, target.url, [
    { answer: (answered) => ({ ...answered, body: answered.body.replace('No group with', 'No project with') }) },
  ])
  const byDefault = { MONGODB_ATLAS_PUBLIC_API_KEY: apiKey.username, MONGODB_ATLAS_PRIVATE_API_KEY: apiKey.secret }
  const id = String(world.projects[0]?.id)
  const { code, printed } = await call(t, ['--against', url, '--project', id, ...quick], byDefault)
  t.equal(code, 3)
  // How many there are changes with every claim and probe that is added.
  const rounded = (text: string) => text.replace(/\d+(?= requests| \||$)/gm, 'N')
  const text = readFileSync(new URL('../../src/fidelity/README.md', import.meta.url), 'utf8')
  const [, shown = ''] = /^\$ atlas-backup-emulator verify --against \S+ --project \w+\n(.*?)^```$/ms.exec(text) ?? []
  const lines = rounded(shown).trim().split('\n')
  t.ok(lines.length > 10)
  const heading = lines.shift() as string
  t.match(rounded(printed).split('\n')[0], /level read, N requests$/)
  t.match(heading, /^Compared with cloud\.mongodb\.com on \d{4}-\d\d-\d\d, level read, N requests$/)
  for (const part of lines.flatMap((line) => line.split('…').map((piece) => piece.replace(/^, /, '')))) {
    t.ok(rounded(printed).includes(part), part)
  }
})

test('what a server says is printed without what a terminal would take for commands', async (t) => {
  const target = await startTarget(t)
  const url = await mutant(t, target.url, [
    {
      answer: (answered) => ({
        ...answered,
        body: answered.body.replace('No group with', '\\u001b[2J\\u009bNo group with'),
      }),
    },
  ])
  const { printed } = await call(t, ['--against', url, '--project', shop, '--only', 'group-not-found', ...quick])
  t.match(printed, 'there \uFFFD[2J\uFFFDNo group with')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there.
  t.notMatch(printed, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
})

test('what differs from answer to answer is told as the instrument’s, and what ended a run is told', async (t) => {
  const target = await startTarget(t)
  let count = 0
  const url = await mutant(t, target.url, [
    {
      answer: (answered) => ({
        ...answered,
        body: answered.body.replace('No group with', `${'many '.repeat(count++ % 2)}group with`),
      }),
    },
  ])
  const unstable = await call(t, ['--against', url, '--project', shop, '--only', 'group-not-found', ...quick])
  t.equal(unstable.code, 1)
  t.match(unstable.printed, /first .*\n.*second/)
  const cut = await call(t, ['--against', target.url, '--project', shop, '--budget', '12', '--timeout', '1m', ...quick])
  t.equal(cut.code, 1)
  t.match(cut.printed, 'It ended before its end: its budget of 12 requests is spent.')
})

test('--list tells every claim with how it is asked about, and --dry-run every request without sending one', async (t) => {
  const list = await call(t, ['--list'], {})
  t.equal(list.code, 0)
  for (const { id } of claims) t.match(list.printed, new RegExp(`^${id} \\(`, 'm'))
  t.match(list.printed, /^group-not-found \(observed\): project-unknown \(read\), /m)
  t.match(list.printed, /^body-too-large \(chosen\): not asked: to find out would be load$/m)
  t.match(list.printed, /^security-headers \(observed\): seen in many answers$/m)
  t.equal((await call(t, ['--list', '--only', 'json-dates'], {})).printed.trim().split('\n').length, 1)
  const read = (await call(t, ['--dry-run'], {})).printed
  t.match(
    read,
    'read   challenge: GET /api/atlas/v2/groups/‹project:1›/backup/AWS/privateEndpoints [credentials: none]',
  )
  t.notMatch(read, /^(?:refuse|mutate)/m)
  const all = (await call(t, ['--dry-run', '--level', 'mutate', '--region', 'US_EAST_1'], {})).printed
  t.match(
    all,
    'mutate life-create: POST /api/atlas/v2/groups/‹project:1›/backup/AWS/privateEndpoints {"cloudProvider":"AWS","regionName":"US_EAST_1"}',
  )
  const some = (await call(t, ['--dry-run', '--level', 'refuse', '--only', 'body-malformed'], {})).printed
  t.ok(some.split('\n').every((line) => line === '' || line.includes(': POST ')))
})

test('wrong usage is told, and nothing is sent', async (t) => {
  t.match(await call(t, ['--help'], {}), { code: 0, printed: /^atlas-backup-emulator verify compares/ })
  const base = ['--against', 'https://cloud.mongodb.com', '--project', shop]
  const cases: [string[], RegExp, NodeJS.ProcessEnv?][] = [
    [['--prot'], /Unknown option '--prot'\. Allowed: --against/],
    [['x'], /Unexpected argument/],
    [base, /^Credentials: set MONGODB_ATLAS_PUBLIC_API_KEY/, {}],
    [base, /^Credentials: set/, { MONGODB_ATLAS_PUBLIC_API_KEY: 'x' }],
    [['--project', shop], /needs --against and --project/],
    [['--against', 'https://cloud.mongodb.com'], /needs --against and --project/],
    [[...base, '--level', 'all'], /^--level/],
    [[...base, '--budget', 'x'], /^--budget/],
    [[...base, '--pace', 'x'], /^--pace/],
    [[...base, '--timeout', 'x'], /^--timeout/],
    [[...base, '--level', 'mutate', '--region', 'US_EAST_1'], /^confirm/],
    [[...base, '--out', '/none/evidence.json'], /^\/none\/evidence\.json cannot be written/],
    [[...base, '--junit', '/none/junit.xml'], /^\/none\/junit\.xml cannot be written/],
    [['--check', '/none'], /cannot be read/],
    [['--clean', '/none'], /cannot be read/],
  ]
  for (const [args, message, environment] of cases) {
    await t.rejects(call(t, args, environment), { name: 'UsageError', message }, args.join(' '))
  }
  const file = `${t.testdirName}-no.json`
  for (const [content, message] of [
    ['x', /is not JSON/],
    ['{}', /is no report/],
  ] as const) {
    writeFileSync(file, content)
    await t.rejects(call(t, ['--check', file]), { name: 'UsageError', message })
  }
})

test('level mutate at a terminal asks for the project’s name', async (t) => {
  const target = await startTarget(t)
  const args = ['--against', target.url, '--project', shop, '--level', 'mutate', '--region', 'US_EAST_1']
  const more = ['--ledger', `${t.testdirName}-l.json`, '--only', 'operation-create', ...quick]
  const input = Object.assign(new PassThrough(), { isTTY: true })
  const output = new PassThrough()
  output.on('data', () => input.write('Another\n'))
  const { code, printed } = await call(t, [...args, ...more], byKey, { input, output })
  t.equal(code, 1)
  t.match(printed, 'level mutate was not confirmed')
  t.strictSame(await target.endpoints(), [])
})

test('whoever ends the input instead of confirming goes no further', async (t) => {
  const target = await startTarget(t)
  const ledger = `${t.testdirName}-l.json`
  const args = ['--against', target.url, '--project', shop, '--level', 'mutate', '--region', 'US_EAST_1']
  const input = Object.assign(new PassThrough(), { isTTY: true })
  const output = new PassThrough()
  output.once('data', () => input.end())
  const { code, printed } = await call(t, [...args, '--ledger', ledger, ...quick], byKey, { input, output })
  t.equal(code, 1)
  t.match(printed, 'It ended before its end: level mutate was not confirmed.')
  t.notOk(existsSync(ledger))
})

test('what a run leaves behind is printed with the command that deletes it', async (t) => {
  const target = await startTarget(t)
  const url = await mutant(t, target.url, [
    {
      answer: (answered, { url: asked }) =>
        asked.includes('pageNum=1&itemsPerPage=500') && asked.includes('exportBuckets') && looked++ > 0
          ? { ...answered, body: '{"results":[]}' }
          : undefined,
    },
  ])
  let looked = 0
  const args = [
    '--against',
    url,
    '--project',
    shop,
    '--level',
    'mutate',
    '--region',
    'US_EAST_1',
    '--ledger',
    `${t.testdirName}-l.json`,
  ]
  const { code, printed } = await call(t, [...args, '--only', 'export-bucket-not-found', ...quick], {
    ...byKey,
    ATLAS_VERIFY_CONFIRM: shop,
  })
  t.equal(code, 4)
  t.match(printed, /LEFT BEHIND, or not known to be gone:\n {2}curl .*exportBuckets"/)
})

test('the command ends with the exit code, and wrong usage is 2', async (t) => {
  const usage = runBuilt(t, 'main.cjs', ['verify', '--level', 'x'])
  const [stderr, [code]] = await Promise.all([text(usage.stderr), once(usage, 'exit')])
  t.equal(code, 2)
  t.match(stderr, /^atlas-backup-emulator: --level: found "x"/)
  const help = runBuilt(t, 'main.cjs', ['verify', '--help'])
  const [stdout, [helped]] = await Promise.all([text(help.stdout), once(help, 'exit')])
  t.equal(helped, 0)
  t.match(stdout, 'Usage: atlas-backup-emulator verify --against URL')
})

test('a run that is killed while its endpoint is there leaves a ledger, by which --clean deletes it', async (t) => {
  // The endpoint takes its time to be made, so the run waits for it.
  const target = await startTarget(t, { flags: ['--provisioning', 'manual'] })
  const ledger = `${t.testdirName}-ledger.json`
  let isMade = false
  const made = new Promise<void>((resolve) => {
    const watch = setInterval(async () => {
      isMade ||= (await target.endpoints()).length > 0
      if (!isMade) return
      clearInterval(watch)
      resolve()
    }, 20)
    t.teardown(() => clearInterval(watch))
  })
  const args = ['verify', '--against', target.url, '--project', shop, '--level', 'mutate', '--region', 'US_EAST_1']
  const child = runBuilt(t, 'main.cjs', [...args, '--only', 'operation-create', '--ledger', ledger, ...quick], {
    ...process.env,
    ...byKey,
    ATLAS_VERIFY_CONFIRM: shop,
  })
  await made
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.ok(existsSync(ledger))
  t.notMatch(readFileSync(ledger, 'utf8'), key.privateKey)
  t.equal((await target.endpoints()).length, 1)
  const cleaning = call(t, ['--clean', ledger, ...quick])
  // The target's clock stands still until it is moved.
  const clock = setInterval(() => target.clock.advance(1000), 20)
  t.match(await cleaning, { code: 0, printed: 'Nothing is left; deleted: 1.\n' })
  clearInterval(clock)
  t.notOk(existsSync(ledger))
  t.strictSame(await target.endpoints(), [])
})

test('a signal ends a run, after what it has made is deleted', async (t) => {
  const target = await startTarget(t, { flags: ['--provisioning', 'manual', '--deletion', '0s'] })
  const ledger = `${t.testdirName}-ledger.json`
  const args = ['verify', '--against', target.url, '--project', shop, '--level', 'mutate', '--region', 'US_EAST_1']
  const child = runBuilt(t, 'main.cjs', [...args, '--only', 'operation-create', '--ledger', ledger, ...quick], {
    ...process.env,
    ...byKey,
    ATLAS_VERIFY_CONFIRM: shop,
  })
  const exit = once(child, 'exit')
  const watch = setInterval(async () => {
    if ((await target.endpoints()).length === 0) return
    clearInterval(watch)
    child.kill('SIGTERM')
  }, 20)
  t.teardown(() => clearInterval(watch))
  const [stdout, [code]] = await Promise.all([text(child.stdout), exit])
  t.equal(code, 1)
  t.match(stdout, 'It ended before its end: it was stopped.')
  t.notOk(existsSync(ledger))
  t.strictSame(await target.endpoints(), [])
})

test('what cannot be deleted ends --clean with 4 and the command to try', async (t) => {
  const ledger = `${t.testdirName}-ledger.json`
  const url = await listening(
    t,
    createServer((_, response) => response.writeHead(429).end()),
  )
  const list = `/api/atlas/v2/groups/${shop}/backup/AWS/privateEndpoints`
  const entry = { list, body: '{}', before: [], at: '', state: 'made', ids: ['6650b2e1d3ba5f2c8e0000d1'] }
  writeFileSync(
    ledger,
    JSON.stringify({
      ledger: 1,
      emulator: '0',
      against: url,
      project: shop,
      entries: [entry, { ...entry, state: 'sent', ids: [] }],
    }),
  )
  const { code, printed } = await call(t, ['--clean', ledger, ...quick], byAccount)
  t.equal(code, 4)
  t.match(
    printed,
    /LEFT BEHIND.*\n {2}curl --header "Authorization: Bearer \$ACCESS_TOKEN" .*--request DELETE ".*6650b2e1d3ba5f2c8e0000d1"\n {2}curl/,
  )
  t.ok(existsSync(ledger))
})
