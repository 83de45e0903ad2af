// Drives the console in a real browser, and compares what it shows with what the API answers. With --write, the
// photographs are kept. The last line tells the counts.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request as proxyRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lines } from './lines.mjs'
import { pathOf, pictures, record } from './photographs.mjs'
import { accept, call, endpointsPath, finish, launch, load, ok, project, same, serve, test, until } from './support.mjs'

const isWriting = process.argv.includes('--write')
const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice('--only='.length)
const scratch = mkdtempSync(join(tmpdir(), 'console-'))
const { browser, axe } = await launch(['--host-resolver-rules=MAP evil.test 127.0.0.1'])
const axeSource = readFileSync(axe, 'utf8')
const views = ['Endpoints', 'Requests', 'Faults', 'World', 'Fidelity']

/** Every request of a page that leaves its origin, and every report of its policy; filled for as long as a page is open. */
async function open(url, { path = '/_emulator/console', viewport = { width: 1280, height: 800 }, ...options } = {}) {
  const context = await browser.newContext({ viewport, acceptDownloads: true, ...options })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await context.addInitScript(() => {
    window.policyReports = []
    document.addEventListener('securitypolicyviolation', (event) =>
      window.policyReports.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
    )
  })
  const page = await context.newPage()
  const strangers = []
  const errors = []
  page.on('request', (request) => {
    const target = request.url()
    if (/^https?:/.test(target) && new URL(target).origin !== new URL(url).origin) strangers.push(target)
  })
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    if (/Content Security Policy|Trusted/i.test(message.text())) errors.push(message.text())
  })
  page.on('dialog', (dialog) => {
    errors.push(`dialog ${dialog.message()}`)
    dialog.dismiss()
  })
  await page.goto(`${url}${path}`)
  const live = () =>
    until(() => page.evaluate(() => document.querySelector('#connection')?.textContent === 'live'), 10_000)
  /** That nothing went wrong on the page, and closes it. */
  const close = async (what) => {
    same(strangers, [], `${what}: no request leaves the origin`)
    same(errors, [], `${what}: no errors`)
    same(await page.evaluate(() => window.policyReports), [], `${what}: the policy reports nothing`)
    await context.close()
  }
  return { page, context, live, close, errors }
}

const tab = (page, name) => page.locator(`[role=tab]:has-text("${name}")`)
const rowOf = (page, id) => page.locator(`[data-endpoint="${id}"]`)
const requestRows = (page) => page.locator('[data-request]')

async function violations(page) {
  const result = await page
    .evaluate(`(() => { ${axeSource}; return axe.run(document, { resultTypes: ['violations'] }) })()`)
    .catch((error) => ({ violations: [{ id: String(error), nodes: [] }] }))
  return result.violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .slice(0, 3)
        .map(({ target }) => target.join(' '))
        .join(', ')}`,
  )
}

async function run(title, body) {
  if (only === undefined || title.includes(only)) await test(title, body)
}

await run('the URL of the emulator leads a browser to the page, and others to what Atlas says', async () => {
  const { url, stop } = await serve('--auth', 'off')
  for (const path of ['/', '/_emulator', '/_emulator/', '/_emulator/console/']) {
    const { page, live, close } = await open(url, { path })
    ok(await live(), `live from ${path}`)
    same(new URL(page.url()).pathname, '/_emulator/console', `from ${path}`)
    await close(path)
  }
  const plain = await fetch(`${url}/`)
  same([plain.status, (await plain.json()).errorCode], [404, 'RESOURCE_NOT_FOUND'], 'others get what Atlas says')
  const { headers } = await fetch(`${url}/_emulator/console`)
  ok(
    headers
      .get('content-security-policy')
      .startsWith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"),
    'policy',
  )
  ok(headers.get('content-security-policy').includes("require-trusted-types-for 'script'"), 'trusted types')
  same(
    [headers.get('referrer-policy'), headers.get('cross-origin-opener-policy')],
    ['no-referrer', 'same-origin'],
    'headers',
  )
  await stop()
})

await run('a browser that the guard refuses is told which setting opens the page', async () => {
  const { url, stop } = await serve()
  const { port } = new URL(url)
  for (const path of ['/', '/_emulator/console', '/_emulator/']) {
    const context = await browser.newContext()
    const page = await context.newPage()
    const answer = await page.goto(`http://evil.test:${port}${path}`)
    same(answer.status(), 403, path)
    const text = await page.textContent('body')
    ok(text.includes('--control-token') && text.includes('--control open'), `${path} tells the settings`)
    await context.close()
  }
  await stop()
})

