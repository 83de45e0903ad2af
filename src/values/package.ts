import { readFileSync } from 'node:fs'

/** Where the package's own files are. */
const root = new URL('../../', import.meta.url)

/** A file of the package, such as `fixtures/default.json`. */
export function packageFile(path: string): URL {
  return new URL(path, root)
}

/** This program's version, from package.json alone. */
export const version: string = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')).version

/** What answers call us. */
export const serverName = `atlas-backup-emulator/${version}`
