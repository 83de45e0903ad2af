import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'tap'
import { isSame } from '../../src/atlas/auth/digest.js'
import { authorize, nonceOf } from '../support/digest.js'
import { accept, account, apiKey, basic, defaultWorld, fixtureFile, path } from '../support/emulator.js'
import { asBytes, Pipeline } from './load.js'
import { connections, send, startServer } from './support.js'
import { readAnswers, talk } from './wire.js'

const root = new URL('../../', import.meta.url)
const json = { 'content-type': 'application/json' }
const asked = { accept, ...json }

/** Whether a request to the control API is let in. */
async function isServed(url: string, target: string, ...headers: string[]): Promise<boolean> {
  const text = [`GET ${target} HTTP/1.1`, ...headers, '', ''].join('\r\n')
  const [answer] = readAnswers(await talk(url, [Buffer.from(text, 'latin1')]))
  return answer?.status === 200
}

test('without a token the control API answers requests to loopback hosts alone, and none of another origin', async (t) => {
  const url = await startServer(t).url
  const { port } = new URL(url)
  const state = '/_emulator/state?secrets=true'
  for (const host of ['localhost', `localhost:${port}`, '127.0.0.1', 'LOCALHOST', 'a.localhost', '[::1]:80']) {
    t.ok(await isServed(url, state, `Host: ${host}`), host)
  }
  const hosts = [
    // A name that was made to point here: DNS rebinding.
    'rebound.example',
    `rebound.example:${port}`,
    'localhost.example',
    '127.0.0.1.example',
    'localhost.',
    'xlocalhost',
    '127.1',
    '0x7f.0.0.1',
    '2130706433',
    '[::1].example',
    '[::ffff:1.2.3.4]',
    '0.0.0.0',
    'example:80,.localhost',
    'localhost@example',
    'localhost example',
    '',
  ]
  for (const host of hosts) t.notOk(await isServed(url, state, `Host: ${host}`), host)
  t.notOk(await isServed(url, state, 'Host: localhost', 'Host: example'))
  t.notOk(await isServed(url, state, 'Host: example', 'Host: localhost'))
  t.notOk(await isServed(url, state, 'Host: example', 'X-Forwarded-Host: localhost'))
  t.notOk(await isServed(url, `http://example${state}`, 'Host: localhost'))
  for (const origin of ['null', 'http://example', 'http://localhost:1', 'http://localhost.example', 'file://', '*']) {
    t.notOk(await isServed(url, state, `Host: localhost:${port}`, `Origin: ${origin}`), origin)
  }
  for (const site of ['cross-site', 'same-site'])
    t.notOk(await isServed(url, state, 'Host: localhost', `Sec-Fetch-Site: ${site}`))
  // What a form of another page can send by itself.
  const agent = connections(t, 1)
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    const answer = await send(agent, url, 'POST', '/_emulator/clock', { 'content-type': type }, '{"advance":"1h"}')
    t.equal(answer.status, 415, type)
  }
  const preflight = await send(agent, url, 'OPTIONS', state, {
    origin: 'http://example',
    'access-control-request-method': 'PUT',
  })
  t.equal(preflight.status, 403)
  t.notOk(
    Object.keys(preflight.headers).some((name) => name.startsWith('access-control-')),
    'no CORS',
  )
  for (const target of ['/_emulator%2fstate', '//_emulator/state', '/api/../_emulator/state', '/_EMULATOR/state']) {
    t.notOk(await isServed(url, target, 'Host: localhost'), target)
  }
  t.notOk(await isServed(url, '/%5femulator/state', 'Host: example'), 'another way to write it')
})

