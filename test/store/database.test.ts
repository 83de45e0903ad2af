import {
  chmodSync,
  copyFileSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { test } from 'tap'
import {
  attachment,
  compiledFile,
  DatabaseError,
  explainDatabaseFailure,
  holder,
  openDatabase,
  sqliteOf,
} from '../../src/store/database.js'
import { migrations, schema } from '../../src/store/migrations.js'
import { openStore } from '../../src/store/store.js'
import { Vault } from '../../src/store/vault.js'

const kept: unknown[] = []

/** Keeps what is made, for the reason that `openDatabase` has. */
function keep<T>(made: T): T {
  kept.push(made)
  return made
}

/** What opening the file says. */
function refusal(path: string): string {
  try {
    openDatabase(path).close()
  } catch (error) {
    return error instanceof DatabaseError ? error.message : `another error: ${error}`
  }
  return 'none'
}

test('a file is created, and opened again', async (t) => {
  const path = `${t.testdir()}/atlas.db`
  t.equal(refusal(path), 'none')
  t.equal(refusal(path), 'none')
  const db = openDatabase(path)
  const read = (name: string) => db.prepare(`PRAGMA ${name}`).pluck().get()
  t.equal(read('journal_mode'), 'wal')
  t.equal(read('synchronous'), 1, 'NORMAL')
  t.equal(read('foreign_keys'), 1)
  t.equal(read('page_size'), 8192)
  t.equal(read('wal_autocheckpoint'), 4096, 'pages, of 32 MiB together')
  db.close()
  const inMemory = openDatabase(':memory:')
  t.equal(inMemory.prepare('PRAGMA page_size').pluck().get(), 16_384)
  inMemory.close()
})

test('what cannot be used is refused with its name, the reason and what to do', async (t) => {
  const dir = t.testdir({ 'text.db': 'no database '.repeat(200), directory: {} })
  t.equal(
    refusal(`${dir}/text.db`),
    `Cannot use the database ${dir}/text.db: it is no SQLite database. Name another file with --db.`,
  )
  t.equal(
    refusal(`${dir}/directory`),
    `Cannot use the database ${dir}/directory: it is a directory. Name a file in it with --db.`,
  )
  t.equal(
    refusal(`${dir}/none/atlas.db`),
    `Cannot use the database ${dir}/none/atlas.db: its directory does not exist. Create it, or name another file with --db.`,
  )
})

test('an error of SQLite is known by its name and code, of whatever class it is', async (t) => {
  const foreign = Object.assign(new Error('disk I/O error'), { name: 'SqliteError', code: 'SQLITE_FULL' })
  t.match(explainDatabaseFailure('x.db', foreign), {
    name: 'DatabaseError',
    message: 'Cannot use the database x.db: the disk is full.',
  })
  const other = Object.assign(new Error('no'), { code: 'SQLITE_FULL' })
  t.equal(explainDatabaseFailure('x.db', other), other)
})

test('better-sqlite3 without a compiled file that works is told with what to do', async (t) => {
  for (const error of [
    new Error('Could not locate the bindings file. Tried:\n → /x/build/better_sqlite3.node'),
    Object.assign(new Error('compiled against a different Node.js version'), { code: 'ERR_DLOPEN_FAILED' }),
  ]) {
    t.match(explainDatabaseFailure('x.db', error), { name: 'DatabaseError', message: /npm rebuild better-sqlite3/ })
  }
})

test('better-sqlite3 finds its compiled file itself where it is not at the usual place', async (t) => {
  const dir = t.testdir({
    usual: { 'package.json': '{}', build: { Release: { 'better_sqlite3.node': '' } } },
    unusual: { 'package.json': '{}' },
  })
  t.strictSame(compiledFile(`${dir}/usual/package.json`), {
    nativeBinding: `${dir}/usual/build/Release/better_sqlite3.node`,
  })
  t.strictSame(compiledFile(`${dir}/unusual/package.json`), {})
})

test('the bundled code of better-sqlite3 is used with the compiled file of its own version alone', async (t) => {
  const dir = t.testdir({ 'package.json': '{ "version": "12.0.1" }' })
  const manifest = `${dir}/package.json`
  const bundled = (version: string) => ({ version, Database: class {} as typeof Database })
  const fitting = bundled('12.0.1')
  t.equal(sqliteOf(manifest, 'a.node', fitting), fitting.Database)
  t.equal(sqliteOf(manifest, 'a.node', bundled('12.0.2')), Database)
  t.equal(sqliteOf(manifest, undefined, fitting), Database)
  t.equal(sqliteOf(manifest, 'a.node', undefined), Database)
})

test('better-sqlite3 that is not installed is told, and another missing module stays what it is', async (t) => {
  const missing = (name: string) =>
    Object.assign(new Error(`Cannot find module '${name}'\nRequire stack:\n- /x`), { code: 'MODULE_NOT_FOUND' })
  const parts = ['better-sqlite3/package.json', '/app/node_modules/better-sqlite3/lib/index.js']
  for (const name of ['better-sqlite3', ...parts, 'bindings', 'file-uri-to-path']) {
    t.match(explainDatabaseFailure('x.db', missing(name)), {
      name: 'DatabaseError',
      message: /^Cannot use the database x\.db: better-sqlite3 is not installed, .*Run npm install/,
    })
  }
  const other = missing('left-pad')
  t.equal(explainDatabaseFailure('x.db', other), other)
})

test('the database of another program is left alone', async (t) => {
  const path = `${t.testdir()}/other.db`
  const other = keep(new Database(path))
  other.exec('CREATE TABLE important (x)')
  other.close()
  const before = readFileSync(path)
  t.equal(refusal(path), `${path} is the database of another program. Name another file with --db.`)
  t.same(readFileSync(path), before)
})

test('a database of a newer version is refused', async (t) => {
  const path = `${t.testdir()}/atlas.db`
  const db = openDatabase(path)
  db.exec('PRAGMA user_version = 99')
  db.close()
  t.equal(
    refusal(path),
    `${path} was written by a newer version of atlas-backup-emulator (schema 99, this version knows ${migrations.length}). Update the emulator, or name another file with --db.`,
  )
})

test('a database of an older version keeps what it holds, and gets what is new', async (t) => {
  const path = `${t.testdir()}/atlas.db`
  const old = keep(new Database(path))
  old.exec(`
    ${migrations[0]}
    PRAGMA user_version = 1; PRAGMA application_id = 0x4142454d;
    INSERT INTO organization (id, name) VALUES ('o', 'O');
    INSERT INTO project VALUES ('p', 'o', 'P', 1, 2, '[]', 1);
    INSERT INTO credential VALUES ('apiKey', 'k', 's', 'o', '[]');
  `)
  old.close()
  const { directory, versions, close } = openStore(path)
  t.teardown(close)
  t.match(directory.project('p'), { name: 'P', rateLimit: undefined })
  t.match(directory.credential('apiKey', 'k'), { secret: 's', accessList: [], accessListRequired: false })
  t.equal(versions.all().size, 0)
})

test('the schema of a new database is what all migrations make of an empty one', async (t) => {
  const made = (...steps: string[]) => {
    const db = keep(new Database(':memory:'))
    for (const step of steps) db.exec(step)
    const all = db.prepare<[], { sql: string | null }>('SELECT * FROM sqlite_schema ORDER BY type, name').all()
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all()
    const rows = tables.map((name) => [name, db.prepare(`SELECT count(*) FROM ${name}`).pluck().get()])
    db.close()
    // Of the pages and the white space nothing depends.
    return [all.map((one) => ({ ...one, rootpage: 0, sql: one.sql?.replaceAll(/\s/g, '') })), rows]
  }
  t.strictSame(made(schema), made(...migrations))
})

test('a database that another process holds is refused', async (t) => {
  const path = `${t.testdir()}/atlas.db`
  const holder = openDatabase(path)
  holder.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  t.match(refusal(path), /: another process holds it\./)
  holder.close()
})

test('a damaged database is refused', async (t) => {
  const path = `${t.testdir()}/atlas.db`
  openDatabase(path).close()
  const bytes = readFileSync(path)
  writeFileSync(path, Buffer.concat([bytes.subarray(0, 100), Buffer.alloc(bytes.length - 100, 0x5a)]))
  t.match(refusal(path), /: it is damaged\. Restore it from a copy, or remove it to start over\.$/)
})

test('a database in which a single page is damaged is refused as it is opened', async (t) => {
  const path = `${t.testdir()}/atlas.db`
  openDatabase(path).close()
  const bytes = readFileSync(path)
  // The last page is that of an index, which nothing reads at the start.
  bytes.fill(0x5a, bytes.length - 8192, bytes.length)
  writeFileSync(path, bytes)
  t.match(refusal(path), /: it is damaged\. Restore it from a copy, or remove it to start over\.$/)
})

test('a large database is not read as a whole when it is opened', async (t) => {
  const path = `${t.testdir()}/atlas.db`
  const db = openDatabase(path)
  db.exec('CREATE TABLE large (bytes); INSERT INTO large VALUES (zeroblob(70000000))')
  db.close()
  const bytes = readFileSync(path)
  // One page of what is large, which a check would follow.
  bytes.fill(0x5a, bytes.length / 2, bytes.length / 2 + 8192)
  writeFileSync(path, bytes)
  t.equal(refusal(path), 'none')
})

test('only its owner can read a database, one that was made before included', async (t) => {
  const dir = t.testdir({ 'other.txt': 'no database '.repeat(200) })
  const path = `${dir}/atlas.db`
  const mode = (file: string) => (statSync(file).mode & 0o777).toString(8)
  const db = openDatabase(path)
  db.exec('CREATE TABLE x (y); INSERT INTO x VALUES (1)')
  t.same([mode(path), mode(`${path}-wal`)], ['600', '600'])
  db.close()
  chmodSync(path, 0o644)
  openDatabase(path).close()
  t.equal(mode(path), '600')
  chmodSync(`${dir}/other.txt`, 0o644)
  t.match(refusal(`${dir}/other.txt`), 'it is no SQLite database')
  t.equal(mode(`${dir}/other.txt`), '644', 'a file of another program stays as it is')
})

test('a file that was deleted or replaced is no longer attached', async (t) => {
  const dir = t.testdir({ a: 'x', b: 'y' })
  const isAttached = attachment(`${dir}/a`)
  t.equal(isAttached(), true)
  renameSync(`${dir}/b`, `${dir}/a`)
  t.equal(isAttached(), false)
  unlinkSync(`${dir}/a`)
  t.equal(isAttached(), false)
  t.equal(attachment(`${dir}/none`)(), false)
  t.equal(attachment(':memory:')(), true)
})

test('a database that was cut short, or whose journal was taken from it, is no longer attached', async (t) => {
  const harms: [string, boolean, (file: string) => void][] = [
    ['nothing', true, () => {}],
    ['a copy beside it', true, (file) => copyFileSync(file, `${file}.copy`)],
    ['modes', true, (file) => chmodSync(file, 0o400)],
    [
      'its directory moved, and linked to',
      true,
      (file) => {
        renameSync(dirname(file), `${dirname(file)}-moved`)
        symlinkSync(`${dirname(file)}-moved`, dirname(file))
      },
    ],
    ['emptied', false, (file) => truncateSync(file, 0)],
    ['cut short', false, (file) => truncateSync(file, 4096)],
    ['its journal removed', false, (file) => unlinkSync(`${file}-wal`)],
    ['its journal emptied', false, (file) => truncateSync(`${file}-wal`, 0)],
    ['its journal cut short', false, (file) => truncateSync(`${file}-wal`, statSync(`${file}-wal`).size - 1)],
    [
      'its journal replaced',
      false,
      (file) => {
        copyFileSync(`${file}-wal`, `${file}-copy`)
        renameSync(`${file}-copy`, `${file}-wal`)
      },
    ],
    [
      'moved and linked to, so that its journal has another name',
      false,
      (file) => {
        renameSync(file, `${file}-moved`)
        symlinkSync(`${file}-moved`, file)
      },
    ],
    [
      'a link to itself in its place',
      false,
      (file) => {
        unlinkSync(file)
        symlinkSync(file, file)
      },
    ],
    [
      'a file in its directory’s place',
      false,
      (file) => {
        rmSync(dirname(file), { recursive: true })
        writeFileSync(dirname(file), '')
      },
    ],
  ]
  for (const [i, [what, isStill, harm]] of harms.entries()) {
    const file = `${t.testdir({ [`x${i}`]: {} })}/x${i}/atlas.db`
    openDatabase(file).close()
    const store = openStore(file)
    const isAttached = attachment(file)
    t.equal(isAttached(), true)
    store.transaction(() => store.properties.set('health', 1))
    t.equal(isAttached(), true, 'a write makes it no smaller')
    harm(file)
    t.equal(isAttached(), isStill, what)
    store.close()
  }
})

test('a database that lacks what it should hold is refused', async (t) => {
  const path = `${t.testdir()}/atlas.db`
  openDatabase(path).exec('DROP TABLE thing').close()
  t.throws(() => openStore(path), {
    message: `Cannot use the database ${path}: no such table: thing. Restore it from a copy, or remove it to start over.`,
  })
})

test('a transaction that throws leaves nothing behind', async (t) => {
  const store = openStore(':memory:')
  const work = () => {
    store.directory.addOrganization({ id: 'a', name: 'A', apiAccessListRequired: false, details: {} })
    throw new Error('stop')
  }
  t.throws(() => store.transaction(work), { message: 'stop' })
  t.equal(store.directory.isEmpty(), true)
  store.close()
})

test('a clearing that is rolled back has not happened, so that nobody takes the world for another', async (t) => {
  const store = openStore(':memory:')
  t.teardown(() => store.close())
  store.clear()
  t.equal(store.clears, 1)
  t.throws(() =>
    store.transaction(() => {
      store.clear()
      throw new Error('No room')
    }),
  )
  t.equal(store.clears, 1)
})

test('keys are made once, counters count, across restarts', async (t) => {
  const path = `${t.testdir()}/atlas.db`
  const first = openStore(path)
  const key = first.vault.key('x')
  t.equal(key.length, 32)
  t.same(first.vault.key('x'), key)
  t.notSame(first.vault.key('y'), key)
  t.equal(first.vault.increment('n'), 1)
  first.close()
  const second = openStore(path)
  t.same(second.vault.key('x'), key)
  t.equal(second.vault.increment('n'), 2)
  second.close()
})

test('revoked tokens are remembered; of too many, those that expire first are forgotten', async (t) => {
  const db = openDatabase(':memory:')
  const vault = new Vault(db, 2)
  vault.revoke('b', 20)
  vault.revoke('a', 10)
  vault.revoke('a', 10)
  t.same(
    ['a', 'b'].map((id) => vault.isRevoked(id)),
    [true, true],
  )
  vault.revoke('c', 30)
  t.same(
    ['a', 'b', 'c'].map((id) => vault.isRevoked(id)),
    [false, true, true],
  )
  db.close()
})

test('what keeps databases from the garbage collector is there where the addon is elsewhere too', (t) => {
  t.equal(holder(undefined), holder(undefined))
  t.end()
})
