import type BetterSqlite3 from 'better-sqlite3'

/** better-sqlite3's own code, without its compiled file, and the version that it is of. */
export interface BundledSqlite {
  readonly version: string
  readonly Database: typeof BetterSqlite3
}

/**
 * What the build puts here of better-sqlite3, so that a start of the command need not look for a dozen of its files, which
 * takes a twentieth of the start. From the sources there is nothing.
 */
export const bundledSqlite: BundledSqlite | undefined = undefined
