import { type Test, test } from 'tap'
import { printed } from '../../../src/cli/verify-text.js'
import { startExpectation } from '../../../src/emulator.js'
import { checkEvidence } from '../../../src/fidelity/verify/check.js'
import { junit } from '../../../src/fidelity/verify/junit.js'
import { leaks, Redactor, rewritten, Secrets } from '../../../src/fidelity/verify/redaction.js'
import { References } from '../../../src/fidelity/verify/references.js'
import {
  type Answered,
  account,
  key,
  ledgerOf,
  type Mutation,
  mutant,
  run,
  shop,
  startTarget,
} from '../../support/target.js'

/** What a report may not hold, however the target puts it into its answers. A public key of others looks like a word. */
const planted = {
  privateKey: key.privateKey,
  ...account,
  base64: Buffer.from(`${account.clientId}:${account.clientSecret}`).toString('base64'),
  id: '5f1e2d3c4b5a69788796a5b4',
  jwt: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl',
  ip: '203.0.113.77',
  ipv6: '2001:db8::dead:77',
  email: 'someone@example.com',
  aws: 'AKIAIOSFODNN7EXAMPLE',
  accountId: '210987654321',
  uuid: '1b4e28ba-2fa1-11d2-883f-0016d3cca427',
  vpce: 'vpce-0a1b2c3d4e5f60718',
  token: 'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
}
const everything = [...Object.values(planted), key.publicKey].join(' ')

/** Puts a text into every place of an answer that a report could tell. */
function plant(text: string): Mutation {
  const withText = (value: unknown): unknown => {
    if (typeof value === 'string') return `${value} ${text}`
    if (Array.isArray(value)) return [...value.map(withText), text]
    if (typeof value !== 'object' || value === null) return value
    return {
      ...Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withText(part)])),
      [text]: text,
      secret: text,
    }
  }
  const printable = text.replace(/[^ -~]/g, '')
  return {
    answer: ({ status, headers, body }): Answered => {
      let changed = `${body} ${text}`
      try {
        changed = JSON.stringify(withText(JSON.parse(body)))
      } catch {}
      const names = text
        .split(' ')
        .flatMap((word) => (/^[\w-]+$/.test(word) ? [[`x-${word}`, word] as [string, string]] : []))
      const more = headers.map(([name, value]): [string, string] =>
        /^(?:content-|www-)/i.test(name) ? [name, value] : [name, `${value} ${printable}`],
      )
      return { status, headers: [...more, ...names, ['set-cookie', printable]], body: changed }
    },
  }
}

function check(t: Test, texts: readonly string[], more: readonly string[] = []) {
  const leaked = [...Object.entries(planted), ...more.map((value, i) => [`id ${i}`, value] as const)].filter(
    ([, value]) => texts.some((text) => text.toLowerCase().includes(value.toLowerCase())),
  )
  t.strictSame(leaked, [])
}

test('secrets, ids and addresses that a target puts into its answers never reach a report', async (t) => {
  for (const credentials of [key, account]) {
    const target = await startTarget(t)
    let asked = 0
    const { answer } = plant(everything)
    // The first answers tell what the project is like; a run needs them.
    const url = await mutant(t, target.url, [
      { answer: (answered, request) => (asked++ > 12 ? answer?.(answered, request) : undefined) },
    ])
    const { evidence, exitCode } = await run(target, url, { level: 'refuse', credentials, ledger: ledgerOf(t) })
    t.equal(exitCode, 4, 'its lists cannot be read any more')
    const text = JSON.stringify(evidence)
    check(
      t,
      [text, junit(evidence), printed({ ...evidence, isReplay: false })],
      [...Object.values(credentials), shop, 'Storefront', 'nile-exports', 'Nile Trading'],
    )
    t.ok(evidence.exchanges.some(({ findings }) => findings.length > 0))
    const replayed = await checkEvidence(text, 'evidence.json', startExpectation)
    t.equal(replayed.exitCode, 3)
    check(t, [JSON.stringify(replayed)])
  }
})