await run('what another client creates appears within a second, and turns by the clock while nobody asks', async () => {
  const { url, stop, control } = await serve('--auth', 'off', '--provisioning', '1500ms', '--deletion', '500ms')
  const { page, live, close } = await open(url)
  ok(await live(), 'live')
  ok(await until(() => page.locator('text=No endpoints yet').isVisible()), 'an empty state')
  const { body } = await call(url, 'POST', endpointsPath, {
    cloudProvider: 'AWS',
    regionName: 'EU_WEST_1',
    vpcRegionName: 'EU_WEST_2',
  })
  ok(await until(() => rowOf(page, body.id).isVisible(), 1000), 'within a second')
  const shown = await rowOf(page, body.id).textContent()
  for (const text of [body.regionName, body.vpcRegionName, body.status, '▸ ACTIVE in'])
    ok(shown.includes(text), `shows ${text}: ${shown}`)
  ok(await until(async () => (await rowOf(page, body.id).textContent()).includes('● ACTIVE'), 3000), 'turns by time')
  same((await control('GET', '/requests?method=GET&count=true')).count, 0, 'and nobody has asked')
  const { body: now } = await call(url, 'GET', `${endpointsPath}/${body.id}`)
  ok(
    (await rowOf(page, body.id).textContent()).includes(now.privateEndpointConnectionName),
    'the connection that the API tells',
  )
  await call(url, 'DELETE', `${endpointsPath}/${body.id}`)
  ok(await until(async () => (await rowOf(page, body.id).textContent()).includes('DELETING'), 1000), 'DELETING')
  ok(await until(async () => (await rowOf(page, body.id).count()) === 0, 3000), 'gone')
  await close('endpoints')
  await stop()
})

await run('a demo can be told with the page alone, from an empty start', async () => {
  const { url, stop, control } = await serve()
  const { page, live, close } = await open(url)
  ok(await live(), 'live')
  await page.click('button:has-text("Load the demo world")')
  ok(await until(async () => (await control('GET', '/health')).counts.projects === 6), 'the demo is loaded')
  ok(
    await until(
      async () =>
        (await page.locator('[data-endpoint]').count()) === (await control('GET', '/health')).counts.privateEndpoints,
    ),
    'every endpoint has a row',
  )
  await page.click('[aria-label="New endpoint in analytics"]')
  await page.click('dialog button:has-text("Create")')
  ok(
    await until(
      async () => (await page.locator('[data-project="6650b2e1d3ba5f2c8e000003"] [data-endpoint]').count()) === 1,
    ),
    'created by the page',
  )
  const { requests } = await control('GET', '/requests?method=POST&operation=createBackupPrivateEndpoint')
  same(
    requests.map(({ status, requestHeaders }) => [status, requestHeaders['x-emulator-console']]),
    [[201, 'true']],
    'marked in the journal',
  )
  await page.locator('[data-project="6650b2e1d3ba5f2c8e000003"] [data-endpoint] .row-open').click()
  await page.click('dialog button:has-text("FAILED")')
  ok(
    await until(async () =>
      (await page.locator('[data-project="6650b2e1d3ba5f2c8e000003"]').textContent()).includes('No route.'),
    ),
    'moved to FAILED with its message',
  )
  await page.locator('[data-project="6650b2e1d3ba5f2c8e000003"] [data-endpoint] .row-open').click()
  await page.click('dialog button:has-text("Force")')
  ok(await until(() => page.locator('text=Atlas might never do this').isVisible()), 'force asks')
  await page.keyboard.press('Escape')
  await page.click('dialog >> text="Delete"')
  await page.locator('dialog:has-text("Delete the endpoint") button.danger').click()
  ok(
    await until(
      async () => (await page.locator('[data-project="6650b2e1d3ba5f2c8e000003"] [data-endpoint]').count()) === 0,
    ),
    'deleted, as a client would',
  )
  await page.click('[aria-label="Plan of analytics"]')
  await page.click('dialog button:has-text("Fails")')
  await page.click('dialog >> text="Set"')
  ok(
    await until(
      async () => (await control('GET', '/lifecycle')).projects['6650b2e1d3ba5f2c8e000003']?.outcome === 'FAILED',
    ),
    'a plan',
  )
  ok(
    await until(async () =>
      (await page.locator('[data-project="6650b2e1d3ba5f2c8e000003"] .plan').textContent()).includes('FAILED'),
    ),
    'is shown',
  )
  await page.click('#freeze')
  ok(await until(async () => (await control('GET', '/clock')).frozen), 'frozen')
  await page.click('button:has-text("+10 min")')
  ok(await until(async () => /\+\d+/.test(await page.textContent('#ahead'))), 'the offset is told')
  ok(
    await until(
      async () =>
        (await page.getAttribute('#clock', 'datetime')).slice(0, 19) ===
        (await control('GET', '/clock')).now.slice(0, 19),
    ),
    'the time is that of the API',
  )
  await page.click('button:has-text("Credentials")')
  for (const form of ['environment', 'curl', 'Go SDK', 'Atlas CLI']) {
    await page.locator('dialog select').nth(1).selectOption(form)
    ok(
      await until(async () => (await page.textContent('dialog pre')).includes(new URL(url).host)),
      `credentials for ${form} have the address`,
    )
  }
  await page.click('dialog button:has-text("Copy")')
  ok((await page.evaluate(() => navigator.clipboard.readText())).includes('MONGODB_ATLAS'), 'copied')
  await page.keyboard.press('Escape')
  await close('demo')
  await stop()
})

