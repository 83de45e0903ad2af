// The photographs of the console, and the manifest that tells of which sources they are.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('./', import.meta.url))
const sources = fileURLToPath(new URL('../../src/console/page/', import.meta.url))
const manifest = join(here, 'photographs.json')

/** The pictures that stand in the README. */
export const pictures = ['requests-light.png', 'requests-dark.png', 'endpoints-light.png', 'endpoints-dark.png']

function hash(...contents) {
  const made = createHash('sha256')
  for (const content of contents) made.update(content)
  return made.digest('hex')
}

/** The hash of all that the page is made of, and of each picture that there is. */
export function hashes() {
  const files = readdirSync(sources).sort()
  return {
    sources: hash(...files.flatMap((file) => [file, readFileSync(join(sources, file))])),
    pictures: Object.fromEntries(pictures.map((name) => [name, hash(readFileSync(join(here, name)))])),
  }
}

/** What the manifest says that these are. */
export function recorded() {
  return JSON.parse(readFileSync(manifest, 'utf8'))
}

export function record() {
  writeFileSync(manifest, `${JSON.stringify(hashes(), null, 2)}\n`)
}

export function pathOf(name) {
  return join(here, name)
}
