import { test } from 'tap'
import { EmulatorControl } from '../../src/control/client.js'
import { accept, account, path, start } from '../support/emulator.js'
import { exchange } from '../support/socket.js'

test('the journal is an HTTP Archive for those who have tools for one', async (t) => {
  const bench = await start(t)
  const { command, create, call, emulator } = bench
  await command('DELETE', '/requests')
  await create()
  await call('GET', `${path}?pretty=true&itemsPerPage=5`)
  await call('GET', path, { headers: { 'x-emulator-fault': 'drop' } }).catch(() => {})
  const answer = await command('GET', '/requests?format=har')
  t.match(answer.headers, { 'content-type': /^application\/json/ })
  t.notMatch(answer.body, account.secret)
  const { log } = answer.json()
  t.match(log, { version: '1.2', creator: { name: /^atlas-backup-emulator/, version: String } })
  t.match(log.entries, [
    {
      startedDateTime: '2026-01-01T00:00:00.000Z',
      time: Number,
      request: {
        method: 'POST',
        url: `http://localhost:80${path}`,
        httpVersion: 'HTTP/1.1',
        cookies: [],
        queryString: [],
        postData: { mimeType: 'application/json', text: '{"cloudProvider":"AWS","regionName":"US_EAST_1"}' },
        headersSize: -1,
        bodySize: 48,
      },
      response: { status: 201, statusText: 'Created', content: { mimeType: /json/, text: /"INITIATING"/ } },
      timings: { send: 0, wait: Number, receive: 0 },
      cache: {},
      _operation: 'createGroupBackupPrivateEndpoint',
    },
    {
      request: {
        queryString: [
          { name: 'pretty', value: 'true' },
          { name: 'itemsPerPage', value: '5' },
        ],
      },
    },
    { response: { status: 0, statusText: '', content: { size: 0 } }, _fault: 'drop' },
  ])
  t.notOk('postData' in log.entries[1].request)
  t.equal((await command('GET', '/requests?format=har&limit=1')).json().log.entries.length, 1)
  t.equal((await command('GET', '/requests?format=har&status=5xx')).json().log.entries.length, 0)
  t.equal((await command('GET', '/requests?format=json&limit=1')).json().requests.length, 1)
  t.match((await command('GET', '/requests?format=har&count=true')).json(), { errors: [{ parameter: 'count' }] })
  t.match((await command('GET', '/requests?format=xml')).json(), { errors: [{ parameter: 'format' }] })
  const url = await emulator.listen()
  await command('DELETE', '/requests')
  await exchange(url, 'GET http://x.test/nope HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  await exchange(url, 'GET /nope HTTP/1.0\r\n\r\n')
  await exchange(url, 'POST /nope HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx')
  const { log: plain } = await new EmulatorControl(url).requests.har()
  t.match((plain as { entries: object[] }).entries, [
    { request: { url: 'http://x.test/nope' } },
    { request: { url: 'http://localhost/nope' } },
    { request: { url: 'http://x/nope' } },
  ])
  const entry = (plain as { entries: object[] }).entries[2]
  t.match(entry, { request: { postData: undefined } }, 'what no route takes has its body read by nobody')
})

test('a body of no type, and one that is no JSON, are told as they are', async (t) => {
  const { call, command, emulator, token } = await start(t)
  const url = await emulator.listen()
  await command('DELETE', '/requests')
  // Only chunks are read before it is known that they have no type.
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nAccept: ${accept}\r\nAuthorization: Bearer ${token}\r\n`
  await exchange(url, `${head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n4\r\nhalf\r\n0\r\n\r\n`)
  await call('POST', path, { headers: { 'content-type': 'application/json' }, body: 'half {' })
  const { log } = (await command('GET', '/requests?format=har')).json()
  t.match(log.entries, [
    { request: { postData: { mimeType: '', text: 'half' } } },
    { request: { postData: { mimeType: 'application/json', text: 'half {' }, bodySize: 6 } },
  ])
})
