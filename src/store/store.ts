import { Changes } from './changes.js'
import { type Database, explainDatabaseFailure, openDatabase } from './database.js'
import { DirectoryRepository } from './directory.js'
import { FaultRepository } from './faults.js'
import { GroupCommit } from './group-commit.js'
import { PropertyRepository } from './properties.js'
import { ResponseRepository } from './responses.js'
import { SnapshotRepository } from './snapshots.js'
import { TenantRepository } from './tenants.js'
import { Things } from './things.js'
import { Vault } from './vault.js'
import { VersionRepository } from './versions.js'

/** Everything that is kept, in one SQLite database. No rules live here but those that the schema enforces. */
export interface Store {
  readonly directory: DirectoryRepository
  readonly tenants: TenantRepository
  readonly things: Things
  readonly versions: VersionRepository
  readonly properties: PropertyRepository
  readonly faults: FaultRepository
  readonly responses: ResponseRepository
  readonly snapshots: SnapshotRepository
  readonly vault: Vault
  /** What changes in the directory and among the things. */
  readonly changes: Changes
  /** Runs `work` in one write transaction: all of it happens, or, when it throws, nothing. */
  transaction<T>(work: () => T): T
  /** Runs `work` in a write transaction that it shares with the work of other requests; resolves once it is committed. */
  write<T>(work: () => T): Promise<T>
  /** How often all that a fixture brings has been removed. */
  readonly clears: number
  /** Removes all that a fixture brings; keys, revoked tokens and snapshots stay. */
  clear(): void
  close(): void
}

/**
 * Opens the store at `path`, `:memory:` for one that ends with the process.
 * @param db the database there, where it is open already; closed with the store
 * @throws {DatabaseError} when it cannot be used; see `openDatabase`.
 */
export function openStore(path: string, db: Database = openDatabase(path)): Store {
  try {
    const atomic = db.transaction((work: () => unknown) => {
      const result = work()
      things.storeCounts()
      return result
    })
    let clears = 0
    const inTransaction = (work: () => unknown): unknown => {
      const before = clears
      // Within another transaction, which may go on when this one fails: what that has counted stays.
      things.storeCounts()
      try {
        return atomic.immediate(work)
      } catch (error) {
        clears = before
        for (const repository of [directory, tenants, things, versions, properties]) repository.forget()
        throw error
      }
    }
    const writes = new GroupCommit(inTransaction)
    const changes = new Changes()
    const directory = new DirectoryRepository(db, changes)
    const tenants = new TenantRepository(db)
    const things = new Things(db, () => writes.flush(), undefined, changes)
    const versions = new VersionRepository(db)
    const properties = new PropertyRepository(db)
    const faults = new FaultRepository(db)
    const responses = new ResponseRepository(db)
    return {
      get clears() {
        return clears
      },
      directory,
      tenants,
      things,
      versions,
      properties,
      faults,
      responses,
      snapshots: new SnapshotRepository(db),
      vault: new Vault(db),
      changes,
      transaction: <T>(work: () => T) => {
        writes.flush()
        return inTransaction(work) as T
      },
      write: (work) => writes.add(work),
      clear: () => {
        clears += 1
        things.clear()
        tenants.clear()
        directory.clear()
        versions.clear()
        properties.clear()
        faults.clear()
        responses.clear()
        changes.watcher?.({ what: 'replaced', project: null })
      },
      close: () => {
        writes.flush()
        db.close()
      },
    }
  } catch (error) {
    db.close()
    throw explainDatabaseFailure(path, error as Error)
  }
}
