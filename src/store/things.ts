import { FifoMap } from 'toad-cache'
import { Changes } from './changes.js'
import type { Database, Statement } from './database.js'
import { readJson } from './json.js'
import { Lately } from './lately.js'
import type { Page, Thing } from './records.js'

/** A list, since better-sqlite3 takes longer to make an object with a name for each value. */
type Row = readonly [
  sequence: number,
  kind: string,
  id: string,
  ownerId: string,
  place: string | null,
  data: string,
  transitions: string,
  goneAt: number | null,
  beginsAt: number | null,
]

const columns = 'sequence, kind, id, owner_id, place, data, transitions, gone_at, begins_at'

/** How many things of one kind are kept as objects, singly. */
const remembered = 10_000
/** How many things of one kind are kept as objects in the lists of their owners, unless one list alone has more. */
const mostListed = 50_000

/** The SQL that every kind shares. */
class Statements {
  readonly find: Statement<[id: string, kind: string], Row>
  readonly ofOwner: Statement<[ownerId: string, kind: string], Row>
  readonly atPlace: Statement<[ownerId: string, kind: string, place: string], Row>
  readonly everyOf: Statement<[ownerId: string], Row>
  readonly total: Statement<[{ kind: string; now: number }], number>
  readonly insert: Statement<[string, string, string, string | null, string, string, number | null, number | null]>
  readonly update: Statement<[string | null, string, string, number | null, string, string]>
  readonly remove: Statement<[id: string, kind: string]>
  readonly purge: Statement<[ownerId: string, kind: string, now: number], string>
  readonly clearOf: Statement<[ownerId: string, kind: string]>