test('with a token the control API answers requests that show it, to whatever host, and no others', async (t) => {
  const url = await startServer(t, ['--control-token', 'tokentokentoken']).url
  const state = '/_emulator/state'
  t.ok(await isServed(url, state, 'Host: example', 'Authorization: Bearer tokentokentoken'))
  for (const header of [
    'X: y',
    'Authorization: Bearer tokentokentoke',
    'Authorization: Basic tokentokentoken',
    'Authorization: Bearer',
  ]) {
    t.notOk(await isServed(url, state, 'Host: localhost', header), header)
  }
})

test('no bytes of a request to Atlas’s API are taken for a request to the control API', async (t) => {
  const url = await startServer(t, ['--auth', 'off']).url
  const hidden = asBytes('POST', '/_emulator/reset')
  const head = (...headers: string[]) =>
    [
      `POST ${path} HTTP/1.1`,
      'Host: x',
      `Accept: ${accept}`,
      'Content-Type: application/json',
      ...headers,
      '',
      '',
    ].join('\r\n')
  await send(connections(t, 1), url, 'POST', path, asked, '{"cloudProvider":"AWS","regionName":"US_EAST_1"}')
  const tries = [
    `${head(`Content-Length: ${hidden.length}`)}${hidden}`,
    `${head('Content-Length: 0', 'Transfer-Encoding: chunked')}0\r\n\r\n${hidden}`,
    `${head('Transfer-Encoding: chunked', 'Content-Length: 5')}0\r\n\r\n${hidden}`,
    `${head('Transfer-Encoding: xchunked')}0\r\n\r\n${hidden}`,
    `${head('Transfer-Encoding: chunked, identity')}0\r\n\r\n${hidden}`,
    `${head('Transfer-Encoding : chunked')}0\r\n\r\n${hidden}`,
    `${head('Content-Length: 0', `Content-Length: ${hidden.length}`)}${hidden}`,
    `${head(`Content-Length: +${hidden.length}`)}${hidden}`,
    `${head('Connection: Upgrade', 'Upgrade: h2c', 'Content-Length: 0')}${hidden}`,
    `${head('Expect: tea', `Content-Length: ${hidden.length}`)}${hidden}`,
    `GET ${path} HTTP/1.1\r\nHost: x\r\nAccept: ${accept}\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
    `GET ${path}\r\n${hidden}`,
    `${head('X: y\r\n\0', 'Content-Length: 0')}${hidden}`,
    `${head('Transfer-Encoding: chunked')}1;${'x'.repeat(20_000)}\r\n${hidden}`,
  ]
  for (const text of tries) {
    await talk(url, [Buffer.from(text, 'latin1')])
    const { body } = await send(connections(t, 1), url, 'GET', '/_emulator/health')
    t.equal(JSON.parse(body).counts.privateEndpoints, 1, JSON.stringify(text.slice(0, 300)))
  }
})

test('no name of a snapshot or a fixture leads to a file outside, or shows one', async (t) => {
  const dir = t.testdir({ inside: {}, 'secret.json': '{"organizations":["hunter2"]}' })
  const server = startServer(t, ['--db', `${dir}/inside/atlas.db`])
  const url = await server.url
  const agent = connections(t, 1)
  for (const name of ['..%2f..%2fx', '%2e%2e', '..', '.', 'a%2fb', 'a\\b', '%00', 'C:', '~', 'x'.repeat(101), 'é']) {
    const put = await send(agent, url, 'PUT', `/_emulator/snapshots/${encodeURI(decodeURI(name))}`)
    // The client takes one dot and two away: what is left is the path of a list, which can only be read.
    t.equal(put.status, /^\.{1,2}$/.test(decodeURIComponent(name)) ? 405 : 400, name)
  }
  t.strictSame(readdirSync(dir).sort(), ['inside', 'secret.json'])
  t.strictSame(readdirSync(`${dir}/inside`).sort(), ['atlas.db', 'atlas.db-wal'])
  const traversal = startServer(t, ['--fixtures', `${dir}/inside/../secret.json`])
  t.equal(await traversal.exit, 1)
  t.notMatch(await startServer(t, ['--fixtures', '../package']).stderr, /\n +at /)
})

test('SQL in a string that is sent is kept and answered as a string, and is never run', async (t) => {
  const evil = `'; DELETE FROM private_endpoint; --" ) OR 1=1`
  const world = defaultWorld()
  const [organization] = world.organizations
  const [own] = world.projects
  Object.assign(organization as object, { name: evil })
  Object.assign(own as object, {
    name: evil,
    tags: [{ key: evil, value: evil }],
    privateEndpoints: [{ regionName: 'GLOBAL', status: 'FAILED', errorMessage: evil }],
  })
  world.apiKeys.push({ publicKey: 'sql', privateKey: evil, orgId: organization?.id as string, roles: [] })
  const db = `${t.testdir({})}/atlas.db`
  const server = startServer(t, ['--auth', 'off', '--db', db, '--fixtures', fixtureFile(t, world)])
  const url = await server.url
  const agent = connections(t, 1)
  const ask = (method: string, target: string, body?: object) =>
    send(agent, url, method, target, asked, body && JSON.stringify(body))
  const encoded = encodeURIComponent(evil)
  await ask('GET', `/api/atlas/v2/groups/${encoded}`)
  await ask('GET', `${path}/${encoded}`)
  await ask('DELETE', `${path}/${encoded}`)
  await ask('GET', `${path.replace('AWS', encoded)}`)
  await ask('POST', path, { cloudProvider: 'AWS', regionName: evil })
  await ask('PATCH', `/_emulator/privateEndpoints/${encoded}`, { status: 'FAILED', errorMessage: evil })
  await ask('POST', '/_emulator/faults', { id: evil, errorCode: 'NO_CAPACITY' })
  await ask('POST', '/_emulator/faults', {
    errorCode: 'X',
    status: 500,
    detail: evil,
    match: { credential: evil, body: { [evil]: evil } },
  })
  await ask('DELETE', `/_emulator/faults/${encoded}`)
  await ask('GET', `/_emulator/requests?credential=${encoded}&body=${encoded}`)
  await ask('PUT', '/_emulator/lifecycle', { provisioning: '0s', outcome: 'FAILED', errorMessage: evil })
  await ask('PUT', `/_emulator/snapshots/${encoded}`)
  await ask('POST', `/_emulator/snapshots/${encoded}/restore`)
  const exported = JSON.parse((await ask('GET', '/_emulator/state?secrets=true')).body)
  t.equal((await ask('PUT', '/_emulator/state', exported)).status, 200)
  const again = JSON.parse((await ask('GET', '/_emulator/state?secrets=true')).body)
  t.strictSame(again, exported)
  t.equal(again.organizations[0].name, evil)
  t.equal(again.projects[0].privateEndpoints[0].errorMessage, evil)
  t.equal(again.apiKeys.find(({ publicKey }: { publicKey: string }) => publicKey === 'sql')?.privateKey, evil)
  const digest = await send(agent, url, 'GET', path, {
    ...asked,
    authorization: authorize({ username: evil, uri: path, nonce: 'x' }),
  })
  t.equal(digest.status, 200)
})

test('nothing that is sent becomes a header of an answer, or a line of the log, of its own', async (t) => {
  const server = startServer(t, ['--auth', 'off', '--log-level', 'trace'])
  const url = await server.url
  const agent = connections(t, 1)
  const evil = '%0d%0aSet-Cookie:%20x=1%0d%0a%0d%0a{"level":60}%1b[2J%u0085'
  const targets = [
    `/${evil}`,
    `${path}/${evil}`,
    `${path}?${evil}`,
    `${path}?pageNum=${evil}`,
    `/api/atlas/v2/groups/${evil}`,
    `/_emulator/${evil}`,
  ]
  for (const target of targets) {
    for (const method of ['GET', 'POST', 'PUT', 'OPTIONS']) {
      const answer = await send(agent, url, method, target, { ...asked, 'x-emulator-fault': 'x\tSet-Cookie: y' })
      t.equal(answer.headers['set-cookie'], undefined, `${method} ${target}`)
    }
  }
  await talk(url, [Buffer.from(`GET /\x1b[2J HTTP/1.1\r\nHost: x\r\nX: \x1b[31m\r\n\r\n`, 'latin1')])
  await send(
    agent,
    url,
    'POST',
    path,
    asked,
    JSON.stringify({ cloudProvider: 'AWS', regionName: '\r\n{"level":60}\u001b[2J' }),
  )
  server.child.kill('SIGTERM')
  const log = await server.stderr
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  t.notMatch(log, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
  const lines = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { level: number; msg: string })
  // Only a method that is not emulated, once, and what is refused below the routes is told as a warning.
  const loud = lines.filter(({ level }) => level > 30)
  t.strictSame(
    loud.map(({ level, msg }) => `${level} ${msg.slice(0, 37)}`),
    ['40 PUT /groups/{groupId}/backup/AWS/priv', '40 What a client sent is refused (400): '],
  )
})

test('secrets are in no log, journal, error, export, health check or description', async (t) => {
  const controlToken = 'control-token-control-token'
  const server = startServer(t, ['--log-level', 'trace', '--control-token', controlToken])
  const url = await server.url
  const agent = connections(t, 1)
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const credentials = `client_id=${account.id}&client_secret=${account.secret}`
  const token = async () => {
    const { body } = await send(
      agent,
      url,
      'POST',
      '/api/oauth/token',
      form,
      `grant_type=client_credentials&${credentials}`,
    )
    return JSON.parse(body).access_token as string
  }
  const [jwt, revoked] = [await token(), await token()]
  const challenge = await send(agent, url, 'GET', path, { accept })
  const authorization = authorize({ uri: path, nonce: nonceOf(challenge.headers['www-authenticate']) })
  const [, response = ''] = /response="([0-9a-f]{32})"/.exec(authorization) ?? []
  await send(agent, url, 'GET', path, { accept, authorization })
  const both = { accept, ...json, authorization: `Bearer ${jwt}` }
  const secret = encodeURIComponent(account.secret)
  const tries: [string, string, Record<string, string>, string?][] = [
    ['POST', '/api/oauth/token', { ...form, authorization: basic(account) }, 'grant_type=client_credentials'],
    ['POST', '/api/oauth/token', form, `grant_type=x&client%5Fsecret=${secret}&client_id=wrong`],
    ['POST', '/api/oauth/token', { 'content-type': 'text/plain' }, `client_secret=${secret}`],
    ['POST', '/api/oauth/revoke', form, `token=${revoked}&${credentials}`],
    ['POST', `/api/oauth/token/${jwt}`, form, ''],
    ['GET', `${path}?access_token=${jwt}`, both],
    ['GET', `${path}/${jwt}`, both],
    ['GET', path, { accept, authorization: `Bearer ${revoked}` }],
    [
      'GET',
      path,
      { ...both, referer: `http://x/?access_token=${jwt}`, 'x-token': jwt, 'x-client-secret': account.secret },
    ],
    ['POST', path, both, JSON.stringify({ privateKey: apiKey.secret, clientSecret: [account.secret] })],
    ['POST', path, both, `{"privateKey":"${apiKey.secret}",`],
    ['POST', path, both, `{"privateKey":"${apiKey.secret}","x":"${'x'.repeat(70_000)}"}`],
    ['POST', path, { accept, ...json }, JSON.stringify({ clientSecret: account.secret })],
    ['GET', '/_emulator/clock', { authorization: `Bearer ${controlToken}x` }],
    [
      'PUT',
      '/_emulator/state',
      { ...json, authorization: `Bearer ${controlToken}` },
      JSON.stringify({ apiKeys: [{ privateKey: apiKey.secret, publicKey: 1 }] }),
    ],
    [
      'POST',
      '/api/oauth/token',
      { ...form, authorization: basic(account), 'x-emulator-fault': 'malformed-json' },
      'grant_type=client_credentials',
    ],
  ]
  const told: string[] = []
  for (const [method, target, headers, body] of tries) {
    const answer = await send(agent, url, method, target, headers, body)
    if (answer.status >= 400) told.push(answer.body, JSON.stringify(answer.headers))
  }
  const control = { authorization: `Bearer ${controlToken}` }
  for (const target of [
    'requests',
    'state',
    'health',
    'openapi.json',
    'openapi-control.json',
    'docs',
    'snapshots',
    'faults',
    'lifecycle',
    '',
  ]) {
    const answer = await send(agent, url, 'GET', `/_emulator/${target}`, control)
    t.equal(answer.status, 200, target)
    told.push(answer.body)
  }
  server.child.kill('SIGTERM')
  told.push(await server.stderr)
  const all = told.join('\n')
  const secrets = {
    'private key': apiKey.secret,
    'client secret': account.secret,
    'control token': controlToken,
    token: jwt,
    'revoked token': revoked,
    'digest response': response,
    'basic credentials': basic(account).slice(6),
  }
  for (const [name, value] of Object.entries(secrets)) {
    // Answers that repeat a path, as Atlas does, repeat what their own sender put there.
    const hits = all.split(value).length - 1
    t.ok(name === 'token' ? hits <= 4 : hits === 0, `${name}: ${hits}`)
  }
})

test('a client secret and a control token are refused in the same words, wherever they are wrong', async (t) => {
  const url = await startServer(t, ['--control-token', 'tokentokentoken']).url
  const agent = connections(t, 1)
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const wrongs = (secret: string) => [
    `x${secret.slice(1)}`,
    `${secret.slice(0, -1)}x`,
    secret.slice(0, -1),
    `${secret}x`,
  ]
  const refused = async (method: string, target: string, headers: Record<string, string>, body?: string) => {
    const { status, body: said } = await send(agent, url, method, target, headers, body)
    return `${status} ${said}`
  }
  const asClient = (client: { id: string; secret: string }) =>
    refused('POST', '/api/oauth/token', { ...form, authorization: basic(client) }, 'grant_type=client_credentials')
  const unknown = await asClient({ id: 'mdb_sa_id_ffffffffffffffffffffffff', secret: account.secret })
  t.match(unknown, /^401 /)
  for (const secret of wrongs(account.secret)) t.equal(await asClient({ id: account.id, secret }), unknown, secret)
  const tokens = wrongs('tokentokentoken').map((token) => ({ authorization: `Bearer ${token}` }))
  const answers = await Promise.all(tokens.map((headers) => refused('GET', '/_emulator/clock', headers)))
  t.match(answers[0], /^401 /)
  for (const answer of answers) t.equal(answer, answers[0])
  t.equal(isSame('a'.repeat(1000), 'a'.repeat(999)), false)
  t.equal(isSame('', ''), true)
})

test('a request that is long, or made to let regular expressions backtrack, is answered within two seconds', async (t) => {
  const server = startServer(t, ['--auth', 'off', '--rate-limit', 'off'])
  const url = await server.url
  const pipeline = await Pipeline.open(url)
  const long = (unit: string, most = 15_000) => unit.repeat(Math.floor(most / unit.length))
  const body = (value: object) => JSON.stringify(value)
  const requests: [status: number, bytes: string][] = [
    [406, asBytes('GET', path, { accept: long('a/b;q=0.5,') })],
    [406, asBytes('GET', path, { accept: `${long('"\\"')}` })],
    [200, asBytes('GET', path, { ...asked, authorization: `Digest ${long('a="\\" ')}` })],
    [200, asBytes('GET', path, { ...asked, authorization: `Bearer${long(' ')}` })],
    [400, asBytes('GET', path, { ...asked, 'x-emulator-fault': long('AB_') })],
    [200, asBytes('GET', `${path}?${long('&a=')}`, asked)],
    [404, asBytes('GET', `/${long('/a')}`, asked)],
    [200, asBytes('GET', `/_emulator/requests?path=/${long('a')}`)],
    [
      400,
      asBytes('POST', path, asked, body(Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`k${i}`, i])))),
    ],
    [
      400,
      asBytes(
        'POST',
        '/api/oauth/token',
        { 'content-type': 'application/x-www-form-urlencoded' },
        long('a=b&', 60_000),
      ),
    ],
    // What nearly fits, again and again, up to its last character.
    [406, asBytes('GET', path, { accept: `application/vnd.atlas.${long('2025-03-12')}+jso` })],
    [406, asBytes('GET', path, { accept: `application/json;q${long(' ')}x` })],
    [200, asBytes('GET', path, { ...asked, authorization: `Digest ${long(' ,', 9000)}x="${long('\\a', 600)}` })],
    [200, asBytes('GET', '/_emulator/clock', { authorization: `Bearer${long(' ')}\t` })],
    [403, asBytes('GET', '/_emulator/clock', { host: `${long('localhost.')}x` })],
    [400, asBytes('GET', path, { ...asked, 'x-emulator-fault': `delay=${long('1')}x` })],
    [400, asBytes('GET', `/_emulator/requests?since=${long('2026-01-01T')}`)],
    [400, asBytes('GET', `/_emulator/requests?minDuration=${long('1')}x`)],
    [400, asBytes('POST', '/_emulator/clock', json, body({ advance: `${long('1', 500_000)}x` }))],
    [400, asBytes('POST', '/_emulator/clock', json, body({ freeze: `2026-01-01T00:00:00.${long('0', 500_000)}x` }))],
    [400, asBytes('PUT', '/_emulator/lifecycle', json, body({ provisioning: `${long('1', 500_000)}x` }))],
    [
      201,
      asBytes(
        'POST',
        '/_emulator/faults',
        json,
        body({ errorCode: 'NO_CAPACITY', match: { path: `${long('/**', 900)}/x` } }),
      ),
    ],
    [404, asBytes('GET', `/${long('a/')}y`, asked)],
  ]
  for (const [n, [status, bytes]] of requests.entries()) {
    const begun = performance.now()
    const [answer] = await pipeline.send([bytes])
    const took = performance.now() - begun
    const what = `request ${n}, ${bytes.slice(0, 60)}…`
    t.equal(answer?.status, status, what)
    t.ok(took < 2000, `${what} took ${took.toFixed(0)} ms`)
  }
  pipeline.close()
})

test('every package of the lockfile has a checksum, and no install script runs but better-sqlite3’s', async (t) => {
  const read = (name: string) => readFileSync(new URL(name, root), 'utf8')
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { version?: string; integrity?: string; hasInstallScript?: boolean; dev?: boolean }>
  }
  const entries = Object.entries(packages).filter(([name]) => name !== '')
  for (const [name, { integrity }] of entries) if (!integrity) t.fail(`${name} has no integrity`)
  const withScripts = entries.filter(([, { hasInstallScript }]) => hasInstallScript)
  t.strictSame(
    withScripts.filter(([, { dev }]) => !dev).map(([name]) => name),
    ['node_modules/better-sqlite3'],
  )
  const { allowScripts } = JSON.parse(read('package.json')) as { allowScripts: Record<string, boolean> }
  for (const [name] of withScripts) {
    const short = name.replace('node_modules/', '')
    t.equal(allowScripts[short] ?? false, short === 'better-sqlite3', short)
  }
  for (const file of ['.ci/run', 'Dockerfile', 'README.md']) {
    if (existsSync(new URL(file, root)))
      t.notMatch(read(file), /npm install(?! --(?:silent|no-save))(?! *(?:it|`))/, file)
  }
})
