import { closeSync, openSync, readFileSync } from 'node:fs'
import { test } from 'tap'
import { LogSink } from '../../src/journal/log-sink.js'
import { createLogger } from '../../src/journal/logging.js'
import { account, apiKey, memoryLogger, path, start } from '../support/emulator.js'

test('a request is one line that tells who did what and what came of it, and no secret', async (t) => {
  const { logger, lines } = memoryLogger()
  const { call, token } = await start(t, [], { logger })
  await call('GET', `${path}/nope?secret=hidden`)
  t.equal(lines.length, 2, 'the token, then the get')
  const [line, message] = [lines[1] as string, `GET ${path}/nope 404`]
  t.ok(line.endsWith(` ${message}`))
  t.match(JSON.parse(line.slice(0, -message.length)), {
    method: 'GET',
    path: `${path}/nope`,
    status: 404,
    errorCode: 'RESOURCE_NOT_FOUND',
    operation: 'getGroupBackupPrivateEndpoint',
    credential: account.id,
    milliseconds: Number,
  })
  for (const secret of [token, account.secret, apiKey.secret, 'hidden']) t.notOk(lines.join('\n').includes(secret))
})

test('lines are for people on a terminal, and JSON elsewhere', async (t) => {
  const path = `${t.testdir()}/log`
  const logged = (isTerminal: boolean) => {
    const file = openSync(path, 'w')
    createLogger('info', isTerminal, new LogSink(file))?.info({ method: 'GET', credential: 'someone' }, 'GET /x 200')
    closeSync(file)
    return readFileSync(path, 'utf8')
  }
  t.match(logged(true), /INFO.*: GET \/x 200.*\{"credential":"someone"\}\n$/)
  t.match(JSON.parse(logged(false)), { level: 30, method: 'GET', credential: 'someone', msg: 'GET /x 200' })
  t.equal(createLogger('silent', true, new LogSink(2)), undefined)
})

test('how many lines could not be written is told at every level', async (t) => {
  const path = `${t.testdir({ log: '' })}/log`
  for (const [level, told] of [
    ['info', 40],
    ['error', 50],
    ['fatal', 60],
  ] as const) {
    const file = openSync(path, 'r')
    const logger = createLogger(level, false, new LogSink(file))
    logger?.fatal('lost')
    closeSync(file)
    t.equal(openSync(path, 'w'), file, 'the same descriptor, of a file that can be written')
    logger?.fatal('kept')
    closeSync(file)
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    t.match(
      lines.map((line) => JSON.parse(line)),
      [{ msg: 'kept' }, { level: told, msg: '1 log lines could not be written' }],
    )
  }
})
