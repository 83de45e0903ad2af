import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { type Test, test } from 'tap'
import { regions } from '../../src/values/vocabulary.js'
import { accept, path } from '../support/emulator.js'
import { type Answer, connections, isFull, type Server, scaled, send, startServer } from './support.js'

const asked = { accept, 'content-type': 'application/json' }
const flags = ['--auth', 'off', '--rate-limit', 'off', '--provisioning', '0s']

/** Every pair of regions, each of which a project can have one endpoint for. */
const pairs = regions.flatMap((regionName) => regions.map((vpcRegionName) => ({ regionName, vpcRegionName })))

const isRoot = process.getuid?.() === 0

/** Runs a command of the system; whether it went well. */
function run(command: string, ...args: string[]): boolean {
  return spawnSync(command, args).status === 0
}

/** What a server that does not start says; its exit code must be 1. */
async function refusal(t: Test, server: Server): Promise<string> {
  const code = await server.exit
  const said = await server.stderr
  t.equal(code, 1, said)
  t.notMatch(said, /\n +at /, 'no stack trace')
  t.match(said, /^atlas-backup-emulator: [^\n]+\n$/, 'one message')
  return said.replace(/^atlas-backup-emulator: /, '').trim()
}

/** A server on the file that has been asked for some endpoints, and has been ended. */
async function used(t: Test, db: string): Promise<void> {
  const server = startServer(t, [...flags, '--db', db])
  const url = await server.url
  for (const pair of pairs.slice(0, 30)) {
    t.equal((await send(connections(t, 1), url, 'POST', path, asked, bodyOf(pair))).status, 201)
  }
  server.child.kill('SIGTERM')
  t.equal(await server.exit, 0)
}

function bodyOf(pair: object): string {
  return JSON.stringify({ cloudProvider: 'AWS', ...pair })
}