test('a target that echoes what it was sent learns nothing that a report tells', async (t) => {
  const target = await startTarget(t)
  const url = await mutant(t, target.url, [
    {
      answer: (answered, { headers }) => {
        try {
          const body = JSON.parse(answered.body)
          const echo = headers.authorization ?? ''
          return {
            ...answered,
            body: JSON.stringify({ ...body, ...('detail' in body && { detail: echo, reason: echo }) }),
          }
        } catch {
          return undefined
        }
      },
    },
  ])
  for (const credentials of [key, account]) {
    const { evidence } = await run(target, url, { credentials, level: 'read' })
    const text = JSON.stringify(evidence)
    check(t, [text])
    t.notMatch(text, /response=\\*"[0-9a-f]{32}/)
    t.notMatch(text, /eyJ/)
  }
})

test('the name of a failure is told, not what Node says of it', async (t) => {
  const { evidence } = await run(await startTarget(t), 'https://203.0.113.77:1', { anyHost: true, patience: 50 })
  t.match(evidence.ended, /^No answer: /)
  check(t, [JSON.stringify(evidence)])
  t.equal(evidence.host, '‹ip›:1')
})

const secrets = new Secrets()
secrets.add(key.privateKey, 'a"b\\c secret', account.clientSecret)

test('a secret is found in every form in which it can be repeated', async (t) => {
  for (const secret of [key.privateKey, 'a"b\\c secret', account.clientSecret]) {
    for (const form of [
      secret,
      secret.toUpperCase(),
      encodeURIComponent(secret),
      JSON.stringify(secret),
      Buffer.from(secret).toString('hex'),
      Buffer.from(secret).toString('base64'),
      Buffer.from(`x${secret}`).toString('base64'),
      Buffer.from(`yy${secret}zz`).toString('base64'),
      [...secret].reverse().join(''),
    ]) {
      t.ok(secrets.isIn(`before ${form} after`), form)
      t.notOk(secrets.isIn(secrets.remove(`before ${form} after`)), form)
    }
  }
  t.notOk(secrets.isIn('nothing'))
  t.equal(new Secrets().remove('nothing'), 'nothing')
})

test('what must not be told is told by its kind, and all else is left as it is', async (t) => {
  const references = new References()
  references.add('‹project:1›', shop)
  references.add('‹name:1/10›', 'Storefront')
  const redactor = new Redactor(secrets, references)
  for (const [text, told] of [
    [`No group with ID ${shop} exists.`, 'No group with ID ‹project:1› exists.'],
    [
      'ids 5f1e2d3c4b5a69788796a5b4, 5f1e2d3c4b5a69788796a5b5 and 5f1e2d3c4b5a69788796a5b4',
      'ids ‹id:1›, ‹id:2› and ‹id:1›',
    ],
    ['A group with name "Storefront" already exists.', 'A group with name "‹name:1/10›" already exists.'],
    ['IP address 203.0.113.77 is not allowed', 'IP address ‹ip› is not allowed'],
    ['IP address 2001:db8::1 is not allowed', 'IP address ‹ip› is not allowed'],
    ['https://me:pass@example.com/x', 'https://‹user›@example.com/x'],
    ['Bearer abcdefgh', '‹token›'],
    ['someone@example.com', '‹email›'],
    ['PRIVATE_ENDPOINT_SERVICE_ALREADY_EXISTS_FOR_REGION', 'PRIVATE_ENDPOINT_SERVICE_ALREADY_EXISTS_FOR_REGION'],
    ['application/vnd.atlas.2024-11-13+json;charset=utf-8', 'application/vnd.atlas.2024-11-13+json;charset=utf-8'],
    ['max-age=31536000; includeSubdomains;', 'max-age=31536000; includeSubdomains;'],
    ['Cannot find resource /api/atlas/v2/nope.', 'Cannot find resource /api/atlas/v2/nope.'],
  ] as const) {
    t.equal(redactor.text(text), told)
  }
})

test('an answer keeps order, spaces and lengths, and loses values that are people’s', async (t) => {
  const references = new References()
  references.add('‹name:1/10›', 'Storefront')
  const redactor = new Redactor(secrets, references)
  const body = `{ "name":"Storefront", "created":"2024-02-03T04:05:06Z","at":"2024-02-03T04:05:06.123Z","zone":"2024-02-03T04:05:06+01:00","day":"2024-02-03","web":"Sat, 3 Feb 2024 04:05:06 GMT","other":"text","n":[1,12345678901],"id":"5f1e2d3c4b5a69788796a5b4","b":true,"x":null,"access_token":"opaque", "Bad key!":1}`
  t.equal(
    redactor.json(body),
    `{ "name":"‹name:1/10›", "created":"‹date:seconds›","at":"‹date:fraction›","zone":"‹date:offset›","day":"‹date:day›","web":"‹date:http›","other":"‹text:4›","n":[1,"‹number:11›"],"id":"‹id:1›","b":true,"x":null,"access_token":"‹token›", "‹attribute›":1}`,
  )
  const jwt = (claims: unknown) => `{"access_token":"x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.y"}`
  t.equal(
    redactor.json(jwt({ sub: 'me', aud: 'api://admin', exp: 1 })),
    '{"access_token":"‹token: aud exp sub for api://admin›"}',
  )
  t.equal(redactor.json(jwt({ 'Not plain 7': 1, aud: 'x' })), '{"access_token":"‹token: aud›"}')
  t.equal(redactor.json(jwt([1])), '{"access_token":"‹token›"}')
  t.equal(redactor.json('<html>'), '‹markup: 6 bytes›')
  t.equal(redactor.json('plain'), '‹text: 5 bytes›')
  t.equal(redactor.json(''), '')
  t.equal(redactor.json('"alone"'), '"‹text:5›"')
})

test('of headers the values that claims are about are told, of others the name, and of strange ones nothing', async (t) => {
  const redactor = new Redactor(secrets, new References())
  const told = redactor.answer(
    {
      status: 200,
      headers: [
        ['server', 'mdbws'],
        ['x-envoy-upstream-service-time', '7'],
        ['vary', 'a'],
        ['vary', 'b'],
        ['content-length', '3'],
        ['ratelimit-remaining', '7'],
        ['x-other', 'value'],
        [`x-${key.publicKey}9a8b7c6d5e4f`, 'value'],
        ['www-authenticate', 'Digest realm="MMS Public API", nonce="abc+/=", qop="auth"'],
      ],
      body: Buffer.from('{}'),
    },
    'GET',
  )
  t.strictSame(told.headers, {
    'content-length': '‹another length›',
    'ratelimit-remaining': '‹number›',
    vary: 'a, b',
    'www-authenticate': 'Digest realm="MMS Public API", nonce="‹nonce:base64:6›", qop="auth"',
    'x-other': '‹hidden›',
    '‹header›': '‹hidden›',
  })
  const odd = redactor.answer(
    {
      status: 200,
      headers: [
        ['ratelimit-remaining', 'x'],
        ['content-encoding', 'gzip'],
        ['www-authenticate', 'Digest nonce="ä"'],
      ],
      body: Buffer.from('no gzip'),
    },
    'HEAD',
  )
  t.strictSame(odd, {
    status: 200,
    headers: {
      'content-encoding': 'gzip',
      'ratelimit-remaining': '‹no number›',
      'www-authenticate': 'Digest nonce="‹nonce:other:1›"',
    },
    body: '‹no gzip›',
  })
})

test('the last look finds what redaction has missed', async (t) => {
  const references = new References()
  references.add('‹project:1›', shop)
  t.equal(leaks(['fine', '‹project:1› of ‹ip›', 'deadbeefdeadbeefdeadbeef'], secrets, references), undefined)
  for (const [text, kind] of [
    [`x ${key.privateKey}`, 'a secret'],
    [`x${shop}y`, 'an id'],
    ['5f1e2d3c4b5a69788796a5b4', 'an id'],
    ['203.0.113.77', '‹ip›'],
    ['eyJhbGciOiJIUzI1NiJ9.e30.x', '‹token›'],
    ['me@example.com', '‹email›'],
    ['vpce-0a1b2c3d4e5f60718', 'the id of an interface endpoint'],
  ] as const) {
    t.equal(leaks(['fine', text], secrets, references), kind, text)
  }
})

test('JSON is rewritten in place, with each value’s attribute', async (t) => {
  const seen: [string, string | number][] = []
  rewritten('{"a":[{"b":"x"},1],"c":-2.5,"d":{"e":true}}', (value, attribute) => {
    seen.push([attribute, value])
    return undefined
  })
  t.strictSame(seen, [
    ['', 'a'],
    ['', 'b'],
    ['b', 'x'],
    ['a', 1],
    ['', 'c'],
    ['c', -2.5],
    ['', 'd'],
    ['', 'e'],
  ])
})
