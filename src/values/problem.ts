/** What is wrong with one place of something that was given. */
export interface Problem {
  /** JSON Pointer (RFC 6901) to the place; empty for the whole. */
  readonly pointer: string
  /** What was found there, and what is allowed. */
  readonly text: string
}

/** JSON, cut off where it gets long. */
export function show(value: unknown): string {
  const text = write(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

function write(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'nothing'
  } catch {
    // It is nested too deeply.
    return '…'
  }
}
