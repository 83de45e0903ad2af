/** A map that forgets its oldest entry rather than grow beyond `limit` entries. */
export class BoundedMap<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  get(key: K): V | undefined {
    return this.#entries.get(key)
  }

  delete(key: K): void {
    this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
  }

  /** Returns the value that had to go, if any. */
  set(key: K, value: V): V | undefined {
    const isFull = this.#entries.size >= this.#limit && !this.#entries.has(key)
    this.#entries.set(key, value)
    if (!isFull) return undefined
    const [oldest, forgotten] = this.#entries.entries().next().value as [K, V]
    this.#entries.delete(oldest)
    return forgotten
  }
}
