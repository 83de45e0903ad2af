import { EventEmitter, once } from 'node:events'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { test } from 'tap'
import { CountedRequest, chunksInARow, freeChunks, leastOnAverage, tooManyChunks } from '../../src/http/chunks.js'
import { accept, memoryLogger, path, start } from '../support/emulator.js'
import { open, parseAnswer, rest } from '../support/socket.js'

const head = (method: string, url: string, ...headers: string[]) =>
  `${[`${method} ${url} HTTP/1.1`, 'Host: localhost', 'Transfer-Encoding: chunked', ...headers].join('\r\n')}\r\n\r\n`

const json = 'Content-Type: application/json'
const form = 'Content-Type: application/x-www-form-urlencoded'

/** Resolves when the connection has ended, with an error or without. */
const ended = (socket: Socket) =>
  new Promise<void>((resolve) => void socket.on('error', () => {}).once('close', resolve))

/** So many chunks of so many bytes each. */
const chunks = (count: number, size = 1) => `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`.repeat(count)

/** A request with a chunked body, and how often its connection was told that there are too many chunks. */
function chunked(headers: Record<string, string> = { 'transfer-encoding': 'chunked' }) {
  const socket = new Socket()
  const request = Object.assign(new CountedRequest(socket), { headers })
  let told = 0
  socket.on(tooManyChunks, () => {
    told += 1
  })
  return { request, told: () => told }
}

test('Node makes requests of a server as the ones whose chunks are counted', async (t) => {
  const { emulator } = await start(t)
  const url = await emulator.listen()
  const requested = once(emulator.app.server, 'request')
  await fetch(`${url}/_emulator/health`)
  const [request] = await requested
  t.type(request, CountedRequest)
  t.type(request, IncomingMessage)
})

test('A body may come in some thousand chunks, and in as many as have eight bytes each [body-chunks]', async (t) => {
  for (const size of [leastOnAverage, 100]) {
    const { request, told } = chunked()
    request.resume()
    for (let i = 0; i < 5 * freeChunks; i += 1) request.push(Buffer.alloc(size))
    t.equal(told(), 0, `${size} bytes each`)
  }
  const tiny = chunked()
  tiny.request.resume()
  // Of one byte each, seven of eight chunks are beyond what their bytes allow.
  const most = Math.floor((freeChunks * leastOnAverage) / (leastOnAverage - 1))
  for (let i = 0; i < most; i += 1) tiny.request.push(Buffer.from('x'))
  t.equal(tiny.told(), 0)
  t.equal(tiny.request.push(Buffer.from('x')), false, 'the connection is read no further')
  t.equal(tiny.told(), 1)
  t.equal(tiny.request.push(Buffer.from('x')), false)
  t.equal(tiny.told(), 1, 'which is told once')
  const whole = chunked({ 'content-length': '100000' })
  whole.request.resume()
  for (let i = 0; i < 5 * freeChunks; i += 1) whole.request.push(Buffer.from('x'))
  t.equal(whole.told(), 0, 'the pieces in which the network delivers a body are no chunks')
})

test('After some hundred chunks a connection waits for its turn, and one goes on in each [body-chunks]', async (t) => {
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const reads: string[] = []
  /** A request of which it is noted when more of its connection is read. */
  const noted = (name: string) => {
    const socket = Object.assign(new EventEmitter(), { readable: true, resume: () => reads.push(name) })
    const request = new CountedRequest(socket as unknown as Socket)
    return Object.assign(request, { headers: { 'transfer-encoding': 'chunked' } }).resume()
  }
  const fill = (request: CountedRequest) => {
    let isReadOn = true
    for (let i = 0; i <= chunksInARow; i += 1) isReadOn = request.push(Buffer.from('12345678'))
    return isReadOn
  }
  const [first, second] = [noted('first'), noted('second')]
  // Those of other tests have their turns first.
  for (let i = 0; i < 10; i += 1) await turn()
  reads.length = 0
  t.same([fill(first), fill(second)], [false, false])
  t.equal(first.push(Buffer.from('x')), false, 'what its last bytes hold still comes')
  first._read(0)
  t.same(reads, [])
  await turn()
  t.equal(reads.includes('first'), true)
  t.equal(reads.includes('second'), false)
  await turn()
  t.equal(reads.includes('second'), true)
  t.equal(first.push(Buffer.from('x')), true, 'and then it may send as many again')
})

test('Others are answered while a body comes in small chunks [body-chunks]', async (t) => {
  const { emulator } = await start(t)
  const url = await emulator.listen()
  const socket = await open(url)
  const order: string[] = []
  const upload = rest(socket).then(() => order.push('upload'))
  socket.write(`${head('POST', '/_emulator/clock', json, 'Connection: close')}${chunks(100_000, 8)}0\r\n\r\n`)
  const other = fetch(`${url}/_emulator/health`).then(({ status }) => order.push(`health ${status}`))
  await Promise.all([upload, other])
  t.same(order, ['health 200', 'upload'])
})

