import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { type Test, test } from 'tap'
import { collectBody } from '../../src/http/body.js'

/** A request whose body is still to be pushed. */
function incoming(headers: Record<string, string> = {}): IncomingMessage {
  return Object.assign(new IncomingMessage(new Socket()), { headers })
}

function push(request: IncomingMessage, ...chunks: string[]): void {
  for (const chunk of chunks) request.push(Buffer.from(chunk))
}

/** How many bytes the buffers have together that are made while `act` runs. */
async function allocatedBy(t: Test, act: () => Promise<unknown>): Promise<number> {
  const calls = [t.capture(Buffer, 'allocUnsafe', Buffer.allocUnsafe), t.capture(Buffer, 'alloc', Buffer.alloc)]
  await act()
  const sizes = calls.flatMap((results) => results().map(({ args }) => Number(args[0])))
  for (const results of calls) results.restore()
  return sizes.reduce((sum, size) => sum + size, 0)
}

test('A body is read as it was sent, whatever its chunks', async (t) => {
  for (const chunks of [[], ['abc'], ['a', 'bc', 'defg', 'h'], ['x'.repeat(1000), 'y']]) {
    const text = chunks.join('')
    for (const headers of [{}, { 'content-length': String(text.length) }]) {
      const request = incoming(headers)
      const collected = collectBody(request, 1001)
      push(request, ...chunks)
      request.push(null)
      t.equal((await collected).toString(), text)
    }
  }
})

test('What is read is a copy: the buffers that a connection reads into are used again', async (t) => {
  const request = incoming()
  const collected = collectBody(request, 10)
  const chunk = Buffer.from('abc')
  request.push(chunk)
  request.push(null)
  const body = await collected
  chunk.fill('x')
  t.equal(body.toString(), 'abc')
})

test('The memory that a body takes follows its bytes, not its chunks', async (t) => {
  const length = 100_000
  const request = incoming()
  const allocated = await allocatedBy(t, async () => {
    const collected = collectBody(request, 2 * length)
    const chunk = Buffer.from('x')
    for (let i = 0; i < length; i += 1) request.push(chunk)
    request.push(null)
    t.equal((await collected).length, length)
  })
  t.ok(allocated >= length && allocated < 4 * length, `${allocated} bytes were allocated`)
})

test('No memory is taken for bytes that are announced and do not come', async (t) => {
  const limit = 256 * 1024 * 1024
  const request = incoming({ 'content-length': String(limit) })
  const allocated = await allocatedBy(t, async () => {
    const collected = collectBody(request, limit)
    push(request, 'abc')
    const reading = new Promise((resolve) => request.once('data', resolve))
    await reading
    request.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }))
    await t.rejects(collected, { code: 'ECONNRESET', statusCode: 400 }, 'a body that breaks off')
  })
  t.ok(allocated < 100, `${allocated} bytes were allocated`)
})

test('A body that is longer than the limit is refused, by its Content-Length before it is read', async (t) => {
  const announced = incoming({ 'content-length': '11' })
  await t.rejects(collectBody(announced, 10), { code: 'FST_ERR_CTP_BODY_TOO_LARGE', statusCode: 413 })
  t.equal(announced.readableFlowing, null)
  const chunked = incoming()
  const collected = collectBody(chunked, 10)
  push(chunked, 'x'.repeat(10), 'x')
  await t.rejects(collected, { code: 'FST_ERR_CTP_BODY_TOO_LARGE', statusCode: 413 })
  const exact = incoming({ 'content-length': '10' })
  const whole = collectBody(exact, 10)
  push(exact, 'x'.repeat(10))
  exact.push(null)
  t.equal((await whole).length, 10)
})

test('A body that is not as long as its Content-Length is refused', async (t) => {
  for (const sent of ['ab', 'abcd']) {
    const request = incoming({ 'content-length': '3' })
    const collected = collectBody(request, 10)
    push(request, sent)
    request.push(null)
    await t.rejects(collected, { code: 'FST_ERR_CTP_INVALID_CONTENT_LENGTH', statusCode: 400 })
  }
})
