import { test } from 'tap'
import { digestResponse, parseDigest } from '../../../src/atlas/auth/digest.js'
import { authorize, type DigestOptions, nonceOf } from '../../support/digest.js'
import { accept, ManualClock, path, start, type TestBench } from '../../support/emulator.js'
import { exchange } from '../../support/socket.js'

const challengeBody = `{
  "error" : 401,
  "reason" : "Unauthorized",
  "detail" : "You are not authorized for this resource.",
  "errorCode" : "UNEXPECTED_ERROR"
}`

function ask({ call }: TestBench, authorization?: string, method = 'GET', url = path) {
  return call(method, url, { bare: true, headers: { accept, ...(authorization && { authorization }) } })
}

/** Answers a fresh challenge, with the differences given. */
async function answer(bench: TestBench, change: Partial<DigestOptions> = {}) {
  const challenge = await ask(bench)
  const nonce = nonceOf(challenge.headers['www-authenticate'])
  return ask(bench, authorize({ uri: path, nonce, ...change }))
}

test('the response is computed as in RFC 7616, 3.9.1 [digest-md5]', async (t) => {
  const parameters = {
    username: 'Mufasa',
    realm: 'http-auth@example.org',
    nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
    uri: '/dir/index.html',
    qop: 'auth',
    nc: '00000001',
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  }
  t.equal(digestResponse(parameters, 'Circle of Life', 'GET'), '8ca523f5e9506fed4657c9700eebdbec')
})

test('without credentials there is a challenge, byte for byte, whatever the flags say [challenge-shape] [challenge-body] [challenge-headers]', async (t) => {
  const bench = await start(t)
  for (const authorization of [undefined, 'Basic eDp5', 'Digest', 'nonsense', 'Bearers x']) {
    const response = await ask(bench, authorization, 'GET', `${path}?pretty=false&envelope=true`)
    t.equal(response.statusCode, 401)
    t.equal(response.body, challengeBody)
    const { date, connection, 'www-authenticate': challenge, ...headers } = response.headers
    t.match(
      challenge,
      /^Digest realm="MMS Public API", domain="", nonce="[A-Za-z0-9+/]{32}", algorithm=MD5, qop="auth", stale=false$/,
    )
    t.strictSame(headers, {
      'content-type': 'application/json',
      'content-length': String(challengeBody.length),
      vary: 'Accept-Encoding',
    })
  }
  t.equal((await ask(bench, undefined, 'POST')).headers.vary, 'Accept-Encoding')
  t.equal((await ask(bench, undefined, 'DELETE', `${path}/x`)).headers.vary, undefined)
})

test('the challenge comes before the version, the project and the body [challenge-before-body] [order-credentials-first]', async (t) => {
  const { call } = await start(t)
  const response = await call('POST', '/api/atlas/v2/groups/nope/backup/AZURE/privateEndpoints', {
    bare: true,
    headers: { 'content-type': 'nonsense' },
    body: '{',
  })
  t.equal(response.body, challengeBody)
})

test('for a target in absolute form, the response may cover its path and query alone [digest-uri]', async (t) => {
  const { emulator, ...bench } = await start(t)
  const url = await emulator.listen()
  const target = `${url}${path}?pretty=true`
  const ask = async (uri: string, nc: number) => {
    const credentials = `Authorization: ${authorize({ uri, nonce, nc })}\r\nAccept: ${accept}\r\n`
    const head = `GET ${target} HTTP/1.1\r\nHost: ${new URL(url).host}\r\n${credentials}Connection: close\r\n\r\n`
    return (await exchange(url, head)).statusLine
  }
  const nonce = nonceOf((await bench.call('GET', path, { bare: true })).headers['www-authenticate'])
  t.match(await ask(target, 1), / 200 /)
  t.match(await ask(`${path}?pretty=true`, 2), / 200 /)
  t.match(await ask(path, 3), / 401 /)
  t.match(await ask(`${url}${path}`, 4), / 401 /)
  t.match(await ask(`http://elsewhere${path}?pretty=true`, 5), / 401 /)
})

