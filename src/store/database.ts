import { randomInt } from 'node:crypto'
import { chmodSync, closeSync, existsSync, openSync, realpathSync, type Stats, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type BetterSqlite3 from 'better-sqlite3'
import type { BundledSqlite } from './bundled-sqlite.js'
import { DamagedJson } from './json.js'
import { migrations, schema } from './migrations.js'

/** The database cannot be used; `message` names the file, what is wrong and what to do. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
}

const load = createRequire(import.meta.url)

/**
 * better-sqlite3, which is loaded when a database is opened, so that one can be told from another failure where it is
 * missing; or what is bundled of it, where that is of the same version as its compiled file.
 * @param manifest the path of better-sqlite3's package.json
 * @param nativeBinding its compiled file, without which the bundled code could not be used
 */
export function sqliteOf(
  manifest: string,
  nativeBinding: string | undefined,
  bundled: BundledSqlite | undefined,
): typeof BetterSqlite3 {
  if (bundled && nativeBinding !== undefined && load(manifest).version === bundled.version) return bundled.Database
  return load('better-sqlite3')
}

/**
 * What this program uses of a database. better-sqlite3 has more, whose objects the garbage collector would take: the
 * iterators of `iterate`, the statements of `pragma`, and backups. They are not named here, so the compiler refuses them.
 */
export interface Database {
  readonly inTransaction: boolean
  prepare<Parameters extends unknown[], Row = unknown>(sql: string): Statement<Parameters, Row>
  transaction<Given extends unknown[], Result>(
    act: (...given: Given) => Result,
  ): { (...given: Given): Result; immediate(...given: Given): Result }
  exec(sql: string): this
  close(): this
}

/** A prepared statement of a `Database`. */
export interface Statement<Parameters extends unknown[], Row = unknown> {
  run(...parameters: Parameters): { readonly changes: number }
  get(...parameters: Parameters): Row | undefined
  all(...parameters: Parameters): Row[]
  pluck(): this
  raw(): this
}

/**
 * The compiled file of better-sqlite3 where an installation puts it, which spares better-sqlite3 a search; nothing where it
 * is elsewhere, or missing, which better-sqlite3 then finds out.
 * @param manifest the path of better-sqlite3's package.json. A file of its own cannot be asked for by its name, since
 *   Node would take that of another installation, in a folder above, where this one lacks it.
 */
export function compiledFile(manifest: string): { nativeBinding?: string } {
  const file = join(dirname(manifest), 'build/Release/better_sqlite3.node')
  return existsSync(file) ? { nativeBinding: file } : {}
}

/** Marks a SQLite file as this program's ("ABEM"); see `PRAGMA application_id`. */
const applicationId = 0x4142454d

/**
 * Holds every database and statement of this process, closed ones included. An addon that was compiled for Node 24.19 or
 * a newer 24 ends the process when an object that it wraps, as better-sqlite3 12 wraps them, is garbage-collected
 * (nodejs/node#65446); so none ever is garbage. That is some kilobytes for each emulator that a process starts. The
 * list hangs on the addon, of which a process has one: a test runner such as Jest loads this module, and drops it,
 * once for each file of tests.
 * @param nativeBinding the addon's file; without it, what this module has is the list
 */
export function holder(nativeBinding: string | undefined): unknown[] {
  if (nativeBinding === undefined) return held
  const addon: { heldForEver?: unknown[] } = load(nativeBinding)
  addon.heldForEver ??= held
  return addon.heldForEver
}

const held: unknown[] = []

/**
 * The bytes of a page of a new database. With pages of 8 KiB an insert takes a sixth less time than with the usual ones.
 * When a page is full, SQLite goes through all that it has in memory at the next commit; of a database in memory that is
 * every page, so that larger ones pay there.
 */
const pageSize = { ofFile: 8192, inMemory: 16_384 }

/**
 * How long the write-ahead log may grow, in bytes, before what is in it goes to the database file. A page that is written
 * several times goes there once, which is why four times what SQLite takes by itself spares an insert a sixth of its time.
 */
const mostInJournal = 32 * 1024 * 1024

/** Files that are smaller, in bytes, are checked as a whole when they are opened. */
const quicklyChecked = 64 * 1024 * 1024

/** The file holds every secret of the world, so it is its owner's alone. SQLite gives the files beside it the same mode. */
const ownerOnly = 0o600

/** How often to try to open a database that another process holds, which may be about to end. */
const attempts = 10

/**
 * Opens the database at `path` (or `:memory:`), creating and migrating it as needed. It is this process's alone until it
 * is closed or the process ends, however that ends: what is kept in memory relies on it. For one that is held it waits
 * some seconds at most, in which nothing else happens in this process.
 * @param bundled what is bundled of better-sqlite3. For a process that is this program's alone: of all who share a
 * compiled file, the first decides of which class its errors are.
 * @throws {DatabaseError} when the file is missing a directory, not writable, locked, damaged, of another program, or
 * of a newer version of this one.
 */
export function openDatabase(path: string, bundled?: BundledSqlite): Database {
  return openPatiently(path, bundled, attempts)
}

function openPatiently(path: string, bundled: BundledSqlite | undefined, triesLeft: number): Database {
  try {
    return openOnce(path, bundled)
  } catch (error) {
    if (triesLeft > 1 && isHeld(error as Error)) return openPatiently(path, bundled, triesLeft - 1)
    throw explainDatabaseFailure(path, error as Error)
  }
}

function openOnce(path: string, bundled: BundledSqlite | undefined): Database {
  const isFile = path !== ':memory:'
  if (isFile) createForOwner(path)
  const manifest = load.resolve('better-sqlite3/package.json')
  const binding = compiledFile(manifest)
  const Sqlite = sqliteOf(manifest, binding.nativeBinding, bundled)
  // Two that start at once can stand in each other's way. Each waits a time of its own, then lets go.
  const db = new Sqlite(path, { timeout: randomInt(100, 300), ...binding })
  const kept = holder(binding.nativeBinding)
  // A transaction refers to the statements that better-sqlite3 makes for all transactions of the database.
  kept.push(
    db,
    db.transaction(() => {}),
  )
  const prepare = db.prepare.bind(db)
  db.prepare = ((sql: string) => {
    const statement = prepare(sql)
    kept.push(statement)
    return statement
  }) as typeof prepare
  try {
    // Before the first read, which then takes a lock that SQLite keeps. The system drops it when the process ends.
    db.exec('PRAGMA locking_mode = EXCLUSIVE')
    // Before anything is written: the journal's mode would stay with a file that is not ours.
    versionOf(db, path)
    db.exec(`PRAGMA page_size = ${isFile ? pageSize.ofFile : pageSize.inMemory}`)
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON')
    if (isFile) db.exec(`PRAGMA wal_autocheckpoint = ${mostInJournal / pageSize.ofFile}`)
    if (isFile) checkWhole(db, path)
    migrate(db, path)
    // Not before: another program's file keeps its mode.
    if (isFile) closeToOthers(path)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/**
 * Makes the file where there is none. What keeps it from being made is for SQLite to say.
 * @throws {DatabaseError} for a directory
 */
function createForOwner(path: string): void {
  try {
    if (statSync(path).isDirectory()) throw failure(path, explanations.isDirectory)
  } catch (error) {
    if (error instanceof DatabaseError) throw error
    attempt(() => closeSync(openSync(path, 'ax', ownerOnly)))
  }
}

/** Keeps others from reading a file that was made before; one of another user, who lets this one write, stays as it is. */
function closeToOthers(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) attempt(() => chmodSync(file, ownerOnly))
}

function attempt(act: () => void): void {
  try {
    act()
  } catch {
    // As it was.
  }
}

/** @throws {DatabaseError} for a small file in which something is not as SQLite writes it */
function checkWhole(db: Database, path: string): void {
  if (statSync(path).size >= quicklyChecked) return
  if (db.prepare('PRAGMA quick_check(1)').pluck().get() !== 'ok') throw failure(path, explanations.SQLITE_CORRUPT)
}

/**
 * Tells whether the path still leads to the files that it led to when this was called: the database and, beside it, what
 * SQLite has yet to bring into it (`-wal`). To others nothing is written, so that nobody will read it again. Neither gets
 * smaller while the database is open; one that is has been cut short. The files are not opened for this: closing one
 * would drop the locks that SQLite holds on it.
 */
export function attachment(path: string): () => boolean {
  if (path === ':memory:') return () => true
  const database = lasting(() => path)
  const journal = lasting(() => `${realpathSync.native(path)}-wal`)
  // A disk that cannot share memory has another kind of journal, which comes and goes.
  const lasts = journal() ? [database, journal] : [database]
  return () => lasts.every((isThere) => isThere())
}

/** Tells whether a file is the one that it was when this was called, and has not got smaller. */
function lasting(path: () => string): () => boolean {
  const stateNow = (): Stats | undefined => {
    try {
      return statSync(path())
    } catch {
      return undefined
    }
  }
  let seen = stateNow()
  return () => {
    const now = stateNow()
    if (!seen || now?.ino !== seen.ino || now.dev !== seen.dev || now.size < seen.size) return false
    seen = now
    return true
  }
}

function migrate(db: Database, path: string): void {
  db.transaction(() => {
    const version = versionOf(db, path)
    for (const step of version === 0 ? [schema] : migrations.slice(version)) db.exec(step)
    db.exec(`PRAGMA user_version = ${migrations.length}; PRAGMA application_id = ${applicationId}`)
  }).immediate()
}

/** How many migrations the database has seen; refuses one that is not for us. */
function versionOf(db: Database, path: string): number {
  const read = (sql: string) => db.prepare<[], number>(sql).pluck().get() as number
  const version = read('PRAGMA user_version')
  const owner = read('PRAGMA application_id')
  const tables = read('SELECT count(*) FROM sqlite_schema')
  if (tables !== 0 && owner !== applicationId) {
    throw new DatabaseError(`${path} is the database of another program. Name another file with --db.`)
  }
  if (version > migrations.length) {
    throw new DatabaseError(
      `${path} was written by a newer version of atlas-backup-emulator (schema ${version}, this version knows ${migrations.length}). Update the emulator, or name another file with --db.`,
    )
  }
  return version
}

/** How better-sqlite3 ends what it says of this, in an error without a code. */
const noDirectory = 'the directory does not exist'

const explanations: Readonly<Record<string, string>> = {
  noDirectory: 'its directory does not exist. Create it, or name another file with --db.',
  isDirectory: 'it is a directory. Name a file in it with --db.',
  noPackage:
    'better-sqlite3 is not installed, or not all of it. Run npm install where atlas-backup-emulator is installed, so that its dependencies are there.',
  noBinary:
    'better-sqlite3 lacks its compiled file, or has that of another Node. Run npm rebuild better-sqlite3, with the Node that is to run it, and let its install script run (pnpm approve-builds; no --ignore-scripts).',
  SQLITE_NOTADB: 'it is no SQLite database. Name another file with --db.',
  SQLITE_CORRUPT: 'it is damaged. Restore it from a copy, or remove it to start over.',
  SQLITE_BUSY: 'another process holds it. Stop that process, or name another file with --db.',
  SQLITE_READONLY: 'it is not writable. Change its permissions, or name another file with --db.',
  SQLITE_CANTOPEN: 'it cannot be opened. Check that the path is a file in a writable directory.',
  SQLITE_IOERR_LOCK:
    'it cannot be locked, which takes a file that is writable, on a disk that knows locks. Change its permissions, or name another file with --db.',
  SQLITE_IOERR: 'its disk fails to read or write. Name a file on another disk with --db.',
  SQLITE_FULL: 'the disk is full. Make room, or name a file on another disk with --db.',
}

function isHeld(error: Error): boolean {
  return isSqliteError(error) && primaryCode(error) === 'SQLITE_BUSY'
}

/** By its name, since a test runner such as Jest has better-sqlite3 loaded more than once, with a class each. */
function isSqliteError(error: Error): error is Error & { readonly code: string } {
  return error.name === 'SqliteError' && typeof (error as { code?: unknown }).code === 'string'
}

/** Whether better-sqlite3 cannot load its compiled part: there is none, or it is another Node's or another system's. */
function isWithoutBinary({ message, code }: NodeJS.ErrnoException): boolean {
  return message.startsWith('Could not locate the bindings file') || code === 'ERR_DLOPEN_FAILED'
}

/** Begins what Node says of a module that is missing, by its name or its path. */
const missingPart =
  /^Cannot find module '(?:[^']*[\\/]node_modules[\\/])?(?:better-sqlite3|bindings|file-uri-to-path)[\\/']/

/** Whether better-sqlite3 itself is missing, a file of it, or one of the packages that it loads. */
function isMissing({ message, code }: NodeJS.ErrnoException): boolean {
  return code === 'MODULE_NOT_FOUND' && missingPart.test(message)
}

/** SQLite's primary result code, without what refines it. */
function primaryCode({ code }: { readonly code: string }): string {
  return code.split('_').slice(0, 2).join('_')
}

/** For people, what went wrong with the database at `path`; an error that is not the database's stays what it is. */
export function explainDatabaseFailure(path: string, error: Error): Error {
  if (error.message.endsWith(noDirectory)) return failure(path, explanations.noDirectory)
  if (isMissing(error)) return failure(path, explanations.noPackage)
  if (isWithoutBinary(error)) return failure(path, explanations.noBinary)
  if (error instanceof DamagedJson) return failure(path, explanations.SQLITE_CORRUPT)
  if (!isSqliteError(error)) return error
  return failure(
    path,
    explanations[error.code] ??
      explanations[primaryCode(error)] ??
      `${error.message}. Restore it from a copy, or remove it to start over.`,
  )
}

function failure(path: string, reason: string | undefined): DatabaseError {
  return new DatabaseError(`Cannot use the database ${path}: ${reason}`)
}