  constructor(db: Database) {
    const rows = <Given extends unknown[]>(where: string) =>
      db.prepare<Given, Row>(`SELECT ${columns} FROM thing WHERE ${where}`).raw()
    this.find = rows('id = ? AND kind = ?')
    this.ofOwner = rows('owner_id = ? AND kind = ?')
    this.atPlace = rows('owner_id = ? AND kind = ? AND place = ?')
    this.everyOf = rows('owner_id = ? ORDER BY sequence')
    // Each of the three takes an index or a row of its own, so that no count looks at every thing that there is.
    this.total = db
      .prepare<[{ kind: string; now: number }], number>(
        `SELECT coalesce((SELECT stored FROM thing_count WHERE kind = $kind), 0)
           - (SELECT count(*) FROM thing WHERE kind = $kind AND gone_at <= $now)
           - (SELECT count(*) FROM thing
              WHERE kind = $kind AND begins_at > $now AND (gone_at IS NULL OR gone_at > $now))`,
      )
      .pluck()
    this.insert = db.prepare(
      `INSERT INTO thing (kind, id, owner_id, place, data, transitions, gone_at, begins_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    )
    this.update = db.prepare(
      'UPDATE thing SET place = ?, data = ?, transitions = ?, gone_at = ? WHERE id = ? AND kind = ?',
    )
    this.remove = db.prepare('DELETE FROM thing WHERE id = ? AND kind = ?')
    this.purge = db
      .prepare<[string, string, number], string>(
        'DELETE FROM thing WHERE owner_id = ? AND kind = ? AND gone_at <= ? RETURNING id',
      )
      .pluck()
    this.clearOf = db.prepare('DELETE FROM thing WHERE owner_id = ? AND kind = ?')
  }
}

/**
 * How many things of each kind are stored. What is removed is taken off by a trigger; what is inserted is added by `store`,
 * once for each transaction, since with a trigger an insert takes a quarter longer.
 */
class Counts {
  readonly #add: Statement<[kind: string, inserted: number]>
  readonly #inserted = new Map<string, number>()

  constructor(db: Database) {
    this.#add = db.prepare(
      'INSERT INTO thing_count (kind, stored) VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET stored = stored + excluded.stored',
    )
  }

  /** Counts one more. */
  add(kind: string): void {
    this.#inserted.set(kind, this.unstored(kind) + 1)
  }

  /** How many have been counted since the last `store`. */
  unstored(kind: string): number {
    return this.#inserted.get(kind) ?? 0
  }

  store(): void {
    for (const [kind, inserted] of this.#inserted) this.#add.run(kind, inserted)
    this.#inserted.clear()
  }

  /** Drops what has been counted since the last `store`. */
  forget(): void {
    this.#inserted.clear()
  }
}

/**
 * The things of projects and organizations, whatever their kind: private endpoints, export buckets and their like.
 * `now` is in milliseconds since the epoch; a thing whose `goneAt` has come is not found.
 */
export class Things {
  readonly #statements
  readonly #clear
  readonly #clearOf
  readonly #settle
  readonly #mostListed
  readonly #changes
  readonly #counts
  readonly #kinds = new Map<string, ThingsOfKind>()

  /**
   * @param settle does the writes that wait, so that a read sees what came before it
   * @param most how many things of a kind are kept as objects in lists
   * @param changes told of what is made, changed and removed
   */
  constructor(db: Database, settle: () => void = () => {}, most = mostListed, changes = new Changes()) {
    this.#statements = new Statements(db)
    this.#clear = db.prepare<[]>('DELETE FROM thing')
    this.#clearOf = db.prepare<[string]>('DELETE FROM thing WHERE owner_id = ?')
    this.#settle = settle
    this.#mostListed = most
    this.#changes = changes
    this.#counts = new Counts(db)
  }

  /** Those of one kind; the same object each time. */
  of<Data = unknown>(kind: string): ThingsOfKind<Data> {
    let things = this.#kinds.get(kind)
    if (!things) {
      things = new ThingsOfKind(kind, this.#statements, this.#counts, this.#settle, this.#mostListed, this.#changes)
      this.#kinds.set(kind, things)
    }
    return things as ThingsOfKind<Data>
  }

  /**
   * All that the owner has, oldest first, by kind, with what does not exist yet. Nothing of it is kept in memory, since
   * who asks goes through all owners there are.
   */
  everyOf(ownerId: string, now: number): Map<string, Thing[]> {
    this.#settle()
    const kinds = new Map<string, Thing[]>()
    for (const row of this.#statements.everyOf.all(ownerId)) {
      const thing = toThing(row)
      if (isGone(thing, now)) continue
      const [, kind] = row
      const alike = kinds.get(kind)
      if (alike) alike.push(thing)
      else kinds.set(kind, [thing])
    }
    return kinds
  }

  /** Removes everything. */
  clear(): void {
    this.#clear.run()
    this.#forgetRead()
  }

  /** Removes all that the owner has, of whatever kind. */
  clearOf(ownerId: string): void {
    if (this.#clearOf.run(ownerId).changes > 0) this.#forgetRead()
    else for (const things of this.#kinds.values()) things.forgetListOf(ownerId)
  }

  /** Stores how many things there are. To be called in every transaction, before it is committed. */
  storeCounts(): void {
    this.#counts.store()
  }

  /** Drops what is kept in memory, which a transaction that failed may have left wrong. */
  forget(): void {
    this.#counts.forget()
    this.#forgetRead()
  }

  #forgetRead(): void {
    for (const things of this.#kinds.values()) things.forget()
  }
}

/** All that an owner has of one kind. */
interface List<Data> {
  /** Oldest first. */
  readonly things: Thing<Data>[]
  /** Whether all of them are there at any time. */
  isLasting: boolean
  /** Another object once one of them is made, changed or removed; none where the list is not kept. */
  version: object | undefined
}

/**
 * Clients ask for the same thing until its status changes, so what has been read a second time stays in memory until it
 * changes, or others take its place.
 */
export class ThingsOfKind<Data = unknown> {
  readonly #kind
  readonly #statements
  readonly #counts
  readonly #settle
  readonly #mostListed
  readonly #changes
  readonly #known = new FifoMap<Thing<Data>>(remembered)
  /** By owner. */
  readonly #lists = new Map<string, List<Data>>()
  #listed = 0
  readonly #foundLately = new Lately()
  readonly #listedLately = new Lately()

  constructor(
    kind: string,
    statements: Statements,
    counts: Counts,
    settle: () => void,
    most: number,
    changes: Changes,
  ) {
    this.#kind = kind
    this.#statements = statements
    this.#counts = counts
    this.#settle = settle
    this.#mostListed = most
    this.#changes = changes
  }

  /** Whatever its owner. */
  find(id: string, now: number): Thing<Data> | undefined {
    this.#settle()
    const found = this.#known.get(id) ?? this.#read(id)
    return found && isPresent(found, now) ? found : undefined
  }

  /** The one with the id, whatever its owner, one that has ceased to exist or does not exist yet included. */
  stored(id: string): Thing<Data> | undefined {
    this.#settle()
    return this.#known.get(id) ?? this.#read(id)
  }

  /** Whether a thing has the id, one that has ceased to exist included. */
  isTaken(id: string): boolean {
    return this.#known.get(id) !== undefined || this.#statements.find.get(id, this.#kind) !== undefined
  }

  #read(id: string): Thing<Data> | undefined {
    const row = this.#statements.find.get(id, this.#kind)
    if (!row) return undefined
    const thing = toThing<Data>(row)
    if (this.#foundLately.note(thing.id)) this.#known.set(thing.id, thing)
    return thing
  }

  /** Every one of the owner, oldest first. */
  allOf(ownerId: string, now: number): Thing<Data>[] {
    return this.#listOf(ownerId).things.filter((thing) => isPresent(thing, now))
  }

  /** The same, with those that do not exist yet. */
  allToCome(ownerId: string, now: number): Thing<Data>[] {
    return this.#listOf(ownerId).things.filter((thing) => !isGone(thing, now))
  }

  /** The one that has the place, one that has ceased to exist or does not exist yet included. */
  atPlace(ownerId: string, place: string): Thing<Data> | undefined {
    const row = this.#statements.atPlace.get(ownerId, this.#kind, place)
    return row && toThing<Data>(row)
  }

  /** How many there are. */
  total(now: number): number {
    this.#settle()
    return (this.#statements.total.get({ kind: this.#kind, now }) as number) + this.#counts.unstored(this.#kind)
  }

  /** One page, oldest first: `limit` things from the `offset`-th on. */
  page(ownerId: string, now: number, limit: number, offset: number): Page<Thing<Data>> {
    const { things, isLasting, version } = this.#listOf(ownerId)
    const isKept = version !== undefined
    if (isLasting) return { items: things.slice(offset, offset + limit), total: things.length, version, isKept }
    const items: Thing<Data>[] = []
    let total = 0
    for (const thing of things) {
      if (!isPresent(thing, now)) continue
      if (total >= offset && items.length < limit) items.push(thing)
      total += 1
    }
    return { items, total, isKept }
  }

  #listOf(ownerId: string): List<Data> {
    this.#settle()
    const known = this.#lists.get(ownerId)
    if (known) return known
    // Sorted here: SQLite would copy each row for it, and an index that has them sorted would slow every insert.
    const rows = this.#statements.ofOwner.all(ownerId, this.#kind).sort(([a], [b]) => a - b)
    const things = rows.map(toThing<Data>)
    const isKept = this.#listedLately.note(ownerId)
    const list = { things, isLasting: things.every(isLasting), version: isKept ? {} : undefined }
    if (!isKept) return list
    this.#lists.set(ownerId, list)
    this.#listed += weightOf(list)
    this.#makeRoomBeside(ownerId)
    return list
  }

  /** Drops the lists that have been kept longest, but for that of one owner, while there are more things in lists than may be. */
  #makeRoomBeside(ownerId: string): void {
    for (const owner of this.#lists.keys()) {
      if (this.#listed <= this.#mostListed) return
      if (owner !== ownerId) this.forgetListOf(owner)
    }
  }

  #forgetLists(): void {
    this.#lists.clear()
    this.#listed = 0
  }

  /** Drops the owner's list. */
  forgetListOf(ownerId: string): void {
    const list = this.#lists.get(ownerId)
    if (!list) return
    this.#listed -= weightOf(list)
    this.#lists.delete(ownerId)
  }

  /**
   * False when the owner already has a thing of this kind in the same place, or something of this kind has the id; the
   * unique indexes decide.
   */
  insert(thing: Thing<Data>): boolean {
    const { id, ownerId, place, data, transitions, goneAt, beginsAt = null } = thing
    const { changes } = this.#statements.insert.run(
      this.#kind,
      id,
      ownerId,
      place,
      JSON.stringify(data),
      JSON.stringify(transitions),
      goneAt,
      beginsAt,
    )
    if (changes === 0) return false
    this.#counts.add(this.#kind)
    const list = this.#lists.get(ownerId)
    if (list) {
      list.things.push(thing)
      list.isLasting &&= isLasting(thing)
      list.version = {}
      this.#listed += 1
      this.#makeRoomBeside(ownerId)
    }
    this.#changes.watcher?.({ what: 'created', kind: this.#kind, ownerId, id })
    return true
  }

  /** Stores everything of the thing but its id, its owner and when it begins, which never change. */
  update({ id, ownerId, place, data, transitions, goneAt }: Thing<Data>): void {
    this.#statements.update.run(place, JSON.stringify(data), JSON.stringify(transitions), goneAt, id, this.#kind)
    this.#known.delete(id)
    this.forgetListOf(ownerId)
    this.#changes.watcher?.({ what: 'changed', kind: this.#kind, ownerId, id })
  }

  remove({ id, ownerId }: Thing<Data>): void {
    this.#statements.remove.run(id, this.#kind)
    this.#known.delete(id)
    this.forgetListOf(ownerId)
    this.#changes.watcher?.({ what: 'gone', kind: this.#kind, ownerId, id })
  }

  /** Removes the owner's things that have ceased to exist; false when there are none. */
  purge(ownerId: string, now: number): boolean {
    const purged = this.#statements.purge.all(ownerId, this.#kind, now)
    if (purged.length === 0) return false
    // From memory too, since a clock that is set back must not bring a removed thing back.
    for (const id of purged) this.#known.delete(id)
    this.forgetListOf(ownerId)
    return true
  }

  /** Removes all that the owner has. */
  clearOf(ownerId: string): void {
    this.#statements.clearOf.run(ownerId, this.#kind)
    this.forget()
    this.#changes.watcher?.({ what: 'replaced', project: ownerId })
  }

  /** Drops what is kept in memory, which a transaction that failed may have left wrong. */
  forget(): void {
    this.#known.clear()
    this.#forgetLists()
  }
}

/** What a list counts for: an empty one takes memory too. */
function weightOf({ things }: List<unknown>): number {
  return things.length + 1
}

function isGone({ goneAt }: Thing, now: number): boolean {
  return goneAt !== null && goneAt <= now
}

function isPresent(thing: Thing, now: number): boolean {
  return !isGone(thing, now) && (thing.beginsAt === undefined || thing.beginsAt <= now)
}

/** Whether the thing has always been there, and does not end. */
function isLasting({ goneAt, beginsAt }: Thing): boolean {
  return goneAt === null && beginsAt === undefined
}

function toThing<Data>([, , id, ownerId, place, data, transitions, goneAt, beginsAt]: Row): Thing<Data> {
  return {
    id,
    ownerId,
    place,
    data: readJson(data),
    transitions: readJson(transitions),
    goneAt,
    ...(beginsAt !== null && { beginsAt }),
  }
}
