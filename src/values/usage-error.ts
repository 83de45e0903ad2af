/** The program was called in a way it does not understand; `message` says what is wrong and what is allowed. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
