/** What a run may have made, on disk before it is sent: whoever interrupts the run finds there what to delete. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { validator } from '../../values/schema.js'
import { UsageError } from '../../values/usage-error.js'

const Entry = Type.Object({
  /** Path of the list that the thing is in. */
  list: Type.String({ pattern: '^/api/atlas/v2/[A-Za-z0-9/]+$' }),
  body: Type.String(),
  /** Ids in the list before. */
  before: Type.Array(Type.String({ pattern: '^[0-9a-f]{24}$' })),
  at: Type.String(),
  state: Type.Union([Type.Literal('sent'), Type.Literal('refused'), Type.Literal('made'), Type.Literal('deleted')]),
  ids: Type.Array(Type.String({ pattern: '^[0-9a-f]{24}$' })),
})

const LedgerFile = Type.Object({
  ledger: Type.Literal(1),
  emulator: Type.String(),
  against: Type.String({ pattern: '^https?://' }),
  project: Type.String({ pattern: '^[0-9a-f]{24}$' }),
  entries: Type.Array(Entry),
})
export type LedgerFile = Static<typeof LedgerFile>
export type LedgerEntry = Static<typeof Entry>

/** The ledger of one run. A file that a run has worked off is removed. */
export class Ledger {
  readonly path: string
  readonly file: LedgerFile

  constructor(path: string, file: LedgerFile) {
    this.path = path
    this.file = file
  }

  /**
   * Begins a ledger, and writes it at once: a run that could not write is not to begin.
   * @throws {UsageError} when another run has left its ledger there, or nothing can be written
   */
  static start(path: string, about: Omit<LedgerFile, 'ledger' | 'entries'>): Ledger {
    if (existsSync(path)) {
      throw new UsageError(
        `${path} is the ledger of a run that was interrupted. See to it first: atlas-backup-emulator verify --clean ${path}`,
      )
    }
    const ledger = new Ledger(path, { ledger: 1, ...about, entries: [] })
    try {
      ledger.#write(true)
    } catch (error) {
      throw new UsageError(
        `The ledger cannot be written: ${(error as Error).message}. Choose another place with --ledger.`,
      )
    }
    return ledger
  }

  /** @throws {UsageError} for a file that cannot be read or is no ledger */
  static open(path: string): Ledger {
    let file: unknown
    try {
      file = JSON.parse(readFileSync(path, 'utf8'))
    } catch {
      throw new UsageError(`${path} cannot be read as JSON; allowed: a ledger that verify has left.`)
    }
    const isLedger = validator<LedgerFile>(LedgerFile)
    if (!isLedger(file)) throw new UsageError(`${path} is no ledger that verify has left.`)
    return new Ledger(path, file)
  }

  /**
   * Writes that a create is about to be sent, and returns once it is on the disk.
   * @throws when it cannot be written: then the create must not be sent
   */
  open(entry: Pick<LedgerEntry, 'list' | 'body' | 'before' | 'at'>): LedgerEntry {
    const opened: LedgerEntry = { ...entry, state: 'sent', ids: [] }
    this.file.entries.push(opened)
    this.#write(true)
    return opened
  }

  settle(entry: LedgerEntry, state: LedgerEntry['state'], ids: readonly string[] = entry.ids): void {
    entry.state = state
    entry.ids = [...ids]
    // What is lost of this is found again in the list.
    this.#write(false)
  }

  /** What may still be there. */
  get unsettled(): readonly LedgerEntry[] {
    return this.file.entries.filter(({ state }) => state === 'sent' || state === 'made')
  }

  /** Paths of what is known to be there. */
  get made(): ReadonlySet<string> {
    return new Set(
      this.file.entries.flatMap(({ list, ids, state }) => (state === 'made' ? ids.map((id) => `${list}/${id}`) : [])),
    )
  }

  /** Removes the file once nothing is left that it tells of. */
  close(): void {
    if (this.unsettled.length === 0) rmSync(this.path, { force: true })
  }

  /** Written beside the old one and put in its place, so that there is one whole file at every moment. */
  #write(isSynced: boolean): void {
    const beside = `${this.path}.new`
    const file = openSync(beside, 'w', 0o600)
    try {
      writeSync(file, `${JSON.stringify(this.file, null, 2)}\n`)
      if (isSynced) fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(beside, this.path)
    if (!isSynced) return
    const folder = openSync(dirname(this.path), 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  }
}
