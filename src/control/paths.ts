import { pathOf } from '../values/url.js'

/** Where the control API is. */
export const controlPrefix = '/_emulator'

const healthPath = `${controlPrefix}/health`

/** Whether a request target is one of the control API's. */
export function isControlPath(url: string): boolean {
  const path = pathOf(url)
  if (!path.startsWith(controlPrefix)) return path.includes('%') && decodedStart(path) === controlPrefix
  return path.length === controlPrefix.length || path[controlPrefix.length] === '/'
}

/** The same for what there is of it while it is off. */
export function isHealthPath(url: string): boolean {
  return pathOf(url) === healthPath
}

/** The path's first segment, with its slash, as the router reads it; empty where it cannot be decoded. */
function decodedStart(path: string): string {
  try {
    return `/${decodeURIComponent(path.split('/', 2)[1] as string)}`
  } catch {
    return ''
  }
}
