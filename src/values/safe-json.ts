import { scan } from 'secure-json-parse'

/** What a text has that could give an object another prototype, be it escaped. */
const suspect = /__proto__|constructor|\\u/

/**
 * Parses JSON, without the attributes `__proto__` and `constructor.prototype`, by which a copy would get another
 * prototype. The package's own `parse` assigns to `Error`, which the program around may have frozen.
 * @throws {SyntaxError} for what is no JSON, or has such an attribute
 */
export function parseSafely(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (typeof value === 'object' && value !== null && suspect.test(text)) scan(value)
  return value
}
