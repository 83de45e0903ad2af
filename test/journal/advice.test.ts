import { test } from 'tap'
import type { JournalEntry } from '../../src/journal/entry.js'
import { type Exchange, Journal } from '../../src/journal/journal.js'
import { Teller } from '../../src/journal/teller.js'
import { authorize, nonceOf } from '../support/digest.js'
import { account, basic, path, start, type TestBench } from '../support/emulator.js'

async function entries({ command }: TestBench): Promise<JournalEntry[]> {
  return (await command('GET', '/requests')).json().requests
}

/** The advice on every entry, of all that were made since the journal was cleared. */
async function adviceOf(bench: TestBench): Promise<string[][]> {
  return (await entries(bench)).map(({ advice }) => advice)
}

/** A get as the journal keeps it. */
const kept: Exchange = {
  time: 0,
  method: 'GET',
  url: path,
  operation: 'listGroupBackupPrivateEndpoints',
  project: undefined,
  organization: undefined,
  credential: undefined,
  secret: undefined,
  refusal: undefined,
  status: 200,
  errorCode: undefined,
  unserved: false,
  duration: 1,
  fault: undefined,
  requestHeaders: ['accept', 'application/vnd.atlas.2025-03-12+json'],
  requestBody: '',
  remaining: undefined,
  responseHeaders: {},
  responseBody: '',
  answeredAt: 0,
  from: '127.0.0.1',
  replayOf: undefined,
}

function told(...exchanges: Partial<Exchange>[]): string[][] {
  const journal = new Journal(100)
  const teller = new Teller(journal)
  const ids = exchanges.map((exchange) => journal.add({ ...kept, ...exchange }))
  return ids.map((id) => teller.tell(id, journal.exchange(id) as Exchange).advice)
}

test('a retry before Retry-After is advised to wait, and one after it is not', async (t) => {
  const bench = await start(t, ['--rate-limit', '1/1/60'])
  const { call, command, clock } = bench
  await command('DELETE', '/requests')
  await call('GET', path)
  await call('GET', path)
  clock.advance(20_000)
  await call('GET', path)
  clock.advance(40_000)
  await call('GET', path)
  const advice = await adviceOf(bench)
  t.match(
    advice.map((texts) => texts.filter((text) => text.includes('Retry-After'))),
    [[], [], ['This call was to wait 40 s longer, as Retry-After of the one before says.'], []],
  )
  const busy = { status: 503, responseHeaders: { 'retry-after': '5' } }
  t.match(told(busy, { time: 1000, answeredAt: 1000 }), [[], [/wait 4 s longer/]])
  t.strictSame(told(busy, { time: 5000, answeredAt: 5000 }), [[], []])
  const silent = { status: 503, responseHeaders: {} }
  t.strictSame(told(silent, { time: 1000, answeredAt: 1000 }), [[], []], 'one that names no time')
  const dated = { status: 503, responseHeaders: { 'retry-after': 'Wed, 1 Feb 2023 00:00:00 GMT' } }
  t.strictSame(told(dated, { time: 1000, answeredAt: 1000 }), [[], []], 'a date is not looked at')
  t.strictSame(told(busy, { url: `${path}?x`, time: 1000, answeredAt: 1000 }), [[], []], 'another call')
})

test('who asks for the same more than once a second is told so, from the third time on', async (t) => {
  const at = (...times: number[]) => told(...times.map((answeredAt) => ({ answeredAt })))
  t.match(at(0, 300, 700, 2000, 2900, 3899), [[], [], [/again 400 ms after/], [], [], [/again 999 ms/]])
  t.strictSame(at(0, 1000, 2000, 3000), [[], [], [], []])
  const other = { answeredAt: 10 }
  t.strictSame(told(other, { ...other, url: '/x' }, { ...other, credential: 'x' }), [[], [], []])
  const post = { method: 'POST' }
  t.strictSame(told(post, post, post), [[], [], []], 'what changes something is no poll')
  const replay = { replayOf: 1 }
  t.strictSame(told({}, replay, replay, replay), [[], [], [], []], 'nor is what a person sends once more')
  const nothing = { operation: undefined }
  t.strictSame(told(nothing, nothing, nothing), [[], [], []])
})

test('a 406 without a version says what to send, and how often it was left out', async (t) => {
  const bench = await start(t)
  const { call, command } = bench
  await command('DELETE', '/requests')
  for (const accept of ['application/json', '*/*', 'application/vnd.atlas.2001-01-01+json']) {
    t.equal((await call('GET', path, { headers: { accept } })).statusCode, 406)
  }
  t.match(await adviceOf(bench), [
    [/^Accept names no version of the API: send Accept: application\/vnd\.atlas\.2025-03-12\+json\.$/],
    [/This client has left it out 2 times\.$/],
    {},
  ])
  t.notOk(
    (await adviceOf(bench))[2]?.some((text) => text.includes('Accept')),
    'one that names a version',
  )
})