test('the journal tells why an API key was refused', async (t) => {
  const bench = await start(t)
  const refusal = async (asked: unknown) => {
    await asked
    return (await bench.command('GET', '/requests')).json().requests.at(-1).refusal
  }
  t.equal(await refusal(ask(bench)), null, 'without credentials none is refused')
  t.equal(await refusal(ask(bench, 'Basic eDp5')), 'neither Digest nor Bearer')
  t.equal(await refusal(ask(bench, 'Digest x')), 'not an answer to the challenge')
  t.equal(await refusal(answer(bench)), null)
  t.equal(await refusal(answer(bench, { username: 'nobody' })), 'unknown key')
  t.equal(await refusal(answer(bench, { secret: 'wrong' })), 'wrong digest')
  t.equal(await refusal(answer(bench, { uri: '/api' })), 'uri of another request')
  t.equal(await refusal(answer(bench, { nc: 0 })), 'nc of 0')
  t.equal(await refusal(answer(bench, { nonce: 'abc' })), 'stale nonce')
  const nonce = nonceOf((await ask(bench)).headers['www-authenticate'])
  t.equal(await refusal(ask(bench, authorize({ uri: path, nonce }), 'GET', `${path}?x=y`)), 'query missing in uri')
  t.equal(await refusal(ask(bench, authorize({ uri: path, nonce }))), null)
  t.equal(await refusal(ask(bench, authorize({ uri: path, nonce }))), 'nonce replayed')
})

test('the right response is let in, and names the key that it belongs to', async (t) => {
  t.equal((await answer(await start(t))).statusCode, 200)
})

test('the response covers the method and the target, query included [digest-uri]', async (t) => {
  const bench = await start(t)
  const url = `${path}?pretty=true`
  const nonce = nonceOf((await ask(bench)).headers['www-authenticate'])
  t.equal((await ask(bench, authorize({ uri: url, nonce, method: 'HEAD' }), 'HEAD', url)).statusCode, 200)
  t.equal((await ask(bench, authorize({ uri: url, nonce, nc: 2, method: 'GET' }), 'HEAD', url)).statusCode, 401)
  t.equal((await ask(bench, authorize({ uri: path, nonce, nc: 3 }), 'GET', url)).statusCode, 401)
})

test('what was not offered, or is not right, gets the plain challenge [digest-md5]', async (t) => {
  const bench = await start(t)
  const wrong: Record<string, Partial<DigestOptions>> = {
    'an unknown key': { username: 'nobody' },
    'a service account': { username: 'mdb_sa_id_000000000000000000000001' },
    'a wrong secret': { secret: 'wrong' },
    'another realm': { realm: 'elsewhere' },
    'no realm': { change: { realm: undefined } },
    'no qop': { change: { qop: undefined } },
    'qop auth-int': { change: { qop: 'auth-int' } },
    'another algorithm': { change: { algorithm: 'SHA-256' } },
    'a hashed user name': { change: { userhash: 'true' } },
    'no cnonce': { change: { cnonce: undefined } },
    'no count': { change: { nc: undefined } },
    'no response': { change: { response: undefined } },
    'a response of another length': { change: { response: 'abc' } },
    'a count that is none': { change: { nc: '1' } },
    'the count 0': { nc: 0 },
  }
  for (const [what, change] of Object.entries(wrong)) {
    const response = await answer(bench, change)
    t.equal(response.statusCode, 401, what)
    t.match(response.headers['www-authenticate'], /stale=false$/, what)
  }
})

test('a nonce that is not known is stale to who knows the secret, and plainly wrong to others [nonce-stale]', async (t) => {
  const bench = await start(t)
  for (const nonce of [Buffer.alloc(24).toString('base64'), 'abc']) {
    t.match((await answer(bench, { nonce })).headers['www-authenticate'], /stale=true$/)
    t.match((await answer(bench, { nonce, secret: 'x' })).headers['www-authenticate'], /stale=false$/)
  }
})

test('the algorithm may be named, in any case', async (t) => {
  const bench = await start(t)
  t.equal((await answer(bench, { change: { algorithm: 'MD5' } })).statusCode, 200)
  t.equal((await answer(bench, { change: { algorithm: 'md5' } })).statusCode, 200)
})

test('a nonce may be used again with another count, not with the same [nonce-count]', async (t) => {
  const bench = await start(t)
  const nonce = nonceOf((await ask(bench)).headers['www-authenticate'])
  const use = async (nc: number) => (await ask(bench, authorize({ uri: path, nonce, nc }))).statusCode
  t.equal(await use(1), 200)
  t.equal(await use(3), 200)
  t.equal(await use(2), 200, 'out of order')
  t.equal(await use(2), 401, 'a replay')
  const replay = await ask(bench, authorize({ uri: path, nonce, nc: 3 }))
  t.match(replay.headers['www-authenticate'], /stale=false$/)
})

test('after five minutes the nonce is stale, which is told to those who know the secret [nonce-stale]', async (t) => {
  const bench = await start(t)
  const nonce = nonceOf((await ask(bench)).headers['www-authenticate'])
  bench.clock.advance(5 * 60_000)
  const stale = await ask(bench, authorize({ uri: path, nonce }))
  t.equal(stale.statusCode, 401)
  t.match(stale.headers['www-authenticate'], /stale=true$/)
  const wrong = await ask(bench, authorize({ uri: path, nonce, secret: 'wrong' }))
  t.match(wrong.headers['www-authenticate'], /stale=false$/)
})

