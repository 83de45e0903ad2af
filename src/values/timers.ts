/** Acts once so many milliseconds of real time have passed; the process does not wait for it. Returns what calls it off. */
export function after(milliseconds: number, action: () => void): () => void {
  const timer = setTimeout(action, milliseconds).unref()
  return () => clearTimeout(timer)
}
