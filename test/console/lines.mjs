// What the page promises line by line, each held against what the API answers.
import { readFileSync } from 'node:fs'
import { accept, call, endpointsPath, ok, project, same, serve, until } from './support.mjs'

const key = 'emulator:00000000-0000-4000-8000-000000000000'
const storefront = '[data-project="6650b2e1d3ba5f2c8e000001"]'

/** Drops a file on the page, as a person does with a mouse. */
async function drop(page, name, text) {
  const transfer = await page.evaluateHandle(
    ([fileName, content]) => {
      const made = new DataTransfer()
      made.items.add(new File([content], fileName, { type: 'application/json' }))
      return made
    },
    [name, text],
  )
  await page.dispatchEvent('#main', 'dragover', { dataTransfer: transfer })
  await page.dispatchEvent('#main', 'drop', { dataTransfer: transfer })
}

const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText())

/** @param tools what `run.mjs` has for its own tests */
export async function lines({ run, open, curl }) {
  await run('a hidden tab draws nothing, and has caught up when it is shown', async () => {
    const { url, stop, control } = await serve('--auth', 'off', '--provisioning', '200ms')
    const { page, live, close } = await open(url, { path: '/_emulator/console#requests' })
    ok(await live(), 'live')
    await call(url, 'GET', endpointsPath)
    ok(await until(async () => (await page.locator('[data-request]').count()) === 1), 'one request')
    const setHidden = (isHidden) =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => value })
        document.dispatchEvent(new Event('visibilitychange'))
      }, isHidden)
    await setHidden(true)
    await page.waitForTimeout(300)
    await page.evaluate(() => {
      window.drawings = 0
      const options = { childList: true, subtree: true, characterData: true, attributes: true }
      new MutationObserver((changes) => {
        window.drawings += changes.length
      }).observe(document.body, options)
    })
    for (let i = 0; i < 30; i += 1) await call(url, 'GET', `${endpointsPath}?n=${i}`)
    const { body } = await call(url, 'POST', endpointsPath, { cloudProvider: 'AWS', regionName: 'EU_WEST_1' })
    await control('POST', '/faults', { errorCode: 'NO_CAPACITY', match: { method: 'DELETE' } })
    await page.waitForTimeout(6000)
    same(await page.evaluate(() => window.drawings), 0, 'nothing is drawn, and nothing said')
    await setHidden(false)
    const { requests } = await control('GET', '/requests')
    ok(await until(async () => (await page.locator('[data-request]').count()) === requests.length, 1000), 'caught up')
    same(
      await page.locator('[data-request]').evaluateAll((rows) => rows.map((row) => Number(row.dataset.request))),
      requests.map(({ id }) => id),
      'with what the journal has',
    )
    ok(await until(async () => (await page.textContent('#tab-faults')).includes('1')), 'and the fault')
    await page.keyboard.press('1')
    const { body: now } = await call(url, 'GET', `${endpointsPath}/${body.id}`)
    same(now.status, 'ACTIVE', 'a status that has turned')
    ok((await page.textContent(`[data-endpoint="${body.id}"]`)).includes(`● ${now.status}`), 'is shown')
    await close('hidden')
    await stop()
  })

  await run('who wants less motion gets none', async () => {
    const { url, stop } = await serve('--fixtures', 'demo')
    for (const [reducedMotion, isMoving] of [
      ['reduce', false],
      ['no-preference', true],
    ]) {
      const { page, live, close } = await open(url, { reducedMotion })
      ok(await live(), 'live')
      ok(await until(async () => (await page.locator('[data-endpoint]').count()) > 0), 'endpoints')
      for (const pressed of ['1', '2', '3', '4', '5', '?']) {
        await page.keyboard.press(pressed)
        await page.waitForTimeout(100)
        const moving = await page.evaluate(() => {
          const isLong = (times) => times.split(',').some((time) => Number.parseFloat(time) > 0)
          return [...document.querySelectorAll('*')].filter((element) => {
            const { transitionDuration, animationDuration, animationName, scrollBehavior } = getComputedStyle(element)
            const isAnimated = animationName !== 'none' && isLong(animationDuration)
            return isLong(transitionDuration) || isAnimated || scrollBehavior === 'smooth'
          }).length
        })
        same(moving > 0, isMoving, `${reducedMotion}, ${pressed}: ${moving} elements move`)
      }
      await close(reducedMotion)
    }
    await stop()
  })

  await run(
    'a fixture that is dropped on the page is the world then, and a wrong one is told with its places',
    async () => {
      const { url, stop, control } = await serve()
      const { page, live, close } = await open(url)
      ok(await live(), 'live')
      const demo = readFileSync(new URL('../../fixtures/demo.json', import.meta.url), 'utf8')
      await drop(page, 'demo.json', demo)
      await page.locator('dialog:has-text("Replace the world by this file?") >> text="Cancel"').click()
      same((await control('GET', '/health')).counts.projects, 1, 'who says no keeps the world')
      await drop(page, 'demo.json', demo)
      await page.click('dialog button.danger')
      ok(
        await until(async () => (await control('GET', '/health')).counts.projects === 6),
        'the world is that of the file',
      )
      ok(await page.locator('#panel-world').isVisible(), 'and is shown')
      const { organizations } = await control('GET', '/state')
      ok(
        await until(async () => (await page.textContent('#panel-world')).includes(organizations[0].name)),
        'as the API has it',
      )
      same(await page.locator('#fixture-mistakes li').count(), 0, 'without a mistake')
      const wrong = { organizations: [], projects: [{ id: 'x', name: 7 }] }
      const { errors } = await control('PUT', '/state', wrong)
      await drop(page, 'wrong.json', JSON.stringify(wrong))
      await page.click('dialog button.danger')
      ok(
        await until(async () => (await page.locator('#fixture-mistakes li').count()) === errors.length),
        'every mistake',
      )
      same(
        await page.locator('#fixture-mistakes li').allTextContents(),
        errors.map(({ pointer, detail }) => `${pointer}: ${detail}`),
        'inline, with its pointer, as the API tells them',
      )
      same((await control('GET', '/health')).counts.projects, 6, 'and the world is what it was')
      await drop(page, 'no.json', '{"organizations":')
      ok(
        await until(async () => /JSON/.test(await page.textContent('#fixture-mistakes'))),
        'what is no JSON is said, too',
      )
      await close('drop')
      await stop()
    },
  )

  await run('those who do not see the page are told what has happened, in summaries', async () => {
    const { url, stop, control } = await serve('--auth', 'off', '--provisioning', 'manual')
    const { page, live, close } = await open(url)
    ok(await live(), 'live')
    same(
      await page.locator('#summary').evaluate(({ role, ariaLive }) => [role, ariaLive]),
      ['status', 'polite'],
      'a polite live region',
    )
    const told = (words) => until(async () => (await page.textContent('#summary')).includes(words), 12_000)
    ok(await told('Connection: live.'), 'the connection')
    await call(url, 'GET', endpointsPath)
    ok(await told('1 new request.'), 'one request')
    for (let i = 0; i < 3; i += 1) await call(url, 'GET', `${endpointsPath}?n=${i}`)
    const { body } = await call(url, 'POST', endpointsPath, { cloudProvider: 'AWS', regionName: 'EU_WEST_1' })
    ok(await told(`4 new requests. Endpoint ${body.regionName} is ${body.status}.`), 'several, and an endpoint')
    await control('PATCH', `/privateEndpoints/${body.id}`, { status: 'ACTIVE' })
    ok(await until(() => page.locator('.status.ACTIVE').isVisible()), 'it is active')
    await page.click('#connection')
    ok(await told('Connection: stopped. Endpoint EU_WEST_1 is ACTIVE.'), 'what has become of it, and of the connection')
    await close('summaries')
    await stop()
  })

  await run('the head of the page tells where the emulator is, and moves its clock', async () => {
    const { url, stop, control } = await serve('--auth', 'off')
    const { page, live, close } = await open(url)
    ok(await live(), 'live')
    await page.click('[title="Copy the address"]')
    ok(await until(async () => (await clipboard(page)) === url), 'the address is copied')
    ok((await page.textContent('#header')).includes('memory'), 'where the world is kept')
    ok((await page.textContent('h1')).includes((await control('GET', '/health')).version), 'the version')
    const set = async (moment) => {
      await page.click('button:has-text("Set…")')
      await page.fill('dialog input', moment)
      await page.click('dialog button:has-text("Freeze there")')
    }
    await set('2031-02-03T04:05:06Z')
    ok(await until(async () => (await control('GET', '/clock')).now === '2031-02-03T04:05:06.000Z'), 'a moment is set')
    ok((await control('GET', '/clock')).frozen, 'and the clock stands still there')
    ok(
      await until(async () => (await page.textContent('#clock')) === '2031-02-03 04:05:06'),
      'which is shown with its day',
    )
    ok(await until(async () => (await page.textContent('#ahead')).endsWith('frozen')), 'as frozen')
    ok(!(await page.locator('dialog').isVisible()), 'the dialog is gone')
    const { detail } = await control('POST', '/clock', { freeze: 'tomorrow' })
    await set('tomorrow')
    ok(
      await until(async () => (await page.textContent('dialog .toast')) === detail),
      'a wrong moment: what the API says',
    )
    ok(await page.locator('dialog').isVisible(), 'and the dialog stays')
    await page.keyboard.press('Escape')
    for (const [label, seconds] of [
      ['+1 s', 1],
      ['+1 min', 60],
    ]) {
      const before = Date.parse((await control('GET', '/clock')).now)
      await page.click(`button:has-text("${label}")`)
      const isLater = async () => Date.parse((await control('GET', '/clock')).now) - before === seconds * 1000
      ok(await until(isLater), label)
    }
    await page.click('#freeze')
    ok(await until(async () => !(await control('GET', '/clock')).frozen), 'it goes on')
    const first = await page.getAttribute('#clock', 'datetime')
    ok(await until(async () => (await page.getAttribute('#clock', 'datetime')) > first, 3000), 'and ticks')
    await close('header')
    await stop()
  })

  await run('a refused request says which rule refused it', async () => {
    const { url, stop, control } = await serve()
    const { page, live, close } = await open(url, { path: '/_emulator/console#requests' })
    ok(await live(), 'live')
    const factOf = (name) => page.locator(`.pane dt:text-is("${name}") + dd`).textContent()
    const openNewest = async () => {
      const [newest] = (await control('GET', '/requests?limit=1')).requests
      await page.locator(`[data-request="${newest.id}"]`).click()
      ok(await until(async () => (await page.textContent('.pane h2')) === `Request ${newest.id}`), 'opened')
      return newest
    }
    await fetch(`${url}${endpointsPath}`, { headers: { accept } })
    const bare = await openNewest()
    same([bare.status, bare.refusal], [401, null], 'without credentials the API names no reason')
    ok(
      (await factOf('Refused because')).startsWith('it had no credentials; a client answers the challenge by Digest'),
      'and the page tells what a client does',
    )
    for (const [user, words] of [
      ['emulator:wrong', 'the private key is another one'],
      ['nobody:wrong', 'no API key of this world'],
    ]) {
      curl(url, endpointsPath, '-u', user, '-H', `Accept: ${accept}`)
      const { id, refusal } = await openNewest()
      const said = await factOf('Refused because')
      ok(refusal !== null && said.startsWith(`${refusal}: ${words}`), `${user}: ${said}`)
      ok((await page.textContent(`[data-request="${id}"]`)).includes(refusal), 'the row has it, too')
    }
    curl(url, endpointsPath, '-u', key, '-H', `Accept: ${accept}`)
    const served = await openNewest()
    const bucket = served.responseHeaders
    same(
      await factOf('Token bucket'),
      `${Number(bucket['ratelimit-remaining']) + 1} of ${bucket['ratelimit-limit']} before, ${bucket['ratelimit-remaining']} after`,
      'the bucket before and after',
    )
    const [, date] = /vnd\.atlas\.([0-9-]+)\+json/.exec(served.responseHeaders['content-type'])
    same(await factOf('Version'), `2025-03-12 asked for, ${date} served`, 'the version asked for and served')
    const headers = await page.locator('.pane [aria-label="Answer: headers"]').textContent()
    same(
      headers.split('\n'),
      Object.entries(served.responseHeaders).map(([name, value]) => `${name}: ${value}`),
      'every header of the answer',
    )
    same(
      JSON.parse(await page.locator('.pane [aria-label="Answer: body"]').textContent()),
      served.responseBody,
      'and its body',
    )
    const { projects } = await control('GET', '/state')
    ok(
      (await page.textContent(`[data-request="${served.id}"] th`)).includes(`/groups/${projects[0].name}/backup`),
      'the path has the name of the project',
    )
    ok(!(await page.textContent(`[data-request="${served.id}"] th`)).includes(project), 'in the place of its id')
    await close('refused')
    await stop()
  })

  await run('an endpoint’s menu has what Atlas would do next, and the rest by force', async () => {
    const { url, stop, control } = await serve('--fixtures', 'demo', '--provisioning', '60s')
    const { page, live, close } = await open(url)
    ok(await live(), 'live')
    const { successors, statuses } = await control('GET', '/console/vocabulary.json')
    const all = async () => {
      const { projects } = await control('GET', '/state')
      return projects.flatMap(({ privateEndpoints = [] }) => privateEndpoints)
    }
    const rowOf = ({ id }) => page.locator(`[data-endpoint="${id}"]`)
    ok(await until(async () => (await page.locator('[data-endpoint]').count()) > 5), 'endpoints')
    for (const endpoint of await all()) {
      const text = await rowOf(endpoint).textContent()
      for (const word of [endpoint.status, endpoint.errorMessage, endpoint.privateEndpointConnectionName])
        ok(text.includes(word ?? ''), `${endpoint.id} shows ${word}`)
      await rowOf(endpoint).locator('.row-open').click()
      const offered = (
        await page.locator('dialog h3:text-is("As Atlas would") ~ p').first().locator('button').allTextContents()
      )
        .map((one) => (one.includes('Reject') ? 'PENDING_RECREATION' : one.split(' ')[1]))
        .sort()
      same(offered, successors[endpoint.status].filter((one) => one !== 'DELETING').sort(), `after ${endpoint.status}`)
      same(await page.locator('dialog select option').allTextContents(), statuses, 'any by force')
      await page.keyboard.press('Escape')
    }
    const active = (await all()).find(({ status }) => status === 'ACTIVE')
    const before = (await all()).length
    await rowOf(active).locator('.row-open').click()
    await page.click('dialog button:has-text("Reject")')
    ok(await until(async () => (await all()).length === before + 1), 'what is rejected is made once more')
    ok(await until(async () => (await page.locator('[data-endpoint]').count()) === before + 1), 'beside it')
    ok(await until(async () => (await rowOf(active).textContent()).includes('↻ PENDING_RECREATION')), 'its status')
    const failed = (await all()).find(({ status }) => status === 'FAILED')
    await rowOf(failed).locator('.row-open').click()
    await page.selectOption('dialog select', 'ACTIVE')
    await page.click('dialog button:has-text("Force")')
    same((await all()).find(({ id }) => id === failed.id).status, 'FAILED', 'nothing without a yes')
    await page.click('dialog button:has-text("Do it")')
    ok(await until(async () => (await all()).find(({ id }) => id === failed.id).status === 'ACTIVE'), 'by force')
    await page.click(`${storefront} [aria-label^="New endpoint"]`)
    await page.locator('dialog select').first().selectOption('SA_EAST_1')
    await page.click('dialog button:has-text("Create")')
    const next = page.locator(`${storefront} .next:has-text("▸ ACTIVE in")`)
    ok(await until(async () => (await next.count()) >= 1), 'a countdown')
    const first = await next.last().textContent()
    ok(await until(async () => (await next.last().textContent()) !== first, 3000), 'that counts')
    await page.fill('#filter', 'status:failed')
    const failing = (await all()).filter(({ status }) => status === 'FAILED').length
    ok(await until(async () => (await page.locator('[data-endpoint]').count()) === failing), 'a filter')
    await close('menu')
    await stop()
  })

  await run(
    'the list follows the newest until one scrolls up, and its chips and terms choose as the API does',
    async () => {
      const { url, stop, control } = await serve('--auth', 'off', '--fixtures', 'default')
      const { page, live, close } = await open(url, { path: '/_emulator/console#requests' })
      ok(await live(), 'live')
      for (let i = 0; i < 60; i += 1) await call(url, 'GET', `${endpointsPath}?n=${i}`)
      await call(url, 'GET', '/api/atlas/v2/orgs/none/teams/at/all')
      await call(url, 'GET', endpointsPath, undefined, { accept: 'application/json' })
      await control('POST', '/faults', { errorCode: 'SERVICE_UNAVAILABLE', when: { times: 2 } })
      for (let i = 0; i < 2; i += 1) await call(url, 'GET', `${endpointsPath}?fault=${i}`)
      const count = () => page.locator('[data-request]').count()
      ok(await until(async () => (await count()) === 64), 'all of them')
      const isAtEnd = () =>
        page.locator('.scroller').evaluate((one) => one.scrollHeight - one.scrollTop - one.clientHeight < 40)
      ok(await until(isAtEnd), 'it follows')
      await page.locator('.scroller').evaluate((one) => one.scrollTo(0, 0))
      ok(await until(() => page.locator('.latest').isVisible()), 'who scrolls up is offered the way back')
      await call(url, 'GET', `${endpointsPath}?late`)
      ok(await until(async () => (await count()) === 65), 'and gets what is new')
      same(await page.locator('.scroller').evaluate((one) => one.scrollTop), 0, 'without being moved')
      await page.click('.latest')
      ok(await until(isAtEnd), 'until they go back')
      const shown = () =>
        page.locator('[data-request]').evaluateAll((rows) => rows.map((row) => Number(row.dataset.request)))
      const wanted = async (search) => (await control('GET', `/requests?${search}`)).requests.map(({ id }) => id)
      for (const [term, search] of [
        ['status:4xx', 'status=4xx'],
        ['fault:any', 'fault=any'],
        ['op:listGroupBackupPrivateEndpoints', 'operation=listGroupBackupPrivateEndpoints'],
        ['code:SERVICE_UNAVAILABLE', 'errorCode=SERVICE_UNAVAILABLE'],
        [`project:${project}`, `project=${project}`],
      ]) {
        const ids = await wanted(search)
        ok(ids.length > 0, term)
        await page.fill('#filter', term)
        ok(await until(async () => JSON.stringify(await shown()) === JSON.stringify(ids)), `${term} as ?${search}`)
      }
      await page.fill('#filter', '')
      const { requests } = await control('GET', '/requests')
      for (const [chip, fits] of [
        ['Errors', ({ status }) => status >= 400],
        ['Faults', ({ fault }) => fault !== null],
        ['Not emulated', ({ unserved }) => unserved],
        ['Advice', ({ advice }) => advice.length > 0],
      ]) {
        await page.click(`.chip:has-text("${chip}")`)
        const ids = requests.filter(fits).map(({ id }) => id)
        ok(ids.length > 0, chip)
        ok(await until(async () => JSON.stringify(await shown()) === JSON.stringify(ids)), `the chip ${chip}`)
        await page.click(`.chip:has-text("${chip}")`)
      }
      await close('list')
      await stop()
    },
  )

  await run(
    'a fault’s form writes the command that it sends, and the world’s tables are those of the API',
    async () => {
      const { url, stop, control } = await serve('--fixtures', 'demo')
      const { page, live, close } = await open(url)
      ok(await live(), 'live')
      await page.keyboard.press('3')
      const { errorCodes } = await control('GET', '/console/vocabulary.json')
      const offered = () => page.locator('#codes option').evaluateAll((options) => options.map(({ value }) => value))
      const isEveryCode = async () => JSON.stringify(await offered()) === JSON.stringify(errorCodes)
      ok(await until(isEveryCode), 'every code is offered while one types')
      const input = (label) => page.locator(`.field:has(> span:text-is("${label}"))`).locator('input, select')
      await input('Operation').selectOption('deleteGroupBackupPrivateEndpoint')
      await input('What happens').selectOption('delay')
      await input('How long').fill('250ms')
      await input('Times').fill('3')
      await input('Skip first').fill('1')
      const command = JSON.parse(await page.inputValue('#fault-json'))
      same(
        command,
        { match: { operationId: 'deleteGroupBackupPrivateEndpoint' }, when: { skip: 1, times: 3 }, delay: '250ms' },
        'the form writes JSON',
      )
      await page.click('form button:has-text("Arm")')
      ok(await until(async () => (await control('GET', '/faults')).faults.length === 1), 'armed')
      const [{ match, when, delay }] = (await control('GET', '/faults')).faults
      same({ match, when, delay }, { match: command.match, when, delay: '250ms' }, 'as it was written')
      same([when.skip, when.times], [1, 3], 'with its times')

      await page.keyboard.press('4')
      const world = await control('GET', '/state')
      const firstColumn = (caption) =>
        page.locator(`#panel-world table:has(caption:has-text("${caption}")) tbody th`).allTextContents()
      for (const [caption, names] of [
        ['Organizations', world.organizations.map(({ name }) => name)],
        ['Projects', world.projects.map(({ name }) => name)],
        ['API keys', world.apiKeys.map(({ publicKey }) => publicKey)],
        ['Service accounts', world.serviceAccounts.map(({ clientId }) => clientId)],
      ])
        same(await firstColumn(caption), names, caption)
      const download = page.waitForEvent('download')
      await page.click('#panel-world button:has-text("Export")')
      const exported = JSON.parse(readFileSync(await (await download).path(), 'utf8'))
      same(exported.projects, world.projects, 'the export is that of the API')
      for (const [name, projects] of [
        ['demo', 6],
        ['sunset', 1],
        ['default', 1],
      ]) {
        await page.click(`[aria-label="Load the fixture ${name}"]`)
        await page.click('dialog button.danger')
        ok(await until(() => page.locator(`.toast:has-text("The world is ${name}")`).isVisible()), name)
        same((await control('GET', '/health')).counts.projects, projects, `${name}: its projects`)
      }
      await page.keyboard.press('5')
      const { claims } = await control('GET', '/fidelity')
      const rules = page.locator('#panel-fidelity [data-claim]')
      ok(await until(async () => (await rules.count()) === claims.length), 'every rule')
      await page.click('.chip:has-text("chosen")')
      const chosen = claims.filter(({ label }) => label === 'chosen')
      ok(await until(async () => (await rules.count()) === chosen.length), 'those that are chosen')
      await page.click('.chip:has-text("chosen")')
      for (const { id, statement, sources } of claims.slice(0, 20)) {
        const rule = page.locator(`#panel-fidelity [data-claim="${id}"]`)
        const text = await rule.textContent()
        ok(text.includes(statement.replaceAll('`', '')), id)
        for (const { date } of sources) ok(text.includes(date), `${id}: ${date}`)
        const links = sources.map(({ link }) => link).filter((link) => /^https?:/.test(link))
        same(
          await rule.locator('a').evaluateAll((list) => list.map((one) => one.getAttribute('href'))),
          links,
          `${id}: links`,
        )
      }
      await close('faults and world')
      await stop()
    },
  )

  await run('nothing is destroyed without a yes', async () => {
    const { url, stop, control } = await serve('--auth', 'off', '--fixtures', 'demo')
    await call(url, 'GET', '/api/atlas/v2/groups')
    await control('POST', '/faults', { errorCode: 'NO_CAPACITY', match: { method: 'PATCH' } })
    await control('PUT', '/snapshots/before')
    const { page, live, close } = await open(url)
    ok(await live(), 'live')
    const state = async () =>
      JSON.stringify([
        (await control('GET', '/health')).counts,
        await control('GET', '/snapshots'),
        (await control('GET', '/faults')).faults.length,
        (await control('GET', '/requests?count=true')).count,
      ])
    const before = await state()
    for (const [view, press] of [
      ['2', '#panel-requests >> text="Clear"'],
      ['3', 'text="Disarm all"'],
      ['4', '#panel-world >> text="Reset"'],
      ['4', '[aria-label="Load the fixture default"]'],
      ['4', '[aria-label="Restore before"]'],
      ['4', '[aria-label="Remove before"]'],
    ]) {
      await page.keyboard.press(view)
      await page.click(press)
      await page.locator('dialog >> text="Cancel"').click()
      await page.click(press)
      await page.keyboard.press('Escape')
      ok(await until(async () => (await page.locator('dialog[open]').count()) === 0), `${press}: closed`)
    }
    await page.waitForTimeout(300)
    same(await state(), before, 'everything is what it was')
    await close('confirmations')
    await stop()
  })

  await run('tables, tabs and rows are what assistive technology expects', async () => {
    const { url, stop } = await serve('--auth', 'off', '--fixtures', 'demo')
    for (let i = 0; i < 5; i += 1) await call(url, 'GET', `/api/atlas/v2/groups?n=${i}`)
    const { page, live, close } = await open(url)
    ok(await live(), 'live')
    ok(await until(async () => (await page.locator('[data-endpoint]').count()) > 5), 'endpoints')
    for (const pressed of ['1', '2', '3', '4', '5']) {
      await page.keyboard.press(pressed)
      await page.waitForTimeout(200)
    }
    const tables = await page
      .locator('table')
      .evaluateAll((list) =>
        list.map((table) => [
          (table.caption?.textContent ?? '') !== '',
          [...table.querySelectorAll('thead th')].every(({ scope }) => scope === 'col'),
          [...table.querySelectorAll('tbody tr')].every((row) => row.querySelector('th')?.scope === 'row'),
        ]),
      )
    ok(
      tables.length > 8 && tables.every((all) => all.every(Boolean)),
      `${tables.length} tables with caption and scopes`,
    )
    await page.keyboard.press('2')
    const reachable = () =>
      page
        .locator('#panel-requests .row-open')
        .evaluateAll((list) => list.filter(({ tabIndex }) => tabIndex === 0).length)
    same(await reachable(), 1, 'one row is reached by Tab')
    await page.locator('[data-request]').nth(1).click()
    same(await reachable(), 1, 'and one still')
    same(await page.locator('[data-request].selected .row-open').evaluate(({ tabIndex }) => tabIndex), 0, 'that one')
    same(await page.locator('[role=tab][tabindex="0"]').count(), 1, 'one tab, too')
    const panels = await page
      .locator('[role=tab]')
      .evaluateAll((tabs) =>
        tabs.map(
          (tab) =>
            document.getElementById(tab.getAttribute('aria-controls'))?.getAttribute('aria-labelledby') === tab.id,
        ),
      )
    same(panels, [true, true, true, true, true], 'each tab has its panel')
    await close('tables')
    await stop()
  })
}
