import { readFileSync } from 'node:fs'
import { test } from 'tap'
import { hashes, pictures, recorded } from './photographs.mjs'

test('the photographs are of the page as it is; node test/console/run.mjs --write takes them anew', async (t) => {
  const found = hashes()
  const manifest = recorded()
  t.equal(found.sources, manifest.sources, 'the sources of the page')
  t.strictSame(found.pictures, manifest.pictures)
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  t.ok(pictures.some((name) => readme.includes(`test/console/${name}`)))
})
