import { once } from 'node:events'
import { get } from 'node:http'
import { test } from 'tap'
import { path } from '../support/emulator.js'
import { asBytes, load, startMeasured } from './load.js'
import { scaled } from './support.js'

const asked = { accept: 'application/vnd.atlas.2025-03-12+json' }

test('a million events leave the memory of a server bounded, be its followers fast, slow or gone', async (t) => {
  const server = startMeasured(t, ['--auth', 'off', '--rate-limit', 'off'])
  const url = await server.url
  const follow = async () => {
    const request = get(`${url}/_emulator/events`, { agent: false })
    request.on('error', () => {})
    const [response] = await once(request, 'response')
    t.teardown(() => request.destroy())
    return { request, response }
  }
  let events = 0
  let missed = 0
  const fast = await follow()
  let rest = ''
  fast.response.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n\n')
    rest = parts.pop() as string
    for (const part of parts) {
      const [, gap] = /event: gap\ndata: \{"missed":(\d+)\}/.exec(part) ?? []
      if (gap !== undefined) missed += Number(gap)
      else if (part.includes('event: request')) events += 1
    }
  })
  // One that reads nothing, and one that goes.
  const slow = await follow()
  slow.response.pause()
  const gone = await follow()
  gone.request.destroy()
  const list = asBytes('GET', path, asked)
  const tenth = scaled(4000, 100_000)
  await load(url, 8, tenth, () => list)
  const first = await server.memory()
  await load(url, 8, tenth * 9, () => list)
  const last = await server.memory()
  while (events + missed < tenth * 10) await once(fast.response, 'data')
  t.comment(
    `${first.live.toFixed(1)} MiB after the first tenth, then ${last.live.toFixed(1)}; ${events} told, ${missed} skipped`,
  )
  t.equal(events + missed, tenth * 10, 'what is not told is told to be missed')
  t.ok(last.live < first.live * 1.1, 'no more is kept')
})
