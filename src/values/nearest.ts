import { distance } from 'fastest-levenshtein'

/** The one of `names` that `text` may be a slip of the pen for, if any: at most every fourth character differs. */
export function nearest(text: string, names: readonly string[]): string | undefined {
  const distances = names.map((name) => ({ name, changes: distance(text, name) }))
  const [best] = distances.sort((a, b) => a.changes - b.changes)
  return best && best.changes <= text.length / 4 ? best.name : undefined
}
