// What documents say that a command prints, compared with what it prints.

/** The first line of `expected` that does not come in `printed`, in this order, where … stands for anything; undefined for none. */
export function missing(expected, printed) {
  const lines = printed.split(/\r?\n/)
  for (const line of expected.trimEnd().split('\n')) {
    const pattern = line.split('…').map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    const form = new RegExp(`^${pattern.join('.*')}$`)
    const at = lines.findIndex((found) => form.test(found))
    if (at === -1) return line
    lines.splice(0, at + 1)
  }
  return undefined
}