await run('requests are shown as the journal has them, a challenge and its answer as one row', async () => {
  const { url, stop, control } = await serve()
  const { page, live, close } = await open(url, { path: '/_emulator/console#requests' })
  ok(await live(), 'live')
  ok(await until(() => page.locator('text=No requests yet').isVisible()), 'an empty state')
  ok(
    await until(async () => (await page.textContent('.empty-state pre')).includes(new URL(url).host)),
    'with the address',
  )
  await page.click('button:has-text("Send it from here")')
  ok(await until(async () => (await requestRows(page).count()) === 2), 'a button that runs it')
  const curl = (...more) =>
    execFileSync('curl', [
      '-s',
      '--digest',
      '-u',
      'emulator:00000000-0000-4000-8000-000000000000',
      ...more,
      `${url}${endpointsPath}`,
    ])
  curl('-H', `Accept: ${accept}`)
  curl('-H', 'Accept: application/json')
  curl(
    '-H',
    `Accept: ${accept}`,
    '-H',
    'Content-Type: application/json',
    '-d',
    '{"cloudProvider":"AWS","regionName":"US_EAST_1","name":"x"}',
  )
  const { requests } = await control('GET', '/requests')
  same(requests.length, 8, 'of eight requests')
  const answered = requests.filter(({ challenge }) => challenge !== null)
  const answering = requests.filter(({ answers }) => answers === null).map(({ id }) => id)
  same(answering.length, 5, 'three calls by digest are three rows')
  // A challenge is a row of its own until what answers it has come.
  ok(
    await until(async () => {
      const ids = await requestRows(page).evaluateAll((rows) => rows.map((row) => Number(row.dataset.request)))
      return String(ids) === String(answering)
    }),
    'which are those that answer',
  )
  const digests = page.locator('[data-request] .tag:has-text("digest")')
  ok(await until(async () => (await digests.count()) === answered.length), 'marked digest')
  await page.check('#apart')
  ok(await until(async () => (await requestRows(page).count()) === 8), 'a switch shows them apart')
  await page.uncheck('#apart')
  // A failing client is found by what the page says.
  const refused = requests.find(({ status }) => status === 406)
  await page.fill('#filter', 'status:406')
  ok(await until(async () => (await requestRows(page).count()) === 1), 'the filter knows the journal’s terms')
  await page.click(`[data-request="${refused.id}"]`)
  ok(await until(() => page.locator('.pane .advice').isVisible()), 'advice')
  ok(
    await until(async () => (await page.textContent('.pane')).includes(refused.advice[0].replaceAll('`', ''))),
    'as the API has it',
  )
  await page.click('.pane summary:has-text("Rules it met")')
  ok(await until(async () => (await page.locator('.pane [data-claim]').count()) > 0), 'rules')
  const met = (await control('GET', `/fidelity?request=${refused.id}`)).claims.map(({ id }) => id)
  same(
    await page.locator('.pane [data-claim]').evaluateAll((items) => items.map((item) => item.dataset.claim)),
    met,
    'those of the API',
  )
  ok(met.includes('version-absent'), 'and the one that refused it')
  await page.fill('#filter', 'op:create status:4xx')
  ok(await until(async () => (await requestRows(page).count()) === 1), 'several terms')
  await page.fill('#filter', 'project:Default')
  await page.fill('#filter', '')
  await page.click('.chip:has-text("Errors")')
  const errors = requests.filter(({ status, answers }) => status >= 400 && answers === null).length
  ok(await until(async () => (await requestRows(page).count()) === errors), 'a chip for errors')
  await page.click('.chip:has-text("Errors")')
  const download = page.waitForEvent('download')
  await page.click('button:has-text("Export HAR")')
  const har = JSON.parse(readFileSync(await (await download).path(), 'utf8'))
  same(har.log.entries.length, (await control('GET', '/requests?count=true')).count, 'HAR')
  await close('requests')
  await stop()
})

