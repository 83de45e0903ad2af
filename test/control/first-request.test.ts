import { once } from 'node:events'
import { test } from 'tap'
import { memoryLogger, start } from '../support/emulator.js'
import { open, parseAnswer, rest } from '../support/socket.js'

// The control API is made when its first request has come, so that more can come meanwhile.

const health = 'GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\n'

test('a body that cannot be read is refused, though nobody has begun to answer', async (t) => {
  const { emulator } = await start(t)
  const socket = await open(await emulator.listen())
  const head = 'POST /_emulator/clock HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
  socket.write(`${head}Transfer-Encoding: chunked\r\n\r\nno length\r\n`)
  const { statusLine, headers } = parseAnswer(await rest(socket))
  t.equal(statusLine, 'HTTP/1.1 400 Bad Request')
  t.match(headers, { 'content-type': 'application/problem+json', connection: 'close' })
})

test('requests that come at once are answered in their order', async (t) => {
  const { emulator } = await start(t)
  const socket = await open(await emulator.listen())
  socket.write(
    `${health}\r\nGET /_emulator/clock HTTP/1.1\r\nHost: localhost\r\n\r\n${health}Connection: close\r\n\r\n`,
  )
  const told = [...(await rest(socket)).matchAll(/"(?:status|frozen)":\S/g)].map(([text]) => text)
  t.strictSame(told, ['"status":"', '"frozen":f', '"status":"'])
})

test('a request that has come is answered, though the server is to stop before somebody could begin', async (t) => {
  const { emulator } = await start(t)
  const socket = await open(await emulator.listen())
  socket.write(`${health}\r\n`)
  await once(emulator.app.server, 'request')
  const closed = emulator.close()
  const { statusLine, headers } = parseAnswer(await rest(socket))
  t.equal(statusLine, 'HTTP/1.1 200 OK')
  t.equal(headers.connection, 'close')
  await closed
})

test('who follows and has ended its side meanwhile is followed no longer', async (t) => {
  for (const stream of ['/events', '/requests/stream']) {
    const { emulator } = await start(t)
    const socket = await open(await emulator.listen())
    socket.end(`GET /_emulator${stream} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    t.match(await rest(socket), /^HTTP\/1\.1 200 OK\r\n[\s\S]*from here on/, stream)
  }
})

test('a client that has gone meanwhile is no trouble', async (t) => {
  const { emulator } = await start(t)
  const url = await emulator.listen()
  const socket = await open(url)
  socket.write(`${health}\r\n`)
  const [request] = await once(emulator.app.server, 'request')
  const gone = new Promise((resolve) => request.socket.once('close', resolve))
  socket.resetAndDestroy()
  await gone
  t.equal((await fetch(`${url}/_emulator/health`)).status, 200)
  t.equal(emulator.app.underWay.size <= 1, true)
})

test('where it cannot be made, the log says why, and the next request finds it', async (t) => {
  const { logger, lines } = memoryLogger()
  const { emulator } = await start(t, [], { logger })
  const url = await emulator.listen()
  // Fastify refuses a logger without one of its methods.
  Object.assign(logger, { trace: undefined })
  await t.rejects(fetch(`${url}/_emulator/health`))
  t.match(lines.join('\n'), /Invalid logger object/)
  Object.assign(logger, { trace() {} })
  t.equal((await fetch(`${url}/_emulator/health`)).status, 200)
})
