import { test } from 'tap'
import { WrittenPages } from '../../src/atlas/links.js'
import { regions } from '../../src/values/vocabulary.js'
import { defaultWorld, demo, path, start, startOfTime } from '../support/emulator.js'

interface PageBody {
  links: { href: string; rel: string }[]
  results: { id: string; name: string }[]
  totalCount: number
}

test('pages come oldest first, and link to their neighbours [endpoint-order] [list-self-link] [list-next-link] [list-previous-link] [list-past-the-end] [list-links-keep-parameters]', async (t) => {
  const { call, create, clock } = await start(t)
  const ids: string[] = []
  for (const regionName of regions.slice(0, 5)) {
    ids.push((await create({ cloudProvider: 'AWS', regionName })).id)
    clock.advance(-10_000)
  }
  const page = async (query: string) => {
    const response = await call('GET', path + query)
    t.equal(response.statusCode, 200)
    const { links, results, totalCount } = response.json<PageBody>()
    return {
      links: links.map(({ href, rel }) => `${rel} ${href.split('?')[1]}`),
      ids: results.map(({ id }) => id),
      totalCount,
    }
  }
  t.same(await page('?itemsPerPage=2'), {
    links: ['self pageNum=1&itemsPerPage=2', 'next itemsPerPage=2&pageNum=2'],
    ids: ids.slice(0, 2),
    totalCount: 5,
  })
  t.same(await page('?itemsPerPage=2&pageNum=2'), {
    links: ['self pageNum=2&itemsPerPage=2', 'next itemsPerPage=2&pageNum=3', 'previous itemsPerPage=2&pageNum=1'],
    ids: ids.slice(2, 4),
    totalCount: 5,
  })
  t.same(await page('?pageNum=3&itemsPerPage=2'), {
    links: ['self pageNum=3&itemsPerPage=2', 'previous itemsPerPage=2&pageNum=2'],
    ids: ids.slice(4),
    totalCount: 5,
  })
  t.same(await page('?pageNum=4&itemsPerPage=2'), {
    links: ['self pageNum=4&itemsPerPage=2', 'previous itemsPerPage=2&pageNum=3'],
    ids: [],
    totalCount: 5,
  })
  t.same(
    (await page('?a=%20b&itemsPerPage=2&c=&pageNum=2')).links,
    [
      'self a=%20b&c=&pageNum=2&itemsPerPage=2',
      'next a=%20b&c=&itemsPerPage=2&pageNum=3',
      'previous a=%20b&c=&itemsPerPage=2&pageNum=1',
    ],
    'neighbours repeat the other parameters too',
  )
  t.same(
    (await page('?pageNum=9&itemsPerPage=2')).links,
    ['self pageNum=9&itemsPerPage=2'],
    'far past the end there is no neighbour',
  )
})

test('the first page exists even when it is empty', async (t) => {
  const { call } = await start(t)
  const { links } = (await call('GET', `${path}?pageNum=2`)).json<PageBody>()
  t.same(
    links.map(({ rel }) => rel),
    ['self', 'previous'],
  )
})

test('links repeat the other parameters as sent, known or not [list-links-keep-parameters]', async (t) => {
  const { call } = await start(t)
  const { links } = (
    await call('GET', `${path}?b=%20x%2f&pretty=TRUE&pageNum=1&a=+&a&c=&itemsPerPage=7`)
  ).json<PageBody>()
  t.equal(links[0]?.href, `http://localhost:80${path}?b=%20x%2f&pretty=TRUE&a=+&a&c=&pageNum=1&itemsPerPage=7`)
})

test('links are on the host that the client used, or on the public URL [list-links-absolute]', async (t) => {
  const self = async (flags: string[], host: string) => {
    const { call } = await start(t, flags)
    const url = '/api/atlas/v2/groups'
    const { links } = (await call('GET', url, { headers: { host } })).json<PageBody>()
    return links[0]?.href.split('?')[0]
  }
  t.equal(await self([], 'atlas.test:1234'), 'http://atlas.test:1234/api/atlas/v2/groups')
  t.equal(await self(['--public-url', 'https://x.test/'], 'other'), 'https://x.test/api/atlas/v2/groups')
})

test('projects are listed by name, and only those that the credential may see', async (t) => {
  const { call } = await start(t, ['--fixtures', 'demo'])
  const body = (await call('GET', '/api/atlas/v2/groups?itemsPerPage=2')).json<PageBody>()
  t.same(
    body.results.map(({ name }) => name),
    ['analytics', 'storefront-production'],
  )
  t.equal(body.totalCount, 3)
  const second = (await call('GET', '/api/atlas/v2/groups?itemsPerPage=2&pageNum=2')).json<PageBody>()
  t.same(
    second.results.map(({ id }) => id),
    [demo.staging],
  )
})

