export const pictures: readonly string[]
export interface Hashes {
  readonly sources: string
  readonly pictures: Readonly<Record<string, string>>
}
export function hashes(): Hashes
export function recorded(): Hashes
