import { randomBytes } from 'node:crypto'
import type { Database } from './database.js'

/** What must survive a restart for credentials to keep working: keys, the count of starts, and revoked tokens. */
export class Vault {
  readonly #secret
  readonly #addSecret
  readonly #increment
  readonly #revoke
  readonly #forget
  readonly #isRevoked
  readonly #inTransaction
  readonly #mostRevoked

  /** @param mostRevoked how many revoked tokens are remembered */
  constructor(db: Database, mostRevoked = 100_000) {
    this.#mostRevoked = mostRevoked
    this.#secret = db.prepare<[string], Buffer>('SELECT value FROM secret WHERE name = ?').pluck()
    this.#addSecret = db.prepare<[string, Buffer]>('INSERT INTO secret (name, value) VALUES (?, ?)')
    this.#increment = db
      .prepare<[string], number>(
        'INSERT INTO counter (name, value) VALUES (?, 1) ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value',
      )
      .pluck()
    this.#revoke = db.prepare<[string, number]>(
      'INSERT INTO revoked_token (id, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING',
    )
    this.#forget = db.prepare<[number]>(
      `DELETE FROM revoked_token WHERE id IN (SELECT id FROM revoked_token ORDER BY expires_at DESC LIMIT -1 OFFSET ?)`,
    )
    this.#isRevoked = db.prepare<[string], number>('SELECT 1 FROM revoked_token WHERE id = ?').pluck()
    this.#inTransaction = db.transaction((work: () => void) => work())
  }

  /**
   * The 32 bytes stored under `name`, made on first use.
   * @param make random ones, unless it says otherwise
   */
  key(name: string, make: () => Buffer = () => randomBytes(32)): Buffer {
    const stored = this.#secret.get(name)
    if (stored) return stored
    const made = make()
    this.#addSecret.run(name, made)
    return made
  }

  /** Adds one to the counter `name` and returns it; the first call ever returns 1. */
  increment(name: string): number {
    return this.#increment.get(name) as number
  }

  /**
   * Remembers that the token `id` is void. Not only until it expires (milliseconds since the epoch): the clock may be set
   * back. Of too many, those that expire first are forgotten.
   */
  revoke(id: string, expiresAt: number): void {
    this.#inTransaction.immediate(() => {
      this.#revoke.run(id, expiresAt)
      this.#forget.run(this.#mostRevoked)
    })
  }

  isRevoked(id: string): boolean {
    return this.#isRevoked.get(id) === 1
  }
}
