import { test } from 'tap'
import { claims, labels, sections } from '../../src/fidelity/claims.js'
import { contract, countsByLabel } from '../../src/fidelity/contract.js'
import { citations, citingFiles } from './citations.js'

const root = new URL('../../', import.meta.url)

/** Whether it is YYYY-MM or YYYY-MM-DD, and a month or day that a calendar has. */
function isDate(date: string): boolean {
  if (!/^\d{4}-\d{2}(-\d{2})?$/.test(date)) return false
  const whole = date.length === 7 ? `${date}-01` : date
  const time = Date.parse(whole)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(whole)
}

test('the id of a claim is its own, in kebab-case, of two words or more', async (t) => {
  const ids = claims.map(({ id }) => id)
  t.strictSame([...new Set(ids)], ids)
  for (const id of ids) t.match(id, /^[a-z][a-z0-9]+(-[a-z0-9]+)+$/)
})

test('the statement of a claim is one sentence', async (t) => {
  for (const { id, statement } of claims) {
    t.equal(statement, statement.trim(), id)
    t.match(statement, /^[A-Z`2]/, `${id} starts a sentence`)
    // What Atlas says stands between backticks and may hold, or end with, sentences of its own.
    t.match(statement, /\.`?$/, `${id} ends with a full stop`)
    t.notMatch(statement.replaceAll(/`[^`]*`/g, '``'), /[.!?]\s|\n/, `${id} is no more than a sentence`)
    t.equal(statement.split('`').length % 2, 1, `${id} closes its backticks`)
  }
})

test('every claim but a chosen one has sources that can be opened, with dates', async (t) => {
  for (const { id, label, sources } of claims) {
    if (label === 'chosen') t.equal(sources.length, 0, id)
    else t.ok(sources.length > 0, id)
    for (const { what, link, date } of sources) {
      t.ok(what.trim().length > 10, `${id}: ${what}`)
      t.ok(URL.canParse(link) && new URL(link).protocol === 'https:' && !/\s/.test(link), `${id}: ${link}`)
      t.ok(isDate(date), `${id}: ${date}`)
    }
  }
})

test('a date is one that the calendar has', async (t) => {
  for (const date of ['2026-08-10', '2026-08', '2024-02-29']) t.equal(isDate(date), true, date)
  for (const date of ['2026', '2026-13', '2026-02-30', '2026-8-1', 'today']) t.equal(isDate(date), false, date)
})

test('the text for people tells every claim once, under its section, with its label and its sources', async (t) => {
  const text = contract(new Map())
  for (const section of sections) t.ok(text.includes(`\n## ${section}\n`), section)
  for (const { id, label, statement, sources } of claims) {
    const lines = text.split('\n').filter((line) => line.includes(`<a id="${id}"></a>`))
    t.equal(lines.length, 1, id)
    t.ok(lines[0]?.includes(`(${label}): ${statement}`), id)
    for (const { link, date } of sources) t.ok(lines[0]?.includes(`](${link}) (${date})`), id)
  }
})

test('the counts by label add up to the claims', async (t) => {
  const rows = [...countsByLabel().matchAll(/^\| (\w+) \| (\d+) \|/gm)]
  t.strictSame(
    rows.map(([, label]) => label),
    Object.keys(labels),
  )
  t.equal(
    rows.reduce((sum, [, , count]) => sum + Number(count), 0),
    claims.length,
  )
})

// Samples are put together here, so that this file cites nothing itself.
const cite = (id: string) => `[${id}]`

test('a claim is named by a test that cites it, in a title or a comment, and not by the source', async (t) => {
  const { unnamed, unknown } = citations(
    new Map([
      ['test/a.test.ts', `test('a 405 has no body ${cite('method-not-allowed-empty')}', async () => {})`],
      ['test/b.test.ts', `// ${cite('json-compact')} and ${cite('json-dates')}\n${cite('json-dates')}`],
      ['src/c.ts', `/** Rows are streamed ${cite('long-body-streamed')}. */`],
    ]),
  )
  t.strictSame(unknown, [])
  t.equal(unnamed.length, claims.length - 3)
  for (const id of ['method-not-allowed-empty', 'json-compact', 'json-dates'] as const) t.notOk(unnamed.includes(id))
  t.ok(unnamed.includes('long-body-streamed'))
})

test('a citation of what is no claim is told with its file', async (t) => {
  const { unknown } = citations(
    new Map([
      ['test/a.test.ts', `${cite('no-such-rule')} ${cite('json-compact')}`],
      ['src/b.ts', cite('json-compacted')],
    ]),
  )
  t.strictSame(unknown, [
    { file: 'test/a.test.ts', id: 'no-such-rule' },
    { file: 'src/b.ts', id: 'json-compacted' },
  ])
})

test('an index, a class of characters and a quoted name in brackets are no citations', async (t) => {
  const text = "rows[index] /[a-z0-9]/ /[0-9a-f-]/ headers['content-type'] [first - second] [A-Z]"
  t.strictSame(citations(new Map([['test/a.test.ts', text]])).unknown, [])
})

test('tests and comments cite claims that exist', async (t) => {
  const files = citingFiles(root)
  t.ok(files.has('test/fidelity/claims.test.ts') && files.has('src/fidelity/claims.ts'))
  t.strictSame(citations(files).unknown, [])
})

test('every claim is named by a test', async (t) => {
  const { unnamed } = citations(citingFiles(root))
  t.strictSame([...unnamed], [])
})
