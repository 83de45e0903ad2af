import { readFileSync } from 'node:fs'
import { test } from 'tap'
import { generated } from './support/generated.js'

const root = new URL('../', import.meta.url)

test('what is generated from the code is up to date; npm run generate makes it so', async (t) => {
  for (const [path, text] of generated(root)) t.equal(readFileSync(new URL(path, root), 'utf8'), text, path)
})