test('an answer is of one moment, however long it takes', async (t) => {
  let now = startOfTime
  let step = 0
  const fixture = defaultWorld()
  Object.assign(fixture.projects[0] as object, {
    privateEndpoints: regions.slice(0, 20).map((regionName) => ({
      regionName,
      status: 'INITIATING',
      transitions: [{ status: 'ACTIVE', after: '60s' }],
    })),
  })
  const { call } = await start(t, [], { fixture, clock: { now: () => (now += step) } })
  step = 1000
  const pages: string[][] = []
  while (pages.at(-1)?.[0] !== 'ACTIVE') {
    const { results } = (await call('GET', path)).json<{ results: { status: string }[] }>()
    pages.push([...new Set(results.map(({ status }) => status))])
  }
  t.strictSame([...new Set(pages.map(String))], ['INITIATING', 'ACTIVE'])
})

test('a page that comes again tells what has changed since, be it that the clock was set back', async (t) => {
  const { call, create, clock, command } = await start(t)
  let n = 0
  /** What the page says, which has been asked for as often before; it must say what one does that nobody has asked for. */
  const agrees = async (what: string, host = 'localhost') => {
    const asked = async (query: string) => {
      const { links, ...rest } = (await call('GET', `${path}?itemsPerPage=2${query}`, { headers: { host } })).json()
      return { ...rest, links: links.map((link: { href: string }) => link.href.replace(/n=\d+&/, '')) }
    }
    n += 1
    const fresh = await asked(`&n=${n}`)
    t.strictSame(await asked(''), fresh, what)
    t.strictSame(await asked(''), fresh, `${what}, once more`)
    return fresh as { results: { status: string }[]; totalCount: number; links: string[] }
  }
  const statuses = async (what: string) => (await agrees(what)).results.map(({ status }) => status)
  t.strictSame(await statuses('nothing'), [])
  const { id } = await create({ cloudProvider: 'AWS', regionName: 'US_EAST_1' })
  t.strictSame(await statuses('one'), ['INITIATING'])
  const begun = clock.now()
  clock.advance(60_000)
  t.strictSame(await statuses('made'), ['ACTIVE'])
  clock.advance(-60_000)
  t.strictSame(await statuses('set back'), ['INITIATING'])
  clock.advance(60_000)
  t.strictSame(await statuses('made once more'), ['ACTIVE'])
  await create({ cloudProvider: 'AWS', regionName: 'US_EAST_2' })
  t.strictSame(await statuses('two'), ['ACTIVE', 'INITIATING'])
  await create({ cloudProvider: 'AWS', regionName: 'US_WEST_1' })
  const full = await agrees('one behind the page')
  t.equal(full.totalCount, 3)
  t.equal(full.links.length, 2, 'and a link to it')
  t.match((await agrees('on another host', 'other:1')).links[0], /^http:\/\/other:1\//)
  t.match((await agrees('on the first again')).links[0], /^http:\/\/localhost\//)
  await call('DELETE', `${path}/${id}`)
  t.strictSame(await statuses('one on its way out'), ['DELETING', 'INITIATING'])
  clock.advance(begun - clock.now())
  await statuses('set back while one is on its way out')
  clock.advance(600_000)
  t.strictSame(await statuses('one gone'), ['ACTIVE', 'ACTIVE'])
  await command('POST', '/reset')
  t.strictSame(await statuses('another world'), [])
})

test('a long page is told alike when it is asked for again, until one of its endpoints is deleted', async (t) => {
  const fixture = defaultWorld()
  const privateEndpoints = regions.slice(0, 40).map((regionName) => ({ regionName, status: 'ACTIVE' }))
  Object.assign(fixture.projects[0] as object, { privateEndpoints })
  const { call } = await start(t, [], { fixture })
  const page = async () => (await call('GET', `${path}?itemsPerPage=500`)).json()
  await page()
  const before = await page()
  t.strictSame(await page(), before)
  const { id } = before.results[20]
  await call('DELETE', `${path}/${id}`)
  const results = before.results.with(20, { ...before.results[20], status: 'DELETING' })
  t.strictSame((await page()).results, results)
})

test('pages that have been written are remembered as long as there is room, the oldest give way', (t) => {
  const pages = new WrittenPages()
  const page = { items: [], total: 0, version: {}, isKept: true }
  const text = 'x'.repeat(3_000_000)
  const add = (url: string) => pages.add(url, 'http://x', page, 1, text)
  const isKnown = (url: string) => pages.find(url, 'http://x', page, 2) === text
  for (const url of ['/a', '/b', '/b', '/b']) add(url)
  t.strictSame(['/a', '/b'].map(isKnown), [true, true], 'one that is written again takes no more room')
  add('/c')
  t.strictSame(['/a', '/b', '/c'].map(isKnown), [false, true, true])
  t.equal(pages.find('/c', 'http://y', page, 2), undefined, 'links lead to another base')
  t.equal(pages.find('/c', 'http://x', { ...page, version: {} }, 2), undefined, 'something has changed')
  const uncounted = { ...page, version: undefined }
  pages.add('/d', 'http://x', uncounted, 1, '')
  t.equal(pages.find('/d', 'http://x', uncounted, 2), undefined, 'nobody keeps count of changes')
  t.end()
})