await run('the page’s commands do what the API then tells', async () => {
  const { url, stop, control } = await serve('--auth', 'off')
  await call(url, 'GET', `${endpointsPath}?pretty=true`)
  const { page, live, close } = await open(url, { path: '/_emulator/console#requests' })
  ok(await live(), 'live')
  ok(await until(async () => (await requestRows(page).count()) === 1), 'the backlog')
  await requestRows(page).first().click()
  await page.click('button:has-text("Replay")')
  ok(await until(async () => (await control('GET', '/requests?limit=1')).requests[0].replayOf === 1), 'replay')
  ok(await until(async () => (await page.locator('.tag:has-text("replay of 1")').count()) === 1), 'is marked')
  await page.click('button:has-text("Copy curl")')
  const curl = await page.evaluate(() => navigator.clipboard.readText())
  ok(
    execFileSync('sh', ['-c', curl], { encoding: 'utf8' }).includes('HTTP/1.1 200'),
    'the command that is copied works',
  )
  await page.click('button:has-text("Copy as an assertion")')
  ok(
    (await page.evaluate(() => navigator.clipboard.readText())).includes(
      "operation: 'listGroupBackupPrivateEndpoints'",
    ),
    'an assertion',
  )
  await page.click('button:has-text("Copy the body")')
  ok((await page.evaluate(() => navigator.clipboard.readText())).startsWith('{"links"'), 'the raw body')
  await page.click('button:has-text("Arm a fault")')
  ok((await page.inputValue('#fault-json')).includes('listGroupBackupPrivateEndpoints'), 'a fault for requests like it')
  await page.click('form button:has-text("Arm")')
  ok(await until(async () => (await control('GET', '/faults')).faults.length === 1), 'armed')
  same((await call(url, 'GET', endpointsPath)).status, 409, 'it strikes')
  ok(await until(async () => (await page.locator('[data-fault]').textContent()).includes('11')), 'met and struck, live')
  await page.fill('#fault-json', '{"errorCode":"NO_SUCH"}')
  await page.click('form button:has-text("Arm")')
  ok(
    await until(async () => (await page.textContent('form .error-message')).includes('/errorCode')),
    'mistakes with their pointer',
  )
  for (const preset of ['Next create 429', '503 for three calls', 'Hang', 'Drop after work'])
    await page.click(`button:has-text("${preset}")`)
  ok(await until(async () => (await control('GET', '/faults')).faults.length === 5), 'presets')
  ok(await until(async () => (await tab(page, 'Faults').textContent()).includes('5')), 'counted in the tab')
  await page.click('[aria-label^="Disarm "] >> nth=0')
  ok(await until(async () => (await control('GET', '/faults')).faults.length === 4), 'disarmed')
  await tab(page, 'World').click()
  await page.click('button:has-text("Take a snapshot")')
  ok(await until(async () => (await control('GET', '/snapshots')).snapshots.length === 1), 'a snapshot')
  await page.click('[aria-label="Load the fixture demo"]')
  ok(await until(async () => (await control('GET', '/health')).counts.projects === 6), 'a fixture')
  ok(await until(async () => (await page.textContent('#panel-world')).includes('Contoso Health')), 'is shown')
  await page.click('[aria-label="Restore before"]')
  await page.click('dialog button.danger')
  ok(await until(async () => (await control('GET', '/health')).counts.projects === 1), 'restored')
  const wrong = join(scratch, 'wrong.json')
  writeFileSync(wrong, '{"organizations":[],"projects":[{"id":"x"}]}')
  await page.setInputFiles('#fixture-file', wrong)
  await page.click('dialog button.danger')
  ok(
    await until(async () => (await page.textContent('#fixture-mistakes')).includes('/projects/0')),
    'errors inline with their pointers',
  )
  await page.click('button:has-text("Reset")')
  await page.click('dialog button.danger')
  ok(await until(async () => (await control('GET', '/requests?count=true')).count === 0), 'reset')
  await call(url, 'POST', endpointsPath, { cloudProvider: 'AWS', regionName: 'US_EAST_1' })
  await tab(page, 'Fidelity').click()
  await call(url, 'GET', '/api/atlas/v2/groups/not/emulated')
  await page.click('button:has-text("Refresh")')
  const { claims } = await control('GET', '/fidelity?met=true')
  const { counts, unserved } = await control('GET', '/health')
  ok(
    await until(async () => (await page.textContent('#unserved')).startsWith(`Not emulated (${counts.unserved})`)),
    'what is not emulated is counted',
  )
  for (const path of Object.keys(unserved))
    ok(await until(async () => (await page.textContent('#unserved')).includes(path)), path)
  const chosen = claims.filter(({ label }) => label === 'chosen').length
  ok(
    await until(async () =>
      (await page.textContent('#relied')).startsWith(`This run relied on ${chosen} chosen behaviours`),
    ),
    'fidelity',
  )
  same(
    await page.locator('#panel-fidelity [data-claim]').count(),
    (await control('GET', '/fidelity')).claims.length,
    'every rule',
  )
  await page.check('#panel-fidelity input[type=checkbox]')
  ok(
    await until(async () => (await page.locator('#panel-fidelity [data-claim]').count()) === claims.length),
    'those that were met',
  )
  await close('commands')
  await stop()
})