test('a server does not start on a database file that it cannot use, and says why in one message with exit code 1', async (t) => {
  const dir = t.testdir({ 'text.db': 'no database '.repeat(1000), 'empty.db': '', sub: {} })
  const db = `${dir}/atlas.db`
  await used(t, db)
  const whole = readFileSync(db)
  const copy = (name: string, change: (bytes: Buffer) => Buffer = (bytes) => bytes) => {
    writeFileSync(`${dir}/${name}`, change(Buffer.from(whole)))
    return `${dir}/${name}`
  }
  const start = (file: string, options = {}) => refusal(t, startServer(t, [...flags, '--db', file], options))
  const prefix = (file: string) => `Cannot use the database ${file}: `

  t.equal(
    await start(`${dir}/text.db`),
    `${prefix(`${dir}/text.db`)}it is no SQLite database. Name another file with --db.`,
  )
  t.equal(
    await start(`${dir}/none/atlas.db`),
    `${prefix(`${dir}/none/atlas.db`)}its directory does not exist. Create it, or name another file with --db.`,
  )
  t.equal(await start(`${dir}/sub`), `${prefix(`${dir}/sub`)}it is a directory. Name a file in it with --db.`)
  const newer = copy('newer.db', (bytes) => {
    bytes.writeUInt32BE(99, 60)
    return bytes
  })
  t.match(await start(newer), /newer\.db was written by a newer version of atlas-backup-emulator \(schema 99,/)
  const foreign = copy('foreign.db', (bytes) => {
    bytes.writeUInt32BE(1, 68)
    return bytes
  })
  t.match(await start(foreign), /is the database of another program\. Name another file with --db\.$/)

  // A file that has lost its end: at any page it is told, or it has lost nothing that is needed to start.
  for (let pages = 1; pages < whole.length / 8192; pages += scaled(7, 1)) {
    const truncated = copy('truncated.db')
    truncateSync(truncated, pages * 8192 - (pages % 2))
    t.match(
      await start(truncated),
      /it is damaged\. Restore it from a copy, or remove it to start over\.$/,
      `${pages} pages`,
    )
  }

  const lockedBy = startServer(t, [...flags, '--db', db])
  await lockedBy.url
  t.equal(await start(db), `${prefix(db)}another process holds it. Stop that process, or name another file with --db.`)
  lockedBy.child.kill('SIGKILL')
  await lockedBy.exit

  const fresh = startServer(t, [...flags, '--db', `${dir}/empty.db`])
  t.ok(await fresh.url, 'an empty file is as good as none')
})

test('a server does not start on a database file, or in a directory, that it cannot write', async (t) => {
  const dir = t.testdir({ full: {} })
  const db = `${dir}/atlas.db`
  await used(t, db)
  // The superuser may write everything.
  const nobody = isRoot ? { uid: 65_534, gid: 65_534 } : {}
  chmodSync(dir, 0o755)
  chmodSync(db, 0o444)
  const start = (file: string) => refusal(t, startServer(t, [...flags, '--db', file], nobody))
  t.equal(
    await start(db),
    `Cannot use the database ${db}: it cannot be locked, which takes a file that is writable, on a disk that knows locks. Change its permissions, or name another file with --db.`,
  )
  chmodSync(dir, 0o555)
  t.equal(
    await start(`${dir}/new.db`),
    `Cannot use the database ${dir}/new.db: it cannot be opened. Check that the path is a file in a writable directory.`,
  )
  chmodSync(dir, 0o755)
})

/** A disk that can be filled up and emptied again. */
interface Disk {
  readonly name: string
  readonly dir: string
  readonly server: Server
  fill(): void
  makeRoom(): void
}

/** A file system of its own, of two megabytes; undefined where that is not allowed. */
function smallFileSystem(t: Test): Disk | undefined {
  const dir = mkdtempSync(`${tmpdir()}/atlas-small-`)
  if (!isRoot || !run('mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', dir)) {
    rmSync(dir, { recursive: true })
    return undefined
  }
  t.teardown(() => run('umount', '-l', dir) && rmSync(dir, { recursive: true }))
  const filler = `${dir}/filler`
  return {
    name: 'a file system',
    dir,
    server: startServer(t, [...flags, '--db', `${dir}/atlas.db`]),
    fill: () => {
      run('dd', 'if=/dev/zero', `of=${filler}`, 'bs=4k')
    },
    makeRoom: () => rmSync(filler),
  }
}

/** A limit on the size of files, which a process of Linux can be given and relieved of. */
function smallFiles(t: Test): Disk | undefined {
  if (process.platform !== 'linux') return undefined
  const dir = t.testdir()
  const server = startServer(t, [...flags, '--db', `${dir}/atlas.db`])
  const limit = (bytes: string) => run('prlimit', '--pid', String(server.child.pid), `--fsize=${bytes}:unlimited`)
  return {
    name: 'a limit on files',
    dir,
    server,
    fill: () => {
      limit('8192')
    },
    makeRoom: () => {
      limit('unlimited')
    },
  }
}

test('on a full disk changes are refused and not made, reads go on, and with room again the server recovers', async (t) => {
  const disks = [smallFileSystem(t), smallFiles(t)].filter((disk) => disk !== undefined)
  t.ok(disks.length > 0, 'there is a way to fill a disk')
  for (const { name, dir, server, fill, makeRoom } of disks) {
    const url = await server.url
    const agent = connections(t, 8)
    const ask = (method: string, target: string, body?: string) => send(agent, url, method, target, asked, body)
    const acknowledged = new Set<string>()
    const left = [...pairs]
    /** Creates the next eight at once. */
    const createSome = async (): Promise<Answer[]> => {
      const answers = await Promise.all(left.splice(0, 8).map((pair) => ask('POST', path, bodyOf(pair))))
      for (const { status, body } of answers) if (status === 201) acknowledged.add(JSON.parse(body).id)
      return answers
    }
    const listed = async () => {
      const pages = await Promise.all([1, 2].map((n) => ask('GET', `${path}?itemsPerPage=500&pageNum=${n}`)))
      return pages.flatMap(({ body }) => JSON.parse(body).results.map(({ id }: { id: string }) => id))
    }
    for (let round = 1; round <= scaled(2, 5); round += 1) {
      await createSome()
      fill()
      let answers: Answer[] = []
      while (left.length > 0 && !answers.some(({ status }) => status !== 201)) answers = await createSome()
      const failed = answers.filter(({ status }) => status !== 201)
      t.ok(failed.length > 0, `${name} was full`)
      for (const { status, body } of failed) t.match([status, body], [500, /"errorCode":"UNEXPECTED_ERROR"/], name)
      t.equal((await ask('GET', '/_emulator/health')).status, 503)
      t.same(new Set(await listed()), acknowledged, 'what was acknowledged is there, and no more')
      makeRoom()
      t.equal((await ask('GET', '/_emulator/health')).status, 200, 'it recovers by itself')
      t.same(
        (await createSome()).map(({ status }) => status),
        Array(8).fill(201),
      )
      t.same(new Set(await listed()), acknowledged)
    }
    fill()
    server.child.kill('SIGTERM')
    t.equal(await server.exit, 0, 'it stops in good order on a full disk')
    if (name === 'a file system') {
      const full = startServer(t, [...flags, '--db', `${dir}/another.db`])
      t.equal(
        await refusal(t, full),
        `Cannot use the database ${dir}/another.db: the disk is full. Make room, or name a file on another disk with --db.`,
      )
    }
    makeRoom()
    const again = startServer(t, [...flags, '--db', `${dir}/atlas.db`])
    const { body } = await send(agent, await again.url, 'GET', `${path}?itemsPerPage=500`, asked)
    t.same(new Set(JSON.parse(body).results.map(({ id }: { id: string }) => id)), acknowledged, 'nothing was lost')
    again.child.kill('SIGTERM')
    await again.exit
  }
})

test('of several servers that start on one database file one serves, and after its SIGKILL another can', async (t) => {
  const agent = connections(t, 1)
  const acknowledged = new Set<string>()
  const left = [...pairs]
  const db = `${t.testdir()}/atlas.db`
  for (let round = 1; round <= scaled(3, 30); round += 1) {
    const servers = Array.from({ length: isFull ? 4 : 3 }, () => startServer(t, [...flags, '--db', db]))
    const starts = await Promise.allSettled(servers.map(({ url }) => url))
    const serving = starts.flatMap((start, i) => (start.status === 'fulfilled' ? [{ url: start.value, i }] : []))
    t.equal(serving.length, 1, 'one serves')
    for (const [i, server] of servers.entries()) {
      if (i !== serving[0]?.i) t.match(await refusal(t, server), /: another process holds it\. Stop that process, or/)
    }
    const [{ url, i } = { url: '', i: 0 }] = serving
    for (const pair of left.splice(0, 5)) {
      const { status, body } = await send(agent, url, 'POST', path, asked, bodyOf(pair))
      t.equal(status, 201)
      acknowledged.add(JSON.parse(body).id)
    }
    const { body } = await send(agent, url, 'GET', `${path}?itemsPerPage=500`, asked)
    t.same(new Set(JSON.parse(body).results.map(({ id }: { id: string }) => id)), acknowledged)
    servers[i]?.child.kill('SIGKILL')
    await servers[i]?.exit
  }
})
