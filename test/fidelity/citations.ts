/** Where tests and comments cite the claims: by id in square brackets, in a title or a comment. */
import { readdirSync, readFileSync } from 'node:fs'
import { type ClaimId, claims } from '../../src/fidelity/claims.js'

/** Ids have two words or more, which tells a citation from an index, a list or a class of characters. */
const citation = /\[([a-z][a-z0-9]+(?:-[a-z0-9]+)+)\]/g

export interface Citations {
  /** Claims that no test cites; a citation in a comment of the source holds nothing. */
  readonly unnamed: ClaimId[]
  /** Citations of what is no claim. */
  readonly unknown: { file: string; id: string }[]
}

/** Compares what is cited with the claims that exist. `texts` are files by their path below the repository's root. */
export function citations(texts: ReadonlyMap<string, string>): Citations {
  const known = new Set<string>(claims.map(({ id }) => id))
  const named = new Set<string>()
  const unknown: Citations['unknown'] = []
  for (const [file, text] of texts) {
    for (const [, id = ''] of text.matchAll(citation)) {
      if (!known.has(id)) unknown.push({ file, id })
      else if (file.startsWith('test/')) named.add(id)
    }
  }
  return { unnamed: claims.map(({ id }) => id).filter((id) => !named.has(id)), unknown }
}

/**
 * The files that may cite claims, test/**\/*.test.ts and src/**\/*.ts, by their path below `root`. The console's page has
 * selectors in square brackets, and no rule of Atlas.
 */
export function citingFiles(root: URL): Map<string, string> {
  const below = (directory: string, ending: string) =>
    readdirSync(new URL(directory, root), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith(ending))
      .map((path) => `${directory}/${path}`)
  const paths = [...below('test', '.test.ts'), ...below('src', '.ts')].filter(
    (path) => !path.startsWith('src/console/page/'),
  )
  return new Map(paths.map((path) => [path, readFileSync(new URL(path, root), 'utf8')]))
}
