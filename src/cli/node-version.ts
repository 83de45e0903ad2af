/**
 * Ends the process with one message when its Node is older than the oldest one allowed, such as `20.18`. The message is
 * to be read, so this must be run before anything that an older Node does not have or cannot parse.
 */
export function refuseOlderNode(oldest: string): void {
  const { node } = process.versions
  const [[major = 0, minor = 0], [leastMajor = 0, leastMinor = 0]] = [node, oldest].map(numbers) as [number[], number[]]
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return
  process.stderr.write(`atlas-backup-emulator: This is Node ${node}; ${oldest} or newer is needed.\n`)
  process.exit(1)
}

function numbers(version: string): number[] {
  return version.split('.').map(Number)
}