await run('what the journal and the world hold stays text', async () => {
  const world = JSON.parse(readFileSync(new URL('../../fixtures/default.json', import.meta.url), 'utf8'))
  const evil = '</script><script>window.hacked=1</script>'
  const image = '<img src=x onerror="window.hacked=1">'
  world.projects[0].name = evil
  world.organizations[0].name = image
  const file = join(scratch, 'world.json')
  writeFileSync(file, JSON.stringify(world))
  const { url, stop, control } = await serve('--auth', 'off', '--fixtures', file)
  const { page, live, close } = await open(url)
  ok(await live(), 'live')
  await call(url, 'POST', endpointsPath, { cloudProvider: image, regionName: evil })
  await call(url, 'POST', endpointsPath, image)
  await call(url, 'GET', `/api/atlas/v2/${encodeURIComponent(image)}`, undefined, { 'x-evil': image })
  await control('POST', '/faults', { errorCode: 'MINE', status: 400, detail: image })
  await call(url, 'GET', endpointsPath)
  ok(await until(async () => (await page.textContent('#panel-endpoints')).includes(evil)), 'a project’s name')
  await page.keyboard.press('2')
  ok(await until(async () => (await requestRows(page).count()) === 4), 'requests')
  for (let i = 0; i < 4; i += 1) {
    await requestRows(page).nth(i).click()
    await page.waitForTimeout(50)
  }
  await requestRows(page).first().click()
  ok(await until(async () => (await page.textContent('.pane')).includes('onerror=')), 'a body')
  for (const key of ['3', '4', '5']) {
    await page.keyboard.press(key)
    await page.waitForTimeout(200)
  }
  same(
    await page.evaluate(() => [window.hacked, document.querySelectorAll('img, main script').length]),
    [undefined, 0].map((one) => one ?? null),
    'nothing ran',
  )
  await close('hostile')
  await stop()
})

await run('axe finds nothing, in both themes', async () => {
  const { url, stop, control } = await serve('--fixtures', 'demo')
  await call(url, 'GET', endpointsPath)
  await control('POST', '/faults', { errorCode: 'NO_CAPACITY' })
  await control('PUT', '/snapshots/one')
  for (const colorScheme of ['light', 'dark']) {
    const { page, live, close } = await open(url, { colorScheme })
    ok(await live(), 'live')
    for (const [i, view] of views.entries()) {
      await page.keyboard.press(String(i + 1))
      await page.waitForTimeout(300)
      if (view === 'Requests') await requestRows(page).first().click()
      same(await violations(page), [], `${view}, ${colorScheme}`)
      await page.keyboard.press('Escape')
    }
    await page.keyboard.press('?')
    same(await violations(page), [], `help, ${colorScheme}`)
    await page.keyboard.press('Escape')
    await page.keyboard.press('1')
    await page.locator('[data-endpoint] .row-open').first().click()
    same(await violations(page), [], `actions, ${colorScheme}`)
    await page.keyboard.press('Escape')
    await close(`axe, ${colorScheme}`)
  }
  const { page, close } = await open(url, { colorScheme: 'light' })
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const light = await background()
  await page.selectOption('#theme', 'dark')
  const dark = await background()
  ok(light !== dark, 'the theme can be chosen against the system’s')
  await page.reload()
  same(await background(), dark, 'and stays')
  await page.selectOption('#theme', 'light')
  same(await background(), light, 'both ways')
  await close('themes')
  await stop()
})

