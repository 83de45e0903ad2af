/** What was stored as JSON is none any more: the file has been damaged in a way that SQLite cannot see. */
export class DamagedJson extends Error {
  override readonly name = 'DamagedJson'
}

/**
 * Reads JSON that this program has stored.
 * @throws {DamagedJson} for what is none
 */
export function readJson<T>(text: string): T {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new DamagedJson((error as Error).message)
  }
}
