// A page that follows many requests: the memory that it holds after all of them is about that after the first tenth.
// node test/console/endurance.mjs [REQUESTS]; the last line tells the counts.
import { call, endpointsPath, finish, launch, load, ok, same, serve, test, until } from './support.mjs'

const total = Number(process.argv[2] ?? 20_000)
const { browser } = await launch(['--js-flags=--expose-gc', '--enable-precise-memory-info'])

await test(`${total} requests leave the page’s memory where it was`, async () => {
  const { url, stop } = await serve('--auth', 'off', '--rate-limit', 'off')
  const page = await browser.newPage()
  await page.goto(`${url}/_emulator/console#requests`)
  ok(await until(async () => (await page.textContent('#connection')) === 'live'), 'live')
  const session = await page.context().newCDPSession(page)
  const measured = async () => {
    await page.waitForTimeout(1000)
    for (let i = 0; i < 3; i += 1) await session.send('HeapProfiler.collectGarbage')
    const { usedSize } = await session.send('Runtime.getHeapUsage')
    const { nodes } = await session.send('Memory.getDOMCounters')
    return { bytes: usedSize, nodes }
  }
  /** What is held once the page has caught up, and what it has thrown away is collected: when nothing changes any more. */
  const held = async () => {
    let before = await measured()
    for (let i = 0; i < 30; i += 1) {
      const now = await measured()
      if (now.nodes === before.nodes && Math.abs(now.bytes - before.bytes) < before.bytes * 0.02) return now
      before = now
    }
    return before
  }
  const make = (n) => ({ path: `${endpointsPath}?n=${n}` })
  const tenth = Math.round(total / 10)
  await load(url, 5000, tenth, make)
  const first = await held()
  await load(url, 5000, total - tenth, make)
  const last = await held()
  const inMiB = ({ bytes, nodes }) => `${(bytes / 1024 / 1024).toFixed(1)} MiB and ${nodes} nodes`
  process.stdout.write(`# ${inMiB(first)} after the first tenth, ${inMiB(last)} after all\n`)
  // Compiled code comes and goes by a megabyte or two; what stays of 18,000 requests, a kilobyte of each, would be eighteen.
  ok(last.bytes < first.bytes * 1.1 + 3 * 1024 * 1024, `${inMiB(first)}, then ${inMiB(last)}`)
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