await run('every key does what the help says', async () => {
  const { url, stop, control } = await serve('--auth', 'off')
  for (let i = 0; i < 3; i += 1) await call(url, 'GET', `${endpointsPath}?n=${i}`)
  const { page, live, close } = await open(url)
  ok(await live(), 'live')
  const visible = async (id) => page.locator(`#panel-${id}`).isVisible()
  for (const [i, id] of ['endpoints', 'requests', 'faults', 'world', 'fidelity'].entries()) {
    await page.keyboard.press(String(i + 1))
    ok(await visible(id), `${i + 1}`)
    same(await page.locator('[role=tab][aria-selected=true]').getAttribute('id'), `tab-${id}`, `tab ${id}`)
  }
  await page.keyboard.press('2')
  const focused = () => page.evaluate(() => document.activeElement?.dataset?.key)
  // The page asks for what has been before it follows what is to come.
  await page.locator('#panel-requests [data-key="3"]').waitFor()
  await page.keyboard.press('j')
  same(await focused(), '3', 'j begins at the newest')
  await page.keyboard.press('k')
  same(await focused(), '2', 'k')
  await page.keyboard.press('ArrowUp')
  same(await focused(), '1', 'up')
  await page.keyboard.press('ArrowDown')
  same(await focused(), '2', 'down')
  await page.keyboard.press('Enter')
  ok(await until(async () => (await page.textContent('.pane h2')).includes('Request 2')), 'Enter')
  await page.keyboard.press('c')
  ok(await until(async () => (await page.evaluate(() => navigator.clipboard.readText())).includes('n=1')), 'c')
  await page.keyboard.press('r')
  ok(await until(async () => (await control('GET', '/requests?limit=1')).requests[0].replayOf === 2), 'r')
  await page.keyboard.press('Escape')
  ok(!(await page.locator('.pane').isVisible()), 'Esc')
  same(await focused(), '2', 'and the focus is where it was')
  await page.keyboard.press('f')
  ok((await visible('faults')) && (await page.inputValue('#fault-json')).includes('listGroup'), 'f')
  await page.locator('#fault-json').blur()
  await page.keyboard.press('/')
  await page.keyboard.press('1')
  await page.keyboard.press('/')
  same(await page.evaluate(() => document.activeElement.id), 'filter', '/')
  await page.keyboard.type('z.')
  same(
    [(await control('GET', '/clock')).frozen, await page.inputValue('#filter')],
    [false, 'z.'],
    'what is typed is no command',
  )
  await page.keyboard.press('Escape')
  same(await page.inputValue('#filter'), '', 'Esc leaves the filter')
  await page.keyboard.press('z')
  ok(await until(async () => (await control('GET', '/clock')).frozen), 'z')
  const { now } = await control('GET', '/clock')
  await page.keyboard.press('.')
  ok(await until(async () => Date.parse((await control('GET', '/clock')).now) - Date.parse(now) === 600_000), '.')
  await page.keyboard.press('z')
  ok(await until(async () => !(await control('GET', '/clock')).frozen), 'z again')
  await page.keyboard.press('?')
  ok(await until(() => page.locator('dialog:has-text("Keys")').isVisible()), '?')
  await page.keyboard.press('Escape')
  await page.locator('#tab-endpoints').focus()
  await page.keyboard.press('ArrowRight')
  ok(await visible('requests'), 'arrows move within the tabs')
  await page.keyboard.press('End')
  ok(await visible('fidelity'), 'End')
  await close('keys')
  await stop()
})

await run('320 px wide, and at 200 %, nothing scrolls sideways', async () => {
  const { url, stop } = await serve('--fixtures', 'demo')
  await call(url, 'GET', `/api/atlas/v2/${'a-long-word-without-an-end-'.repeat(12)}`)
  for (const [what, options] of [
    ['320 px', { viewport: { width: 320, height: 640 } }],
    ['200 %', { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }],
  ]) {
    const { page, live, close } = await open(url, options)
    ok(await live(), 'live')
    const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)
    for (const [i, view] of views.entries()) {
      await page.keyboard.press(String(i + 1))
      await page.waitForTimeout(300)
      ok(await fits(), `${what}: ${view}`)
    }
    await page.keyboard.press('2')
    await requestRows(page).first().click()
    ok(await until(() => page.locator('dialog.sheet').isVisible()), `${what}: the detail is a dialog`)
    ok(
      await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.querySelector('dialog.sheet')
        return scrollWidth <= clientWidth
      }),
      `${what}: the dialog`,
    )
    same(await violations(page), [], `${what}: axe`)
    await page.keyboard.press('Escape')
    ok(await until(async () => !(await page.locator('dialog.sheet').isVisible())), `${what}: Esc`)
    await close(what)
  }
  await stop()
})

await run('a control token is asked for once, and is in no URL', async () => {
  const { url, stop, control } = await serve('--control-token', 's3cret', '--auth', 'off')
  const { page, live, close, errors, context } = await open(url, { path: '/' })
  const urls = []
  page.on('request', (request) => urls.push(request.url()))
  await page.waitForSelector('#token')
  await page.fill('#token', 'wrong')
  await page.keyboard.press('Enter')
  ok(await until(async () => (await page.locator('text=That is not the token').count()) === 1), 'a wrong one')
  await page.fill('#token', 's3cret')
  await page.keyboard.press('Enter')
  ok(await live(), 'live')
  await page.reload()
  ok(await live(), 'not asked for again')
  await call(url, 'POST', endpointsPath, { cloudProvider: 'AWS', regionName: 'EU_WEST_1' })
  ok(await until(async () => (await page.locator('[data-endpoint]').count()) === 1), 'follows')
  ok(urls.length > 5 && urls.every((one) => !one.includes('s3cret')), 'in no URL')
  same(
    await page.evaluate(() => [
      JSON.stringify(localStorage).includes('s3cret'),
      JSON.stringify(sessionStorage).includes('s3cret'),
    ]),
    [false, true],
    'kept for the session',
  )
  same((await control('GET', '/clock')).status, 401, 'the API asks for it')
  errors.length = 0
  await close('token')
  ok(context !== undefined, 'closed')
  await stop()
})

