import { unlinkSync } from 'node:fs'
import { test } from 'tap'
import { version } from '../../src/values/package.js'
import { World } from '../../src/world/world.js'
import { memoryLogger, path, start } from '../support/emulator.js'
import { exchange } from '../support/socket.js'

test('without a token, requests to a loopback host are answered, and no others', async (t) => {
  const { command, call } = await start(t)
  const asked = async (host: string) => (await command('GET', '/clock', undefined, { host })).statusCode
  for (const host of [
    'localhost',
    'localhost:8080',
    'LocalHost:1',
    'x.localhost',
    '127.0.0.1',
    '127.1.2.3:80',
    '[::1]',
    '[::1]:80',
  ]) {
    t.equal(await asked(host), 200, host)
  }
  for (const host of [
    'example.com',
    '10.0.0.1:8080',
    '127.0.0.1.example.com',
    'localhost.example.com',
    '[::2]',
    '0.0.0.0',
    'xlocalhost',
  ]) {
    t.equal(await asked(host), 403, host)
  }
  t.match((await command('GET', '/clock', undefined, { host: 'evil.test' })).json(), {
    detail:
      /to a loopback host, and this one is to evil\.test\. Start the emulator with --control-token, or with --control open\./,
    errors: [{ parameter: 'Host' }],
  })
  t.equal(
    (await command('GET', '/clock', undefined, { host: 'evil.test', 'x-forwarded-host': 'localhost' })).statusCode,
    403,
  )
  t.equal((await call('GET', path, { headers: { host: 'evil.test' } })).statusCode, 200, 'the Atlas API is for all')
  const open = await start(t, ['--control', 'open'])
  t.equal((await open.command('GET', '/clock', undefined, { host: 'evil.test' })).statusCode, 200)
})

test('behind a trusted proxy every host that is forwarded must be loopback, and the one that was sent', async (t) => {
  const { command } = await start(t, ['--trust-proxy'])
  const asked = async (host: string, forwarded: string) =>
    (await command('GET', '/clock', undefined, { host, 'x-forwarded-host': forwarded })).statusCode
  for (const forwarded of ['localhost', 'localhost, 127.0.0.1:80', '[::1]:8080 ,localhost']) {
    t.equal(await asked('localhost', forwarded), 200, forwarded)
  }
  for (const forwarded of [
    'evil.test',
    'evil.test, localhost',
    'localhost, evil.test',
    'localhost,evil.test,localhost',
    ',localhost',
  ]) {
    t.equal(await asked('localhost', forwarded), 403, forwarded)
  }
  t.equal(await asked('evil.test', 'localhost'), 403)
  const untrusting = await start(t)
  const headers = { host: 'localhost', 'x-forwarded-host': 'evil.test' }
  t.equal(
    (await untrusting.command('GET', '/clock', undefined, headers)).statusCode,
    200,
    'who is not believed narrows nothing',
  )
})

test('with a token, requests that send it are answered, whatever their host', async (t) => {
  for (const flags of [[], ['--control', 'open']]) {
    const { command } = await start(t, ['--control-token', 's3cret', ...flags])
    const asked = async (headers: Record<string, string>) => await command('POST', '/reset', undefined, headers)
    t.equal((await asked({ authorization: 'Bearer s3cret', host: 'example.com' })).statusCode, 200)
    t.equal((await asked({ authorization: 'bearer  s3cret' })).statusCode, 200)
    for (const authorization of ['Bearer s3cre', 'Bearer ', 'Basic s3cret', '']) {
      const refused = await asked({ authorization })
      t.equal(refused.statusCode, 401, authorization)
      t.match(refused.headers, { 'www-authenticate': 'Bearer realm="atlas-backup-emulator"' })
    }
    t.equal((await command('GET', '/nope')).statusCode, 401, 'nor does anyone learn what there is')
  }
})

