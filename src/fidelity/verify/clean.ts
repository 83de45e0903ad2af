/** Deletes what a run has made, and proves that it is gone. */
import { isRecord } from '../../values/record.js'
import type { Ledger, LedgerEntry } from './ledger.js'
import type { Credentials, Sender, Time } from './sender.js'
import { Ended, isKey } from './sender.js'
import { asking, idOf, itemsOf } from './shape.js'
import { jsonOf, Unmeasured, type WireAnswer } from './transport.js'

/** How often the target is asked whether something has gone, in milliseconds. */
export const pollEvery = 5000
/** How often a list is looked at for what a create without answer may have made. */
const looks = 3

/** Path of something that is still there, or may be. */
export type Left = string

/**
 * Works the ledger off: finds what creates without answer have made, deletes everything, and asks until each thing is
 * 404, or the sender's budget or time is spent. Returns what is not proved gone.
 */
export async function workOff(ledger: Ledger, sender: Sender, time: Time): Promise<Left[]> {
  const left: Left[] = []
  for (const entry of ledger.unsettled) {
    try {
      if (entry.state === 'sent') await find(entry, ledger, sender, time)
      for (const id of entry.ids) {
        await remove(`${entry.list}/${id}`, sender, time)
        const others = entry.ids.filter((other) => other !== id)
        ledger.settle(entry, others.length > 0 ? 'made' : 'deleted', others)
      }
    } catch (error) {
      if (!(error instanceof Unmeasured)) throw error
      left.push(...(entry.ids.length > 0 ? entry.ids.map((id) => `${entry.list}/${id}`) : [entry.list]))
    }
  }
  return left
}

/** Looks in the list for what a create may have made: what was not there before, and fits what was sent. */
async function find(entry: LedgerEntry, ledger: Ledger, sender: Sender, time: Time): Promise<void> {
  for (let look = 0; look < looks; look += 1) {
    if (look > 0) await time.wait(pollEvery, never)
    const items = await itemsOf(sender, entry.list)
    if (items === undefined) throw new Ended('the list cannot be read')
    const made = items.filter((item) => fits(item, entry)).map(idOf)
    const ids = made.filter((id) => id !== undefined)
    if (ids.length < made.length) throw new Ended('what was made has no id')
    if (ids.length > 0) return ledger.settle(entry, 'made', ids)
  }
  ledger.settle(entry, 'refused')
}

/** Whether the create may have made it: it is new, and every text that it has in common with what was sent is the same. */
function fits(item: Readonly<Record<string, unknown>>, { before, body }: LedgerEntry): boolean {
  const sent = parsed(body)
  if (!isRecord(sent) || before.includes(idOf(item) ?? '')) return false
  // The provider is the same for all, so it tells nothing.
  const told = Object.keys(sent).filter(
    (name) => name !== 'cloudProvider' && typeof item[name] === 'string' && typeof sent[name] === 'string',
  )
  return told.length > 0 && told.every((name) => item[name] === sent[name])
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Deletes, as often as the target refuses that, and looks until it is 404. */
async function remove(path: string, sender: Sender, time: Time): Promise<void> {
  let isTaken = false
  for (;;) {
    const answer = await sender.send(asking('GET', path))
    if (answer.status === 404) return
    const wasTaken = isTaken
    if (!isTaken || hasFailed(answer)) isTaken = await isDeleted(path, sender)
    // What has just been deleted may be gone already, so that is looked at without waiting.
    if (wasTaken || !isTaken) await time.wait(pollEvery, never)
  }
}

/** Whether a private endpoint is FAILED, in which its deletion may have ended: then it is to be deleted again. */
export function hasFailed(answer: WireAnswer): boolean {
  const body = jsonOf(answer)
  return isRecord(body) && body.status === 'FAILED'
}

/** Whether the target takes a DELETE. */
async function isDeleted(path: string, sender: Sender): Promise<boolean> {
  const { status } = await sender.send(asking('DELETE', path))
  return status < 300
}

const never = new AbortController().signal

/** The command by which a person deletes it; credentials stay in their variables. */
export function curlFor(base: URL, path: string, credentials: Credentials): string {
  const who = isKey(credentials)
    ? '--user "$MONGODB_ATLAS_PUBLIC_API_KEY:$MONGODB_ATLAS_PRIVATE_API_KEY" --digest'
    : '--header "Authorization: Bearer $ACCESS_TOKEN"'
  const isOne = /\/[0-9a-f]{24}$/.test(path)
  return `curl ${who} --header "Accept: application/vnd.atlas.2025-03-12+json" ${isOne ? '--request DELETE ' : ''}"${base.origin}${path}"`
}