await run('a server that goes and comes back is followed again', async () => {
  const first = await serve('--auth', 'off')
  const { port } = new URL(first.url)
  const { page, live, close } = await open(first.url)
  ok(await live(), 'live')
  await call(first.url, 'POST', endpointsPath, { cloudProvider: 'AWS', regionName: 'EU_WEST_1' })
  ok(await until(async () => (await page.locator('[data-endpoint]').count()) === 1), 'an endpoint')
  await first.stop()
  ok(await until(async () => /^reconnecting in \d+ s$/.test(await page.textContent('#connection'))), 'reconnecting')
  await page.waitForTimeout(2100)
  const second = await serve('--auth', 'off', '--port', port)
  ok(await until(async () => (await page.textContent('#connection')) === 'live', 20_000), 'live again')
  ok(
    await until(async () => (await page.locator('[data-endpoint]').count()) === 0),
    'the world is that of the new process',
  )
  await page.keyboard.press('2')
  ok(await until(async () => (await requestRows(page).count()) === 0), 'and so are the requests')
  await call(second.url, 'GET', endpointsPath)
  ok(await until(async () => (await requestRows(page).count()) === 1, 1000), 'followed')
  await page.click('#connection')
  ok(await until(async () => (await page.textContent('#connection')) === 'stopped'), 'stopped by a person')
  await call(second.url, 'GET', endpointsPath)
  await page.click('#connection')
  ok(await until(async () => (await requestRows(page).count()) === 2), 'what was missed comes')
  await close('comes back')
  await second.stop()
})

await run('a thousand requests a second do not freeze it', async () => {
  const { url, stop } = await serve('--auth', 'off', '--rate-limit', 'off')
  const { page, live, close } = await open(url, { path: '/_emulator/console#requests' })
  ok(await live(), 'live')
  await page.evaluate(() => {
    window.longest = 0
    let last = performance.now()
    const beat = () => {
      const now = performance.now()
      window.longest = Math.max(window.longest, now - last)
      last = now
      requestAnimationFrame(beat)
    }
    requestAnimationFrame(beat)
  })
  const switchViews = async () => {
    const began = performance.now()
    await tab(page, 'Faults').click()
    await page.waitForSelector('#panel-faults:not([hidden])')
    await tab(page, 'Requests').click()
    return performance.now() - began
  }
  const get = (n) => ({ path: `${endpointsPath}?n=${n}` })
  // What the machine makes of the same load while the page does not follow.
  await page.click('#connection')
  const unfollowed = load(url, 1000, 3000, get)
  await page.waitForTimeout(1000)
  const usual = await switchViews()
  await unfollowed
  const usualFrame = await page.evaluate(() => window.longest)
  await page.click('#connection')
  ok(await live(), 'live')
  await page.evaluate(() => {
    window.longest = 0
  })
  const loading = load(url, 1000, 6000, get)
  await page.waitForTimeout(2000)
  const switching = await switchViews()
  ok(switching < 1000 + 3 * usual, `two views in ${Math.round(switching)} ms, without load in ${Math.round(usual)} ms`)
  same(await loading, 6000, 'all are answered')
  ok(await until(async () => (await page.locator('tr.skipped').count()) > 0), 'what is too much is summed up')
  ok(/… \d+ requests/.test(await page.locator('tr.skipped').last().textContent()), 'as a number')
  const rows = await page.locator('.requests tbody tr').count()
  ok(rows <= 1000, `${rows} rows`)
  const longest = await page.evaluate(() => window.longest)
  ok(
    longest < 2000 + 3 * usualFrame,
    `the longest frame took ${Math.round(longest)} ms, unfollowed ${Math.round(usualFrame)} ms`,
  )
  process.stdout.write(
    `# two views in ${Math.round(switching)} ms (${Math.round(usual)} unfollowed), longest frame ${Math.round(longest)} ms (${Math.round(usualFrame)}), ${rows} rows\n`,
  )
  await close('a thousand')
  await stop()
})