test('a page of another origin is not served', async (t) => {
  const { command } = await start(t)
  const asked = async (origin: string) =>
    (await command('POST', '/reset', undefined, { origin, host: 'localhost:8080' })).statusCode
  t.equal(await asked('http://localhost:8080'), 200)
  t.equal(await asked('https://localhost:8080'), 200)
  for (const origin of ['http://evil.test', 'null', 'http://localhost', 'http://localhost:8080.evil.test']) {
    t.equal(await asked(origin), 403, origin)
  }
  const refused = await command('POST', '/reset', undefined, { origin: 'http://evil.test' })
  t.notOk(Object.keys(refused.headers).some((name) => name.startsWith('access-control')))
  const preflight = await command('OPTIONS', '/reset', undefined, { 'access-control-request-method': 'POST' })
  t.equal(preflight.statusCode, 405)
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    t.equal((await command('POST', '/reset', '{}', { 'content-type': type })).statusCode, 415)
    t.equal((await command('POST', '/clock', '{"advance":"1s"}', { 'content-type': type })).statusCode, 415)
  }
  t.equal((await command('POST', '/clock', '{"advance":"1s"}')).statusCode, 415)
})

test('what is no command is a problem', async (t) => {
  const { command } = await start(t)
  const json = { 'content-type': 'application/json' }
  const cases: [string, string, string | undefined, number, RegExp][] = [
    ['GET', '/nope', undefined, 404, /^There is no \/_emulator\/nope\. See \/_emulator\/ for what there is\.$/],
    ['GET', '/%zz', undefined, 404, /^There is no/],
    ['GET', '/requests/x/y', undefined, 404, /^There is no/],
    ['PUT', '/clock', '{}', 405, /^\/_emulator\/clock takes GET, HEAD, POST, not PUT\.$/],
    ['PATCH', '/snapshots/x', '{}', 405, /takes DELETE, PUT, not PATCH/],
    ['PUT', '/clock/', '{}', 405, /^\/_emulator\/clock\/ takes GET, HEAD, POST, not PUT\.$/],
    ['DELETE', '/', undefined, 405, /^\/_emulator\/ takes GET, HEAD, not DELETE\.$/],
    ['POST', '/clock', '{', 400, /^The body is no JSON: /],
    ['POST', '/clock', '', 400, /^The body: found null; allowed: object/],
    ['POST', '/clock', '{"__proto__":{}}', 400, /^The body is no JSON: /],
    ['POST', '/clock', '[]', 400, /^The body: found \[\]; allowed: object/],
    ['PUT', '/state', '', 400, /found (null|nothing)/],
  ]
  for (const [method, url, body, status, detail] of cases) {
    const response = await command(method, url, body, body === undefined ? {} : json)
    t.equal(response.statusCode, status, `${method} ${url}`)
    t.match(response.json(), { type: 'about:blank', title: String, status, detail })
    t.match(response.headers, { 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
  }
  t.match((await command('PUT', '/clock', {})).headers, { allow: 'GET, HEAD, POST' })
  t.match((await command('GET', '')).json().operations, ['DELETE /_emulator/faults'])
  t.match((await command('GET', '/')).json().operations, ['DELETE /_emulator/faults'])
})

test('neither API answers for the other', async (t) => {
  const { command, call } = await start(t)
  await command('POST', '/faults', { errorCode: 'NO_CAPACITY', match: { path: '/**' } })
  t.equal((await command('GET', '/clock')).statusCode, 200, 'faults are Atlas’s')
  const health = await command('GET', '/health', undefined, { 'x-emulator-fault': 'NO_CAPACITY' })
  t.equal(health.statusCode, 200)
  t.notOk(health.headers['strict-transport-security'])
  await command('DELETE', '/requests')
  await command('GET', '/nope')
  t.equal((await command('GET', '/requests?count=true')).json().count, 0, 'the journal is of the Atlas API')
  for (const url of ['/_emulators', '/x/_emulator', '/api/atlas/v2/_emulator/health', '/']) {
    t.match((await call('GET', url)).json(), { errorCode: 'RESOURCE_NOT_FOUND' }, url)
  }
  const nothing = await start(t, ['--control', 'off'])
  for (const url of ['', '/', '/clock', '/health/x', '/%zz']) {
    t.match((await nothing.command('GET', url)).json(), { errorCode: 'RESOURCE_NOT_FOUND' }, url)
  }
})

test('what is wrong with HTTP itself is told as a problem too', async (t) => {
  const { emulator } = await start(t)
  const url = await emulator.listen()
  const twoHosts = await exchange(
    url,
    'GET /_emulator/health HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n',
  )
  t.match(twoHosts.body, '{"type":"about:blank","title":"Bad Request","status":400,"detail":"Malformed request."}')
  const short = await exchange(url, 'GET /_emulator/clock HTTP/1.0\r\n\r\n')
  t.match(short.statusLine, '403')
})

test('health tells what there is, and whether it can be changed', async (t) => {
  const { command } = await start(t)
  t.match((await command('GET', '/health')).json(), {
    status: 'ok',
    version,
    uptime: Number,
    database: 'memory',
    counts: { organizations: 1, projects: 1, apiKeys: 1, serviceAccounts: 1, privateEndpoints: 0, faults: 0 },
  })
  const head = await command('HEAD', '/health')
  t.same([head.statusCode, head.body], [200, ''])
  const db = `${t.testdir()}/atlas.db`
  const stored = await start(t, ['--db', db])
  t.match((await stored.command('GET', '/health')).json(), { status: 'ok', database: 'file' })
})

test('health says when the database’s file is no longer where it was', async (t) => {
  const db = `${t.testdir()}/atlas.db`
  const { command } = await start(t, ['--db', db])
  unlinkSync(db)
  const sick = await command('GET', '/health')
  t.equal(sick.statusCode, 503)
  t.match(sick.json(), { status: 'detached', counts: { projects: 1 } })
})

test('health answers whoever asks, and tells a stranger its status and version alone', async (t) => {
  const few = { status: 'ok', version }
  const all = { ...few, uptime: Number, database: 'memory', counts: { projects: 1 } }
  const cases: [string[], Record<string, string>, object][] = [
    [[], { host: '10.1.2.3:8080' }, few],
    [[], { host: 'emulator.default.svc' }, few],
    [[], { host: 'localhost' }, all],
    [[], { host: 'localhost', origin: 'http://evil.test' }, few],
    [['--control', 'open'], { host: '10.1.2.3' }, all],
    [['--control-token', 's3cret'], { host: 'localhost' }, few],
    [['--control-token', 's3cret'], { authorization: 'Bearer wrong' }, few],
    [['--control-token', 's3cret'], { host: '10.1.2.3', authorization: 'Bearer s3cret' }, all],
    [['--control', 'off'], { host: '10.1.2.3' }, few],
    [['--control', 'off'], { host: 'localhost' }, few],
  ]
  for (const [flags, headers, told] of cases) {
    const { command } = await start(t, flags)
    const answer = await command('GET', '/health', undefined, headers)
    t.equal(answer.statusCode, 200)
    t.match(answer.json(), told)
    if (told === few) t.strictSame(answer.json(), few)
    t.match(answer.headers, { 'cache-control': 'no-store', 'content-type': /^application\/json/ })
    const head = await command('HEAD', '/health', undefined, headers)
    t.same([head.statusCode, head.body], [200, ''])
  }
  const { emulator } = await start(t)
  t.match((await exchange(await emulator.listen(), 'GET /_emulator/health HTTP/1.0\r\n\r\n')).statusLine, '200')
})

test('without the control API, what is wrong with a question for health is a problem all the same', async (t) => {
  const { command, emulator } = await start(t, ['--control', 'off'])
  const twice = await command('GET', '/health?x=1&x=2')
  t.match(twice.json(), { status: 400, errors: [{ parameter: 'x' }] })
  t.match(twice.headers, { 'content-type': 'application/problem+json' })
  const url = await emulator.listen()
  const hosts = await exchange(url, 'GET /_emulator/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n')
  t.match(hosts.headers, { 'content-type': 'application/problem+json' })
  t.match((await command('GET', '/clock')).json(), { errorCode: 'RESOURCE_NOT_FOUND' })
})

test('a look at health leaves no line in the log, which other requests do', async (t) => {
  const { logger, lines } = memoryLogger()
  const { command } = await start(t, [], { logger })
  await command('GET', '/health')
  await command('HEAD', '/health')
  await command('GET', '/clock')
  const about = (path: string) => lines.filter((line) => line.includes(path)).length
  t.same([about('/_emulator/health'), about('/_emulator/clock')], [0, 1])
})

test('every GET of the control API answers HEAD too', async (t) => {
  const { command } = await start(t)
  const { operations } = (await command('GET', '/')).json() as { operations: string[] }
  const gets = operations.filter((operation) => operation.startsWith('GET '))
  t.ok(gets.length > 8)
  const { id } = (await command('POST', '/tenants')).json()
  for (const operation of gets) {
    t.ok(operations.includes(operation.replace('GET', 'HEAD')), operation)
    const answer = await command('HEAD', operation.slice('GET /_emulator'.length).replace(':id', id))
    t.same([answer.statusCode, answer.body], [200, ''], operation)
  }
})

test('what nobody foresaw is a problem that tells nothing, and a line in the log', async (t) => {
  const { logger, lines } = memoryLogger()
  const { command } = await start(t, [], { logger })
  const setLifecycle = World.prototype.setLifecycle
  t.teardown(() => {
    World.prototype.setLifecycle = setLifecycle
  })
  World.prototype.setLifecycle = () => {
    throw new Error('inner workings')
  }
  const response = await command('PUT', '/lifecycle', {})
  t.match(response.json(), { status: 500, detail: 'The emulator failed; its log tells more.' })
  t.ok(lines.some((line) => line.includes('inner workings')))
})

test('what a page of another site embeds is not served, though it names no origin', async (t) => {
  const { command } = await start(t)
  const asked = async (site: string) =>
    (await command('GET', '/requests', undefined, { 'sec-fetch-site': site, host: 'localhost' })).statusCode
  for (const site of ['cross-site', 'same-site']) t.equal(await asked(site), 403, site)
  for (const site of ['same-origin', 'none']) t.equal(await asked(site), 200, site)
})

test('the host is that of the target, or else the header’s, and that of a trusted proxy must be loopback besides', async (t) => {
  const { emulator } = await start(t, ['--trust-proxy'])
  const url = await emulator.listen()
  const ask = async (target: string, ...headers: string[]) => {
    const lines = [`GET ${target} HTTP/1.1`, 'Connection: close', ...headers, '', '']
    return (await exchange(url, lines.join('\r\n'))).statusLine
  }
  t.match(await ask('/_emulator/clock', 'Host: localhost'), /200/)
  t.match(await ask('http://evil.test/_emulator/clock', 'Host: localhost'), /403/)
  t.match(await ask('http://localhost/_emulator/clock', 'Host: evil.test'), /200/)
  t.match(await ask('/_emulator/clock', 'Host: evil.test:8080', 'X-Forwarded-Host: localhost'), /403/)
  t.match(await ask('/_emulator/clock', 'Host: localhost:8080', 'X-Forwarded-Host: x.localhost'), /200/)
  t.match(await ask('http://evil.test/_emulator/clock', 'Host: localhost', 'X-Forwarded-Host: localhost'), /403/)
  t.match(await ask('/_emulator/clock', 'Host: localhost', 'X-Forwarded-Host: localhost:x'), /403/)
  t.match(await ask('/_emulator/clock', 'Host: localhost', 'X-Forwarded-Host: evil.test'), /403/)
})

test('JSON that is nested too deeply is refused, wherever it stands', async (t) => {
  const { command, create } = await start(t)
  const { id } = await create()
  const deep = `${'['.repeat(100_000)}"[\\""${']'.repeat(100_000)}`
  const bodies: [string, string, string][] = [
    ['POST', '/clock', deep],
    ['PUT', '/lifecycle', deep],
    ['PUT', '/state', `{"organizations":${deep}}`],
    ['PATCH', `/privateEndpoints/${id}`, deep],
    ['POST', '/faults', `{"delay":"1ms","match":{"body":{"cloudProvider":${deep}}}}`],
    ['POST', '/clock', `"${deep.slice(0, 10)}`],
  ]
  for (const [method, url, body] of bodies) {
    const response = await command(method, url, body, { 'content-type': 'application/json' })
    t.match(response.json(), { status: 400, detail: /^The body is no JSON: / }, `${method} ${url}`)
  }
})

test('beyond loopback, the log says whom the control API obeys', async (t) => {
  const told = async (...flags: string[]) => {
    const { logger, lines } = memoryLogger()
    const { emulator } = await start(t, flags, { logger })
    await emulator.listen()
    return lines.some((line) => line.includes('names localhost as host; see --control-token'))
  }
  t.equal(await told('--host', '0.0.0.0'), true)
  t.equal(await told('--host', '0.0.0.0', '--control-token', 'x'), false)
  t.equal(await told('--host', '0.0.0.0', '--control', 'off'), false)
  t.equal(await told(), false)
})
