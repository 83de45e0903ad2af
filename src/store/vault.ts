import { randomBytes } from 'node:crypto'
import type { Database } from 'better-sqlite3'

/** What must survive a restart for credentials to keep working: keys, the count of starts, and revoked tokens. */
export class Vault {
  readonly #secret
  readonly #addSecret
  readonly #increment
  readonly #revoke
  readonly #forget
  readonly #isRevoked
  readonly #inTransaction

  constructor(db: Database) {
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
    this.#forget = db.prepare<[number]>('DELETE FROM revoked_token WHERE expires_at <= ?')
    this.#isRevoked = db.prepare<[string], number>('SELECT 1 FROM revoked_token WHERE id = ?').pluck()
    this.#inTransaction = db.transaction((work: () => void) => work())
  }

  /** The 32 random bytes stored under `name`, made on first use. */
  key(name: string): Buffer {
    const stored = this.#secret.get(name)
    if (stored) return stored
    const made = randomBytes(32)
    this.#addSecret.run(name, made)
    return made
  }

  /** Adds one to the counter `name` and returns it; the first call ever returns 1. */
  increment(name: string): number {
    return this.#increment.get(name) as number
  }

  /** Remembers that the token `id` is void, until it would have expired anyway (milliseconds since the epoch). */
  revoke(id: string, expiresAt: number, now: number): void {
    this.#inTransaction.immediate(() => {
      this.#forget.run(now)
      this.#revoke.run(id, expiresAt)
    })
  }

  isRevoked(id: string): boolean {
    return this.#isRevoked.get(id) === 1
  }
}