await run('the page works behind a path prefix, and nothing of it is in the journal', async () => {
  const { url, stop, control } = await serve('--auth', 'off')
  const { hostname, port } = new URL(url)
  const proxy = createServer((request, response) => {
    if (!request.url.startsWith('/deep/prefix/')) {
      response.writeHead(404).end()
      return
    }
    const passed = proxyRequest(
      {
        hostname,
        port,
        method: request.method,
        path: request.url.slice('/deep/prefix'.length),
        headers: { ...request.headers },
      },
      (answer) => {
        response.writeHead(answer.statusCode, answer.headers)
        answer.pipe(response)
      },
    )
    passed.on('error', () => response.destroy())
    response.on('close', () => passed.destroy())
    request.pipe(passed)
  })
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { page, live, close } = await open(`http://127.0.0.1:${proxy.address().port}`, { path: '/deep/prefix/' })
  ok(await live(), 'live')
  for (const key of ['2', '3', '4', '5', '1']) {
    await page.keyboard.press(key)
    await page.waitForTimeout(100)
  }
  same((await control('GET', '/requests?count=true')).count, 0, 'nothing is in the journal')
  await page.click('button:has-text("+ endpoint") >> nth=0')
  await page.click('dialog button:has-text("Create")')
  ok(await until(async () => (await page.locator('[data-endpoint]').count()) === 1), 'a real create')
  await close('prefix')
  proxy.closeAllConnections()
  await new Promise((resolve) => proxy.close(resolve))
  await stop()
})

await run('with the journal off, the page says which flag turns it on', async () => {
  const { url, stop } = await serve('--journal', 'off')
  const { page, live, close } = await open(url, { path: '/_emulator/console#requests' })
  ok(await live(), 'live')
  ok(
    await until(async () => (await page.textContent('#panel-requests .empty-state')).includes('--journal')),
    'the flag',
  )
  await close('journal off')
  await stop()
})

await lines({
  run,
  open,
  curl: (url, path, ...more) => execFileSync('curl', ['-s', '--digest', ...more, `${url}${path}`]),
})

await run('photographs are taken of the page as it should be', async () => {
  const { url, stop, control } = await serve('--fixtures', 'demo', '--seed', '42')
  await control('POST', '/clock', { freeze: '2026-11-26T12:04:31Z' })
  const demo = '/api/atlas/v2/groups/6650b2e1d3ba5f2c8e000001/backup/AWS/privateEndpoints'
  const { apiKeys } = await control('GET', '/state?secrets=true')
  const owner = apiKeys.find(({ publicKey }) => publicKey === 'nwowners')
  const curl = (path, ...more) =>
    execFileSync('curl', ['-s', '--digest', '-u', `${owner.publicKey}:${owner.privateKey}`, ...more, `${url}${path}`])
  const json = ['-H', `Accept: ${accept}`, '-H', 'Content-Type: application/json']
  curl(demo, '-H', `Accept: ${accept}`)
  curl('/api/atlas/v2/groups', '-H', `Accept: ${accept}`)
  curl(demo, '-H', 'Accept: application/json')
  curl(demo, ...json, '-d', '{"cloudProvider":"AWS","regionName":"EU_CENTRAL_1"}')
  curl(demo, ...json, '-d', '{"cloudProvider":"AWS","regionName":"EU_CENTRAL_1"}')
  await control('POST', '/faults', { errorCode: 'SERVICE_UNAVAILABLE', when: { times: 1 }, match: { method: 'GET' } })
  curl(demo, '-H', `Accept: ${accept}`)
  curl(demo, ...json, '-d', '{"cloudProvider":"AWS","regionName":"EU_NORTH_1","name":"backup"}')
  for (const theme of ['light', 'dark']) {
    const { page, live, close } = await open(url, { colorScheme: theme, viewport: { width: 1360, height: 800 } })
    ok(await live(), 'live')
    const { privateEndpoints } = (await control('GET', '/health')).counts
    ok(await until(async () => (await page.locator('[data-endpoint]').count()) === privateEndpoints), 'every endpoint')
    const shoot = (name) => page.screenshot({ path: isWriting ? pathOf(name) : join(scratch, name) })
    await page.locator('[data-project="6650b2e1d3ba5f2c8e000001"]').scrollIntoViewIfNeeded()
    await shoot(`endpoints-${theme}.png`)
    await page.keyboard.press('2')
    ok(await until(async () => (await requestRows(page).count()) === 7), 'seven calls')
    await requestRows(page).last().click()
    ok(
      await until(async () => (await page.textContent('.pane')).includes('Atlas does not know the field name')),
      'advice',
    )
    await page.mouse.move(0, 0)
    await page.waitForTimeout(300)
    await shoot(`requests-${theme}.png`)
    await close(`photographs, ${theme}`)
  }
  if (isWriting) record()
  same(pictures.length, 4, 'pictures')
  await stop()
})

await browser.close()
rmSync(scratch, { recursive: true, force: true })
ok(project !== '', 'done')
finish()
