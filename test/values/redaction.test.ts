import { test } from 'tap'
import { redactBody, redactHeaders, redactUrl } from '../../src/values/redaction.js'
import { account, apiKey, demo } from '../support/emulator.js'

const secret = 'hunter2 "quoted"'
const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtZGJfc2FfaWQifQ.c2lnbmF0dXJl'

test('no secret is left in a body, however it is written', async (t) => {
  const bodies = [
    `grant_type=client_credentials&client_secret=hunter2`,
    `client%5Fsecret=hunter2`,
    `client%5fSECRET=%68unter2`,
    `a=b;client_secret=hunter2`,
    `a=b\nclient_secret=hunter2\n`,
    `clientSecret: hunter2\n`,
    `{"privateKey":"hunter2"}`,
    `{"ClientSecret":"hunter2"}`,
    `{"client_secret":["hunter2"]}`,
    `{"privateKey":{"v":"hunter2"}}`,
    `[{"a":{"private_key":"hunter2"}}]`,
    `{"links":[{"href":"http://x/?token=hunter2&x"}]}`,
    `{"privateKey":"hunter2",}`,
    `{"a":1,"private_key" : "hunter2`,
    `${'['.repeat(20_000)}{"privateKey":"hunter2"}`,
    `{'privateKey': 'hunter2'}`,
    `client_secret='hunter2'`,
    `{"privateKey":  "hunter2",}`,
    `{"privateKey":\n\t"hunter2",}`,
    `{"x":"{\\"privateKey\\":\\"hunter2\\"}",`,
    `Authorization: Bearer hunter2hunter2`,
    `Authorization: Basic hunter2hunter2=`,
    `--x\r\nContent-Disposition: form-data; name="client_secret"\r\n\r\nhunter2\r\n--x--\r\n`,
    `--x\r\nContent-Disposition: form-data; name=client_secret\r\nX: y\r\n\r\nhunter2\r\n--x--\r\n`,
    JSON.stringify({ note: `it is ${secret}!` }),
    `it is ${secret}`,
    `it=${encodeURIComponent(secret)}`,
  ]
  for (const body of bodies) t.notMatch(JSON.stringify(redactBody(body, secret)), /hunter2|%68unter2/, body)
  t.strictSame(redactBody(`{"a":{"${account.secret}":1,"b":[{"${jwt}":null}]}}`, undefined), {
    a: { '[removed]': 1, b: [{ '[removed]': null }] },
  })
  t.strictSame(redactBody('{"x hunter2 y":1,"token=abc":2}', 'hunter2'), { 'x [removed] y': 1, 'token=[removed]': 2 })
  for (const look of [jwt, jwt.slice(0, 30), account.secret, demo.owner.secret]) {
    for (const body of [look, `{"a":"${look}"}`, `{"a":"${look}`]) {
      t.notMatch(JSON.stringify(redactBody(body, undefined)), look, body)
    }
  }
})

test('the rest of a body stays as it is', async (t) => {
  t.equal(redactBody('', secret), null)
  for (const value of [
    { cloudProvider: 'AWS', regionName: 'X', n: 1e300, list: [null, true] },
    [],
    'text: of a kind',
  ]) {
    t.strictSame(redactBody(JSON.stringify(value), secret), value)
  }
  t.equal(redactBody('grant_type=client_credentials&client_id=x', secret), 'grant_type=client_credentials&client_id=x')
})

test('no secret is left in a URL', async (t) => {
  t.equal(redactUrl('/x?token=a&y=z#b', undefined), '/x?token=[removed]&y=z#b')
  t.equal(redactUrl('/x?access%5Ftoken=a&y=z', undefined), '/x?access%5Ftoken=[removed]&y=z')
  t.equal(redactUrl('/x?private_key=a&y=%', undefined), '/x?private_key=[removed]&y=%')
  t.equal(redactUrl('/x?%=a', undefined), '/x?%=a')
  t.equal(redactUrl('http://user:hunter2@host/x', undefined), 'http://[removed]@host/x')
  t.equal(redactUrl(`/api/oauth/token/${jwt}`, undefined), '/api/oauth/token/[removed]')
  t.equal(redactUrl(`/x/${apiKey.secret}`, apiKey.secret), '/x/[removed]')
})

test('no secret is left in headers', async (t) => {
  const headers: [string, string][] = [
    ['authorization', 'Bearer hunter2'],
    ['proxy-authorization', 'hunter2 x'],
    ['cookie', 'hunter2'],
    ['x-auth-token', 'hunter2'],
    ['x-client-secret', 'hunter2'],
    ['referer', 'http://x/?access_token=hunter2'],
    ['x-a', jwt],
    ['x-b', secret],
  ]
  t.same(redactHeaders(headers, secret), {
    authorization: 'Bearer [removed]',
    'proxy-authorization': '[removed]',
    cookie: '[removed]',
    'x-auth-token': '[removed]',
    'x-client-secret': '[removed]',
    referer: 'http://x/?access_token=[removed]',
    'x-a': '[removed]',
    'x-b': '[removed]',
  })
  t.same(redactHeaders([['authorization', 'hunter2']], undefined), { authorization: '[removed]' })
})
