import { distance } from 'fastest-levenshtein'

/** The one of `names` that `text` may be a slip of the pen for, if any: at most every fourth character differs. */
export function nearest(text: string, names: readonly string[]): string | undefined {
  const candidates = names.map((name) => ({ name, changes: changes(text, name) }))
  const [best] = candidates.sort((a, b) => a.changes - b.changes)
  return best && best.changes <= text.length / 4 ? best.name : undefined
}

/** How many characters to add, drop or replace; two neighbours that have changed places count as one slip. */
function changes(a: string, b: string): number {
  const first = [...a].findIndex((letter, i) => letter !== b[i])
  const swapped = `${a.slice(0, first)}${a[first + 1]}${a[first]}${a.slice(first + 2)}`
  return first >= 0 && swapped === b ? 1 : distance(a, b)
}
