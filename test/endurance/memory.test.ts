import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Test, test } from 'tap'
import { accept, path } from '../support/emulator.js'
import { asBytes, Pipeline, startMeasured } from './load.js'
import { connections, scaled, send } from './support.js'

const asked = { accept, 'content-type': 'application/json' }
const mebibyte = 2 ** 20

/** So many connections, each of which has sent these bytes; they are closed when the test ends. */
async function open(t: Test, url: string, many: number, bytes: string): Promise<Socket[]> {
  const { hostname, port } = new URL(url)
  const sockets: Socket[] = []
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  for (let i = 0; i < many; i += 1) {
    const socket = connect(Number(port), hostname)
    sockets.push(socket)
    socket.on('error', () => {})
    await once(socket, 'connect')
    // A server that has heard enough takes no more, and closes.
    if (!socket.write(bytes, 'latin1'))
      await new Promise<void>((resolve) => socket.once('drain', resolve).once('close', () => resolve()))
  }
  return sockets
}

test('a body in chunks of one byte takes memory by its bytes, not by its chunks', async (t) => {
  const server = startMeasured(t, ['--auth', 'off', '--rate-limit', 'off'])
  const url = await server.url
  const body = scaled(40_000, 800_000)
  const many = 30
  const chunks = '1\r\nx\r\n'.repeat(body)
  const heads = [
    asBytes('POST', path, { ...asked, 'transfer-encoding': 'chunked' }),
    asBytes('PUT', '/_emulator/state', { ...asked, 'transfer-encoding': 'chunked' }),
    asBytes('POST', '/nowhere', { ...asked, 'transfer-encoding': 'chunked' }),
  ]
  await send(connections(t, 1), url, 'GET', path, asked)
  const before = await server.memory()
  for (const head of heads) {
    const sockets = await open(t, url, many, `${head}${chunks}`)
    // A request on a connection of its own is answered after what the others have sent was read.
    const pipeline = await Pipeline.open(url)
    await pipeline.send([asBytes('GET', '/_emulator/health')])
    pipeline.close()
    const during = await server.memory()
    const held = during.live - before.live
    t.comment(`${head.split(' HTTP')[0]}: ${held.toFixed(1)} MiB live, ${during.peak.toFixed(0)} at most`)
    // A chunk that is kept as an object of its own takes some 400 bytes.
    const sent = (many * body) / mebibyte
    t.ok(held < 8 + 4 * sent, 'what is held is in proportion to the bytes', { held, sent })
    t.ok(during.peak < before.peak + 192 + 16 * sent, 'and so is what was needed', { during, before })
    for (const socket of sockets) socket.destroy()
  }
})

test('a connection takes little memory, and gives it back', async (t) => {
  const server = startMeasured(t, ['--auth', 'off', '--rate-limit', 'off', '--max-connections', '4096'])
  const url = await server.url
  const many = 2000
  const request = asBytes('GET', path, asked)
  // The first ones have the server make what it keeps.
  for (const socket of await open(t, url, 200, request)) socket.destroy()
  const before = await server.memory()
  for (const [kind, bytes] of Object.entries({
    'that have been answered': request,
    'that have begun a request': request.slice(0, 60),
    'that have sent nothing': '',
  })) {
    const sockets = await open(t, url, many, bytes)
    await send(connections(t, 1), url, 'GET', path, asked)
    const during = await server.memory()
    const each = ((during.live - before.live) * 1024) / many
    t.comment(`${many} connections ${kind}: ${each.toFixed(1)} KiB each`)
    t.ok(each < 32, 'a few KiB each', { each })
    const ends = sockets.map((socket) => once(socket, 'close'))
    for (const socket of sockets) socket.destroy()
    await Promise.all(ends)
  }
  await send(connections(t, 1), url, 'GET', path, asked)
  const after = await server.memory()
  t.ok(after.live - before.live < 8, 'none of it stays', { before, after })
})