test('a token that is asked for per call is one too many', async (t) => {
  const bench = await start(t)
  const { call, command, clock } = bench
  const token = async () => {
    const answer = await call('POST', '/api/oauth/token', {
      bare: true,
      headers: { authorization: basic(account), 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=client_credentials',
    })
    return answer.json().access_token
  }
  const use = (value: string) => call('GET', path, { headers: { authorization: `Bearer ${value}` } })
  await command('DELETE', '/requests')
  await use(await token())
  clock.advance(60_000)
  const second = await token()
  for (let i = 0; i < 3; i += 1) {
    clock.advance(60_000)
    await use(second)
  }
  await token()
  const third = await token()
  t.ok(third)
  clock.advance(3_600_000)
  await token()
  await call('POST', '/api/oauth/token', { bare: true, headers: { authorization: basic(account) }, body: 'x' })
  const found = (await entries(bench)).filter(({ operation }) => operation === 'token').map(({ advice }) => advice)
  t.match(
    found.filter((advice) => advice.length > 0),
    [
      ['The token before this one is good for another 3540 s and was used for one call: keep a token for many calls.'],
      [/good for another 3600 s and was not used once/],
    ],
  )
  t.strictSame(
    found.map(({ length }) => length),
    [0, 1, 0, 1, 0, 0],
  )
  const asked = { operation: 'token', credential: 'x', responseBody: 'half' }
  t.strictSame(told(asked, { ...asked, time: 1 }), [[], []], 'an answer that a fault has broken is no token')
})

test('a field that Atlas refuses is named, with what to do about it', async (t) => {
  const bench = await start(t)
  const { call, command } = bench
  await command('DELETE', '/requests')
  const good = { cloudProvider: 'AWS', regionName: 'US_EAST_1' }
  const bodies = [
    { ...good, name: 'x' },
    { ...good, vpcRegionName: null },
    { ...good, regionName: 'NOWHERE' },
    { cloudProvider: 'AWS' },
  ]
  for (const body of bodies) t.equal((await call('POST', path, { body })).statusCode, 400)
  t.equal((await call('POST', `${path}?envelope=true`, { body: { ...good, name: 'x' } })).statusCode, 400)
  t.match(await adviceOf(bench), [
    ['Atlas does not know the field `name` here; it takes cloudProvider, regionName, vpcRegionName.'],
    ['Atlas refuses null: leave the field `vpcRegionName` out where there is no value.'],
    ['Atlas does not take this value of the field `regionName`.'],
    [],
    [/does not know the field `name`/],
  ])
  const detailed = { status: 400, requestBody: '[]', responseBody: '{"badRequestDetail":{"fields":[{"field":"a"}]}}' }
  t.match(told(detailed, { ...detailed, operation: undefined, responseBody: '{"badRequestDetail":{}}' }), [
    ['Atlas does not know the field `a` here; it takes .'],
    [],
  ])
})

test('a challenge and what answers it name each other, as long as both are remembered', async (t) => {
  const bench = await start(t, ['--journal', '4'])
  const { call, command } = bench
  await command('DELETE', '/requests')
  const challenge = await call('GET', path, { bare: true })
  const nonce = nonceOf(challenge.headers['www-authenticate'])
  const answer = (nc: number) => call('GET', path, { headers: { authorization: authorize({ uri: path, nonce, nc }) } })
  await answer(1)
  await answer(2)
  const [first, second, third] = await entries(bench)
  t.match(first, { status: 401, challenge: null, answers: second?.id })
  t.match(second, { status: 200, challenge: first?.id, answers: null })
  t.match(third, { status: 200, challenge: first?.id, answers: null })
  await call('GET', path, { bare: true })
  await call('GET', path)
  t.match(await entries(bench), [{ challenge: null }, { challenge: null }, { answers: null }, { challenge: null }])
  await command('DELETE', `/requests?id=${second?.id}`)
  await command('DELETE', '/requests')
  await answer(3)
  t.match(await entries(bench), [{ challenge: null, answers: null }], 'what is forgotten is not named')
})

test('what looks like a secret is in no advice', async (t) => {
  const bench = await start(t)
  const { call, command } = bench
  await command('DELETE', '/requests')
  await call('POST', path, { body: { cloudProvider: 'AWS', regionName: 'US_EAST_1', [account.secret]: 1 } })
  const answer = await command('GET', '/requests')
  t.notMatch(answer.body, account.secret)
  t.match(answer.json().requests[0].advice, [/does not know the field `\[removed\]` here/])
})
