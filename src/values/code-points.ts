/** Compares by Unicode code points, unlike `<`, which goes by UTF-16 units. */
export function compareCodePoints(a: string, b: string): number {
  let i = 0
  while (i < a.length && a[i] === b[i]) i += 1
  return (a.codePointAt(i) ?? -1) - (b.codePointAt(i) ?? -1)
}