test('A body that nobody reads is dropped, and its chunks are counted all the same [body-chunks]', (t) => {
  const { request, told } = chunked()
  request.on('data', () => t.fail('what is dropped is not handed on'))
  request._dump()
  request._dump()
  for (let i = 0; i < freeChunks; i += 1) request.push(Buffer.from('x'))
  t.equal(told(), 0)
  for (let i = 0; i < freeChunks; i += 1) request.push(Buffer.from('x'))
  t.equal(told(), 1)
  t.end()
})

test('A body in chunks of one byte is refused by each API before its client is known [body-chunks]', async (t) => {
  const { logger, lines } = memoryLogger()
  const { emulator } = await start(t, ['--control-token', 's3cret'], { logger })
  const url = await emulator.listen()
  const asked: [string, ...string[]][] = [
    ['/api/oauth/token', form],
    ['/api/oauth/revoke', form],
    ['/_emulator/state', json, 'Authorization: Bearer s3cret'],
  ]
  for (const [target, ...headers] of asked) {
    const socket = await open(url)
    socket.write(`${head('POST', target, ...headers)}${chunks(12_000)}`)
    const [answer] = await once(socket, 'data')
    t.match(parseAnswer(String(answer)), { statusLine: 'HTTP/1.1 400 Bad Request', headers: { connection: 'close' } })
    t.match(String(answer), /Malformed request\./)
    const end = ended(socket)
    socket.resume()
    await end
  }
  t.match(lines.join('\n'), /\(400\): its body comes in thousands of chunks/)
  t.equal((await fetch(`${url}/_emulator/health`)).status, 200)
})

test('Who has an answer and goes on in chunks of one byte is cut off [body-chunks]', async (t) => {
  const { emulator, token } = await start(t)
  const url = await emulator.listen()
  const asked: [status: string, ...head: [string, string, ...string[]]][] = [
    ['401', 'POST', path, json, `Accept: ${accept}`],
    ['404', 'POST', '/nope'],
    ['200', 'GET', path, `Authorization: Bearer ${token}`, `Accept: ${accept}`],
  ]
  for (const [status, ...line] of asked) {
    const socket = await open(url)
    socket.write(head(...line))
    const [answer] = await once(socket, 'data')
    t.match(parseAnswer(String(answer)), { statusLine: new RegExp(status) })
    const end = ended(socket)
    socket.resume().write(chunks(12_000))
    await end
    t.equal(socket.closed, true, status)
  }
})

test('What comes in tiny chunks behind the last answer of a connection gets none [body-chunks]', async (t) => {
  const { emulator } = await start(t)
  const socket = await open(await emulator.listen())
  const unread = head('POST', '/nope', 'Expect: 100-continue')
  socket.write(unread)
  const [answer] = await once(socket, 'data')
  t.match(parseAnswer(String(answer)), { statusLine: /404/, headers: { connection: 'close' } })
  const end = ended(socket)
  let more = ''
  socket.on('data', (bytes) => {
    more += bytes
  })
  socket.write(chunks(12_000))
  await end
  t.equal(more, '')
})

test('Bodies as clients stream them go through, whatever their pieces [body-chunks]', async (t) => {
  const { emulator, token } = await start(t)
  const url = await emulator.listen()
  const world = await (await fetch(`${url}/_emulator/state?secrets=true`)).text()
  const put = async (text: string, size: number) => {
    const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) as string[]
    const socket = await open(url)
    const sent = pieces.map((piece) => `${Buffer.byteLength(piece).toString(16)}\r\n${piece}\r\n`).join('')
    socket.write(`${head('PUT', '/_emulator/state', json, 'Connection: close')}${sent}0\r\n\r\n`)
    t.match(parseAnswer(await rest(socket)), { statusLine: 'HTTP/1.1 200 OK' }, `pieces of ${size}`)
  }
  // As JSON that is written value by value, names and punctuation by themselves.
  await put(world.slice(0, -1).padEnd(200_000) + world.slice(-1), 9)
  await put(world, 1)
  await put(world.slice(0, -1).padEnd(2_000_000) + world.slice(-1), 8192)
  const stream = new ReadableStream({
    start(controller) {
      for (const character of '{"cloudProvider":"AWS","regionName":"US_EAST_1"}') {
        controller.enqueue(new TextEncoder().encode(character))
      }
      controller.close()
    },
  })
  const headers = { authorization: `Bearer ${token}`, accept, 'content-type': 'application/json' }
  const created = await fetch(`${url}${path}`, { method: 'POST', headers, body: stream, duplex: 'half' } as RequestInit)
  t.equal(created.status, 201)
})
