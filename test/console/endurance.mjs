// A page that follows many requests: the memory that it holds after all of them is that after the first tenth, give or
// take a tenth. Where the first tenth does not fill the page, more count as first.
// node test/console/endurance.mjs [REQUESTS]; the last line tells the counts.
import { call, endpointsPath, finish, flood, launch, ok, same, serve, test, until } from './support.mjs'

const total = Number(process.argv[2] ?? 60_000)
const { browser } = await launch(['--js-flags=--expose-gc', '--enable-precise-memory-info'])

/** Counts, in the page, the events that its stream brings, and those that the stream says were missed. */
function countEvents() {
  window.told = { requests: 0, missed: 0 }
  const { read } = ReadableStreamDefaultReader.prototype
  const decoder = new TextDecoder()
  const [request, gap] = ['event: request\n', 'event: gap\ndata: {"missed":']
  let rest = ''
  const countIn = (text, words, found) => {
    let at = text.indexOf(words)
    for (; at >= 0; at = text.indexOf(words, at + words.length)) found(at + words.length)
  }
  ReadableStreamDefaultReader.prototype.read = async function () {
    const result = await read.call(this)
    if (result.value) {
      const text = rest + decoder.decode(result.value, { stream: true })
      const end = text.lastIndexOf('\n\n') + 2
      const whole = text.slice(0, end)
      countIn(whole, request, () => {
        window.told.requests += 1
      })
      countIn(whole, gap, (at) => {
        window.told.missed += Number.parseInt(whole.slice(at, at + 12), 10)
      })
      rest = text.slice(end)
    }
    return result
  }
}

await test(`${total} requests leave the page’s memory where it was`, async () => {
  const { url, stop } = await serve('--auth', 'off', '--rate-limit', 'off')
  const page = await browser.newPage()
  await page.addInitScript(countEvents)
  await page.goto(`${url}/_emulator/console#requests`)
  ok(await until(async () => (await page.textContent('#connection')) === 'live'), 'live')
  const session = await page.context().newCDPSession(page)
  const measured = async () => {
    await page.waitForTimeout(500)
    for (let i = 0; i < 3; i += 1) await session.send('HeapProfiler.collectGarbage')
    const { usedSize } = await session.send('Runtime.getHeapUsage')
    const { nodes } = await session.send('Memory.getDOMCounters')
    return { bytes: usedSize, nodes }
  }
  const told = () => page.evaluate(() => window.told)
  /** What is held once the page has been told of `sent` requests, and what it has thrown away is collected. */
  const held = async (sent) => {
    const isTold = async () => {
      const { requests, missed } = await told()
      return requests + missed === sent
    }
    ok(await until(isTold, 60_000), `told of ${sent} requests: ${JSON.stringify(await told())}`)
    let before = await measured()
    for (let i = 0; i < 30; i += 1) {
      const now = await measured()
      if (now.nodes === before.nodes && Math.abs(now.bytes - before.bytes) < before.bytes * 0.005) return now
      before = now
    }
    return before
  }
  const pathOf = (n) => `${endpointsPath}?n=${n}`
  const tenth = Math.round(total / 10)
  const began = performance.now()
  let early = 0
  // The page keeps 2,000 rows, and makes some 200 in a second.
  while (early < tenth || performance.now() - began < 12_000) {
    await flood(url, 2000, pathOf)
    early += 2000
  }
  const first = await held(early)
  const late = Math.max(total - early, early)
  await flood(url, late, pathOf)
  const last = await held(early + late)
  const seconds = Math.round((performance.now() - began) / 1000)
  const inKiB = ({ bytes, nodes }) => `${Math.round(bytes / 1024)} KiB and ${nodes} nodes`
  const { missed } = await told()
  process.stdout.write(
    `# ${inKiB(first)} after ${early} requests, ${inKiB(last)} after ${early + late}, of which ${missed} were missed; in ${seconds} s\n`,
  )
  // Code that the browser compiles comes and goes in a small page: tens of kilobytes.
  ok(last.bytes < first.bytes * 1.1, `${inKiB(first)}, then ${inKiB(last)}`)
  ok(last.nodes < first.nodes * 1.1, 'nodes')
  ok((await page.locator('.requests tbody tr').count()) <= 1000, 'rows')
  const { status } = await call(url, 'POST', endpointsPath, { cloudProvider: 'AWS', regionName: 'EU_WEST_1' })
  same(status, 201, 'a create')
  await page.keyboard.press('1')
  ok(await until(async () => (await page.locator('[data-endpoint]').count()) === 1), 'and the page follows still')
  await page.close()
  await stop()
})

await browser.close()
finish()
