import { errorCodes, statusOf } from '../atlas/errors/codes.js'
import { isOAuthErrorCode, oauthErrorCodes } from '../atlas/errors/oauth-errors.js'
import { nearest } from '../values/nearest.js'
import { parseDuration } from '../values/time.js'
import type { FaultAction } from './faults.js'
import { type Breakage, breakages, longestDelay, oauthOperationIds } from './rule.js'

/** With which a request asks for faults, and an answer tells which had a part in it. */
export const faultHeader = 'x-emulator-fault'

/** What an answer says of the fault that touched it, in `X-Emulator-Fault`. */
export function faultName(action: FaultAction): string {
  if ('errorCode' in action) return action.errorCode
  return 'break' in action ? action.break : 'delay'
}

/** Characters of a text that is worth a comparison with every name there is. */
const longestShown = 100

/** What may stand in a request's `X-Emulator-Fault`, for people. */
const forms = `an error code, ${breakages.join(', ')}, close=BYTES, delay=DURATION, delay-after=DURATION`

/**
 * Reads a request's `X-Emulator-Fault`: faults that are to touch this request alone, separated by commas.
 * @param operationId that of the request: the token endpoint's know OAuth's errors too
 * @returns what is wrong with it, when it names no fault
 */
export function parseFaultHeader(text: string, operationId: string): FaultAction[] | string {
  const actions: FaultAction[] = []
  for (const item of text.split(',').map((part) => part.trim())) {
    const isOAuth = oauthOperationIds.includes(operationId)
    const action = isOAuth && isOAuthErrorCode(item) ? { errorCode: item } : parseItem(item)
    if (!action) {
      const meant =
        item.length > longestShown
          ? undefined
          : nearest(item, [...errorCodes, ...(isOAuth ? oauthErrorCodes : []), ...breakages])
      return `found "${item.slice(0, longestShown)}"; allowed: ${forms}.${meant ? ` Did you mean ${meant}?` : ''}`
    }
    actions.push(action)
  }
  const last = actions.findIndex((action) => !('delay' in action))
  if (last !== -1 && last < actions.length - 1)
    return 'found something after an error or a breakage; allowed: delays before it'
  return actions
}

function parseItem(item: string): FaultAction | undefined {
  if (statusOf(item) !== undefined) return { errorCode: item }
  const [name, value] = item.split('=') as [string, string?]
  if (name === 'delay' || name === 'delay-after') {
    const delay = parseDuration(value ?? '')
    if (delay === undefined || delay > longestDelay) return undefined
    return { delay, delayed: name === 'delay' ? 'before' : 'after' }
  }
  if (name === 'close' && value !== undefined) {
    return /^[0-9]{1,15}$/.test(value) ? { break: 'close', bytes: Number(value), of: 'answer' } : undefined
  }
  return breakages.includes(item as Breakage) ? { break: item as Breakage, bytes: 0, of: 'answer' } : undefined
}