test('the header is read as RFC 9110 has it: quoted or not, spaced at will, names in any case', async (t) => {
  const text =
    'USERNAME="a\\"b\\\\c" , realm = "MMS Public API",nonce="n",uri="/x",response=abc, qop=auth, nc=0000000A, cnonce="c,d=e"'
  t.same(parseDigest(text), {
    username: 'a"b\\c',
    realm: 'MMS Public API',
    nonce: 'n',
    uri: '/x',
    response: 'abc',
    qop: 'auth',
    nc: '0000000A',
    cnonce: 'c,d=e',
  })
  const spaced = `, ,${text.replace(',response', ', , \t,response')},, ,`
  t.same(parseDigest(spaced), parseDigest(text), 'empty elements of the list (RFC 9110, 5.6.1.2)')
  t.equal(parseDigest(`${text}, nc=00000001`), undefined, 'a repeated parameter')
  t.equal(parseDigest(`${text}, nonsense`), undefined)
  t.equal(parseDigest(`${text}, x="never closed`), undefined)
  t.equal(parseDigest(''), undefined)
})

test('the scheme may be written in any case', async (t) => {
  const bench = await start(t)
  const nonce = nonceOf((await ask(bench)).headers['www-authenticate'])
  const header = authorize({ uri: path, nonce }).replace('Digest', 'dIGEST')
  t.equal((await ask(bench, header)).statusCode, 200)
})

test('a create by digest works as clients do it: first an empty body, then the real one', async (t) => {
  const { call } = await start(t)
  const first = await call('POST', path, { bare: true, headers: { accept, 'content-length': '0' } })
  const nonce = nonceOf(first.headers['www-authenticate'])
  const authorization = authorize({ uri: path, nonce, method: 'POST' })
  const body = { cloudProvider: 'AWS', regionName: 'US_EAST_1' }
  const second = await call('POST', path, { bare: true, headers: { accept, authorization }, body })
  t.equal(second.statusCode, 201)
})

test('a header that does not parse gets the plain challenge', async (t) => {
  const bench = await start(t)
  const nonce = nonceOf((await ask(bench)).headers['www-authenticate'])
  const right = authorize({ uri: path, nonce })
  const headers = [
    'Digest ',
    'Digest =',
    'Digest ,,,',
    'Digest username',
    'Digest username=',
    'Digest username="emulator',
    'Digest username="emulator\\',
    'Digest username="a" realm="b"',
    'Digest "username"="emulator"',
    `${right},`.replace('username=', 'username= ='),
    `${right}, ${right}`,
    `${right}, nonce="${nonce}"`,
    right.replace('Digest ', 'Digest'),
    right.replace('Digest ', 'Digest\t'),
    right.replace('nc="00000001"', 'nc="0000000g"'),
    right.replace('nc="00000001"', 'nc="-0000001"'),
    right.replace('nc="00000001"', 'nc="000000001"'),
    right.replace(nonce, ''),
    right.replace(nonce, '='.repeat(32)),
    right.replace(nonce, 'ÿ'.repeat(32)),
    right.replace('emulator', '__proto__'),
    `Digest ${'a=b, '.repeat(2000)}`,
    `Digest ${'"'.repeat(8000)}`,
    `Digest x="${'\\"'.repeat(4000)}`,
    `${' '.repeat(8000)}`,
  ]
  for (const header of headers) {
    const response = await ask(bench, header)
    t.equal(response.body, challengeBody, header.slice(0, 60))
    t.match(response.headers['www-authenticate'], /^Digest .*stale=false$/)
  }
  t.equal((await ask(bench, right)).statusCode, 200, 'none of them has used the nonce up')
})

test('a nonce from before a restart is stale, and so is one from after a time that the clock was set back to', async (t) => {
  const db = `${t.testdir()}/atlas.db`
  const clock = new ManualClock()
  const before = await start(t, ['--db', db], { clock })
  const nonce = nonceOf((await ask(before)).headers['www-authenticate'])
  t.equal((await ask(before, authorize({ uri: path, nonce }))).statusCode, 200)
  await before.emulator.close()
  const after = await start(t, ['--db', db], { clock })
  const forgotten = await ask(after, authorize({ uri: path, nonce, nc: 2 }))
  t.match(forgotten.headers['www-authenticate'], /stale=true$/)
  const fresh = nonceOf(forgotten.headers['www-authenticate'])
  t.equal((await ask(after, authorize({ uri: path, nonce: fresh }))).statusCode, 200)
  clock.advance(-1)
  t.match((await ask(after, authorize({ uri: path, nonce: fresh, nc: 2 }))).headers['www-authenticate'], /stale=true$/)
})
