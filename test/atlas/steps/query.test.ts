import { test } from 'tap'
import { Flags, Paging } from '../../../src/atlas/schemas.js'
import { compileQueryReader, readFlags } from '../../../src/atlas/steps/query.js'
import { pathOf, queryParameters } from '../../../src/values/url.js'

const read = compileQueryReader(Paging)
const byDefault = { envelope: false, includeCount: true, itemsPerPage: 100, pageNum: 1, pretty: false }

test('a query that says nothing gets the defaults [list-parameters] [query-unknown-ignored]', async (t) => {
  for (const url of ['/x', '/x?', '/x?&&', '/x?foo=1&foo=2&Pretty=maybe&__proto__=1&constructor']) {
    t.same(read(url), byDefault, url)
  }
})

test('flags are true or false in any case; the bare name and an empty value mean true [query-values]', async (t) => {
  t.same(read('/x?pretty&envelope=&includeCount=FALSE'), {
    ...byDefault,
    pretty: true,
    envelope: true,
    includeCount: false,
  })
  t.same(read('/x?pretty=tRuE&%65nvelope=%74rue'), { ...byDefault, pretty: true, envelope: true })
})

test('integers are up to nine digits within their range [query-values] [list-parameters]', async (t) => {
  t.same(read('/x?pageNum=999999999&itemsPerPage=500'), { ...byDefault, pageNum: 999999999, itemsPerPage: 500 })
  t.same(read('/x?pageNum=007&itemsPerPage=1'), { ...byDefault, pageNum: 7, itemsPerPage: 1 })
  t.same(read('/x?pageNum=000000007'), { ...byDefault, pageNum: 7 })
  t.throws(() => read('/x?pageNum=0000000007'), { message: 'Invalid query parameter pageNum specified.' })
})

test('the first parameter at fault is named [query-first-fault] [list-parameters]', async (t) => {
  const cases = {
    '/x?pretty=yes': 'pretty',
    '/x?pretty=true&pretty=true': 'pretty',
    '/x?pageNum=0': 'pageNum',
    '/x?pageNum=1000000000': 'pageNum',
    '/x?pageNum=-1': 'pageNum',
    '/x?pageNum=+1': 'pageNum',
    '/x?pageNum=1.0': 'pageNum',
    '/x?pageNum=%zz': 'pageNum',
    '/x?itemsPerPage=0': 'itemsPerPage',
    '/x?itemsPerPage=501': 'itemsPerPage',
    '/x?itemsPerPage=x&pageNum=x': 'itemsPerPage',
    '/x?pageNum=1&itemsPerPage=x&pageNum=1': 'pageNum',
  }
  for (const [url, name] of Object.entries(cases)) {
    t.throws(() => read(url), { message: `Invalid query parameter ${name} specified.` }, url)
  }
})

test('paging parameters are unknown where there is nothing to page [query-unknown-ignored]', async (t) => {
  t.same(compileQueryReader(Flags)('/x?pageNum=0&pretty'), { envelope: false, pretty: true })
})

test('for an error, a flag that is bad or given twice counts as false [query-first-fault]', async (t) => {
  t.same(readFlags('/x'), { envelope: false, pretty: false })
  t.same(readFlags('/x?pretty=true&envelope'), { envelope: true, pretty: true })
  t.same(readFlags('/x?pretty=maybe&envelope=1'), { envelope: false, pretty: false })
  t.same(readFlags('/x?pretty&envelope&pretty'), { envelope: true, pretty: false })
})

test('parameters are told as sent and decoded', async (t) => {
  t.same(queryParameters('/x?a=%20b+c&&d&=e&f=g=h&%zz=%'), [
    { raw: 'a=%20b+c', name: 'a', value: ' b c' },
    { raw: 'd', name: 'd', value: '' },
    { raw: '=e', name: '', value: 'e' },
    { raw: 'f=g=h', name: 'f', value: 'g=h' },
    { raw: '%zz=%', name: '%zz', value: '%' },
  ])
})

test('the path is the target without query, and without origin', async (t) => {
  t.equal(pathOf('/a%20b?c?d'), '/a%20b')
  t.equal(pathOf('http://h:1/a/b?c=http://x/'), '/a/b')
  t.equal(pathOf('http://h?x'), '/')
  t.equal(pathOf('*'), '*')
})

test('a number that is sent empty counts as absent, a flag as true [query-empty-absent]', async (t) => {
  t.same(read('/x?pageNum=&itemsPerPage&projectOwnerId='), byDefault)
  t.same(read('/x?pretty=&envelope'), { ...byDefault, pretty: true, envelope: true })
})
