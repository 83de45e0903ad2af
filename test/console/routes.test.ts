import { gzipSync } from 'node:zlib'
import { test } from 'tap'
import { most } from '../../src/console/assets.js'
import { start } from '../support/emulator.js'

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', host: 'localhost' }

test('a browser is led to the page, and others get what there was', async (t) => {
  const { call, command, emulator } = await start(t)
  await command('DELETE', '/requests')
  const asked = async (url: string, headers: Record<string, string> = browser) => {
    const { statusCode, headers: got } = await emulator.inject({ url, headers })
    return [statusCode, got.location]
  }
  t.strictSame(await asked('/'), [302, '_emulator/console'])
  t.strictSame(await asked('/_emulator'), [302, '_emulator/console'])
  t.strictSame(await asked('/_emulator/'), [302, 'console'])
  t.strictSame(await asked('/_emulator/console/'), [302, '../console'])
  t.equal((await command('GET', '/requests?count=true')).json().count, 0, 'which the journal does not tell')
  t.match((await command('GET', '/')).json().operations, [String])
  t.match((await call('GET', '/', { bare: true })).json(), { errorCode: 'RESOURCE_NOT_FOUND' })
  t.match((await call('GET', '/', { headers: { accept: 'text/htmlx' } })).json(), { errorCode: 'RESOURCE_NOT_FOUND' })
  const head = await emulator.inject({ method: 'HEAD', url: '/', headers: browser })
  t.equal(head.statusCode, 302)
  t.equal((await command('GET', '/requests?count=true')).json().count, 2, 'each once')
  t.match((await command('GET', '/requests')).json().requests, [
    { url: '/', status: 404, operation: null },
    { url: '/', status: 404 },
  ])
})

test('the page and its files may do no more than they need', async (t) => {
  const { command } = await start(t)
  for (const [file, type] of [
    ['/console', 'text/html'],
    ['/console/page.css', 'text/css'],
    ['/console/page.js', 'text/javascript'],
  ] as const) {
    const answer = await command('GET', file)
    t.match(answer.headers, {
      'content-type': `${type}; charset=utf-8`,
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-store',
    })
    t.ok(answer.body.length > 500)
  }
  const page = (await command('GET', '/console')).body
  t.notMatch(page, /(?:src|href)="\//, 'every URL is relative')
  t.notMatch(page, /<script(?![^>]*src=)/, 'no script in the markup')
})

test('the page stays small: its files have a bound together, as they are and compressed', async (t) => {
  const { command } = await start(t)
  const files = await Promise.all(
    ['/console', '/console/page.css', '/console/page.js'].map(async (file) => (await command('GET', file)).rawPayload),
  )
  const sum = (sizes: number[]) => sizes.reduce((a, b) => a + b)
  const bytes = sum(files.map(({ length }) => length))
  const compressed = sum(files.map((file) => gzipSync(file).length))
  t.ok(bytes < most.bytes, `${bytes} bytes`)
  t.ok(compressed < most.compressed, `${compressed} bytes compressed`)
  // A bound that is far off would hold nothing.
  t.ok(bytes > most.bytes * 0.8, `${bytes} bytes, near the bound`)
})

test('the page is told what the program knows: words, codes and fixtures', async (t) => {
  const { command } = await start(t, ['--auth', 'off', '--journal', 'off'])
  t.match((await command('GET', '/console/vocabulary.json')).json(), {
    database: 'memory',
    credentialsRequired: false,
    isJournalOn: false,
    hasToken: false,
    statuses: ['INITIATING'],
    successors: { DELETING: [] },
  })
  const { projects } = (await command('GET', '/console/fixtures/demo.json')).json()
  t.equal(projects.length, 6)
  const stored = await start(t, ['--db', `${t.testdir()}/atlas.db`])
  t.match((await stored.command('GET', '/console/vocabulary.json')).json(), { database: 'file' })
})

test('whom the guard refuses is told which setting opens the page', async (t) => {
  const { command, emulator } = await start(t)
  const strange = { ...browser, host: 'evil.test' }
  for (const url of ['/', '/_emulator', '/_emulator/console', '/_emulator/docs']) {
    const answer = await emulator.inject({ url, headers: strange })
    t.equal(answer.statusCode, 403, url)
    t.match(answer.headers, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': /^default-src 'none'/,
    })
    t.match(answer.body, /--control-token, or with --control open/)
  }
  const foreign = await emulator.inject({ url: '/', headers: { ...browser, 'sec-fetch-site': 'cross-site' } })
  t.match([foreign.statusCode, foreign.body], [403, /another origin/])
  const program = await command('GET', '/console', undefined, { host: 'evil.test' })
  t.match(program.json(), { status: 403 })
  t.equal((await command('GET', '', undefined, { host: 'evil.test' })).statusCode, 403)
})

test('with a control token the page is open, since it holds no secret, and all that it asks for is not', async (t) => {
  const { command, emulator } = await start(t, ['--control-token', 's3cret'])
  const strange = { ...browser, host: '10.1.2.3' }
  t.equal((await emulator.inject({ url: '/', headers: strange })).statusCode, 302)
  t.equal((await emulator.inject({ url: '/_emulator/', headers: strange })).statusCode, 302)
  for (const file of ['/console', '/console/page.css', '/console/page.js']) {
    t.equal((await command('GET', file)).statusCode, 200, file)
  }
  for (const url of ['/', '/console/vocabulary.json', '/console/fixtures/demo.json', '/events', '/metrics', '/state']) {
    t.equal((await command('GET', url)).statusCode, 401, url)
  }
})

test('without the control API there is no page', async (t) => {
  const { emulator } = await start(t, ['--control', 'off'])
  for (const url of ['/', '/_emulator/console']) {
    t.equal((await emulator.inject({ url, headers: browser })).statusCode, 404, url)
  }
})
