/** One run: asks both sides, compares, keeps the ledger. */
import { isRecord } from '../../values/record.js'
import type { ClaimId } from '../claims.js'
import { Attribution } from './attribution.js'
import { differences, shapes } from './compare.js'
import type { Exchange, Finding } from './evidence.js'
import type { Ledger, LedgerEntry } from './ledger.js'
import { entities, type Need, needs, type Probe } from './probe.js'
import type { RedactedAnswer, Redactor } from './redaction.js'
import { nobody, type References } from './references.js'
import { NotSent, type Outgoing, type Sender } from './sender.js'
import { idOf } from './shape.js'
import { headerOf, jsonOf, Unanswered, Unmeasured, type WireAnswer } from './transport.js'

/** An emulator, started for a run as what the target's answers are compared with. */
export interface Expectation {
  readonly url: string
  /** Moves its clock ahead by so many milliseconds. */
  advance(milliseconds: number): void
  close(): Promise<void>
}

/** One of the two that are compared. */
export interface Side {
  readonly sender: Sender
  readonly references: References
  readonly redactor: Redactor
}

/** What can be asked of a side: a probe's request, without what the probe is for. */
export type Question = Pick<Probe, 'method' | 'path' | 'identity' | 'headers' | 'body'>

/** The request that a question is on one side. */
export function filled({ method, path, identity, headers, body }: Question, { references }: Side): Outgoing {
  return {
    method,
    target: references.fill(path),
    identity,
    headers,
    ...(body !== undefined && { body: Buffer.from(references.fill(body)) }),
  }
}

/** Asks one side. */
export async function ask(question: Question, side: Side): Promise<{ raw: WireAnswer; told: RedactedAnswer }> {
  const raw = await side.sender.send(filled(question, side))
  return { raw, told: side.redactor.answer(raw, question.method) }
}

/** Whether a question may create something if the target takes it. */
export function isCreate({ method, identity, path }: Question): boolean {
  return method === 'POST' && identity === 'own' && !path.startsWith('/api/oauth/')
}

/** What one exchange says of each claim that it shows. */
export function findingsOf(
  probe: Probe,
  here: RedactedAnswer,
  there: RedactedAnswer,
  again: RedactedAnswer | undefined,
): Finding[] {
  const entity = probe.shows && entities[probe.shows]
  const attribution = new Attribution(probe, entity, here)
  const compare = (one: RedactedAnswer, other: RedactedAnswer) =>
    differences(...(probe.isShape && one.status < 300 ? shapes(one, other) : ([one, other] as const)))
  const unstable = again ? compare(there, again) : []
  const isUnstable = (place: string) =>
    unstable.some((difference) => difference.place === place || difference.place === 'status')
  const findings = new Map<ClaimId, Finding>()
  const add = (claim: ClaimId, verdict: Finding['verdict'], difference: Finding['differences'][number]) => {
    const known = findings.get(claim)
    // What is certain stands in the place of what is not.
    const before = known?.verdict === verdict ? known.differences : []
    findings.set(claim, { claim, verdict, differences: [...before, difference] })
  }
  for (const difference of unstable)
    for (const claim of attribution.claimsOf(difference)) add(claim, 'instrument', difference)
  const found = compare(here, there).filter(({ place }) => !isUnstable(place))
  for (const difference of found)
    for (const claim of attribution.claimsOf(difference)) add(claim, 'different', difference)
  // With another status everything else is another matter.
  const isOther = [...found, ...unstable].some(({ place }) => place === 'status')
  const same = isOther ? [] : attribution.shown.filter((claim) => !findings.has(claim))
  return [...findings.values(), ...same.map((claim): Finding => ({ claim, verdict: 'same', differences: [] }))]
}

/** The budget of a bucket that both sides told, which falls by one from answer to answer [bucket-remaining]. */
function remainingFinding(first: readonly WireAnswer[], second: readonly WireAnswer[]): Finding[] {
  const fall = (answers: readonly WireAnswer[]) => {
    const [one, two] = answers.map((answer) => headerOf(answer, 'ratelimit-remaining'))
    return one === undefined || two === undefined ? undefined : Number(one) - Number(two)
  }
  const [here, there] = [fall(first), fall(second)]
  // A bucket that was refilled in between, or that others take from as well, shows nothing.
  if (here !== 1 || there === undefined || Number.isNaN(there) || there < 0 || there > 1) return []
  const difference = {
    place: 'header:ratelimit-remaining',
    kind: 'value',
    here: 'falls by 1',
    there: `falls by ${there}`,
  } as const
  return [
    there === 1
      ? { claim: 'bucket-remaining', verdict: 'same', differences: [] }
      : { claim: 'bucket-remaining', verdict: 'different', differences: [difference] },
  ]
}

export class Run {
  readonly exchanges: Exchange[] = []
  readonly here: Side
  readonly there: Side
  readonly #has: ReadonlySet<Need>
  readonly #ledger: Ledger | undefined
  readonly #before: ReadonlyMap<string, readonly string[]>
  readonly #now: () => number
  #isRefusedHere = false
  #isInLedger = false
  #ended: string | undefined

  constructor(parts: {
    here: Side
    there: Side
    has: ReadonlySet<Need>
    ledger: Ledger | undefined
    before: ReadonlyMap<string, readonly string[]>
    now: () => number
  }) {
    this.here = parts.here
    this.there = parts.there
    this.#has = parts.has
    this.#ledger = parts.ledger
    this.#before = parts.before
    this.#now = parts.now
  }

  /** What the guard is told of the request that is about to be sent. */
  get permit(): { isRefusedHere: boolean; isInLedger: boolean; made: ReadonlySet<string> } {
    return {
      isRefusedHere: this.#isRefusedHere,
      isInLedger: this.#isInLedger,
      made: this.#ledger?.made ?? new Set(),
    }
  }

  /** Why the run has ended before its end. */
  get ended(): string | undefined {
    return this.#ended ?? this.there.sender.ended
  }

  /** Ends the run; where the sender has ended already, that is why. */
  end(why: string): void {
    this.#ended ??= this.there.sender.ended ?? why
  }

  /** Asks both sides a probe that changes nothing, the target twice. */
  async measure(probe: Probe): Promise<void> {
    const missing = probe.needs?.find((need) => !this.#has.has(need))
    if (missing !== undefined) return this.record(probe, { findings: [], unmeasured: needs[missing] })
    const here = await ask(probe, this.here)
    const hereAgain = await ask(probe, this.here)
    await this.attempt(probe, here.told, async () => {
      const first = await this.askThere(probe, here.raw)
      if (this.#ended !== undefined) return this.compare(probe, here.told, first.told, undefined)
      const second = await this.askThere(probe, here.raw)
      this.compare(probe, here.told, first.told, second.told)
      const remaining = remainingFinding([here.raw, hereAgain.raw], [first.raw, second.raw])
      const last = this.exchanges.at(-1) as Exchange
      this.exchanges[this.exchanges.length - 1] = { ...last, findings: [...last.findings, ...remaining] }
    })
  }

  /** Does something with the target; what keeps it from being done is recorded, and nothing is the same then. */
  async attempt(probe: Probe, here: RedactedAnswer | undefined, action: () => Promise<void>): Promise<boolean> {
    try {
      await action()
      return true
    } catch (error) {
      if (!(error instanceof Unmeasured)) throw error
      const why = error instanceof NotSent ? `not sent: ${error.message}` : error.message
      this.record(probe, { findings: [], unmeasured: why, ...(here && { here }) })
      return false
    }
  }

  compare(
    probe: Probe,
    here: RedactedAnswer,
    there: RedactedAnswer,
    again: RedactedAnswer | undefined,
    advance?: number,
  ): void {
    this.record(probe, {
      findings: findingsOf(probe, here, there, again),
      here,
      there,
      ...(advance !== undefined && { advance }),
    })
  }

  record(
    { id, claims, method, path, identity, headers, body }: Probe,
    rest: Omit<Exchange, 'probe' | 'claims' | 'request'>,
  ): void {
    this.exchanges.push({
      probe: id,
      claims,
      request: { method, path, identity, headers, ...(body !== undefined && { body }) },
      ...rest,
    })
  }

  /**
   * Asks the target. What may create something is in the ledger before, and whatever is made although it ought to be
   * refused ends the run.
   */
  async askThere(
    question: Question,
    here: WireAnswer,
  ): Promise<{ raw: WireAnswer; told: RedactedAnswer; entry: LedgerEntry | undefined }> {
    const isRefusedHere = here.status >= 400 && here.status < 500
    this.#isRefusedHere = isRefusedHere
    const entry = isCreate(question) ? this.#openEntry(question) : undefined
    this.#isInLedger = entry !== undefined
    const answer = await ask(question, this.there)
      .catch((error: unknown) => {
        // Nothing was made by what was not sent, or in a project that does not exist.
        if (entry && (!(error instanceof Unanswered) || isNowhere(entry.list))) this.#ledger?.settle(entry, 'refused')
        else if (entry) this.end(unknownOutcome)
        throw error
      })
      .finally(() => {
        this.#isInLedger = false
        this.#isRefusedHere = false
      })
    if (entry) this.#settle(entry, answer.raw, isRefusedHere)
    return { ...answer, entry }
  }

  #openEntry(question: Question): LedgerEntry | undefined {
    const { target, body } = filled(question, this.there)
    const [list = ''] = target.split('?')
    const before = this.#before.get(list) ?? (isNowhere(list) ? [] : undefined)
    // Where the list cannot be read, nothing that is made could be found again.
    if (before === undefined) return undefined
    return this.#ledger?.open({
      list,
      body: body?.toString() ?? '',
      before: [...before],
      at: new Date(this.#now()).toISOString(),
    })
  }

  #settle(entry: LedgerEntry, answer: WireAnswer, isRefusedHere: boolean): void {
    const { status } = answer
    if (status >= 400 && status < 500) this.#ledger?.settle(entry, 'refused')
    // A failure may have made something: the entry stays as sent, and the list is looked at.
    else if (status >= 300) this.end(unknownOutcome)
    if (status >= 300) return
    if (isRefusedHere) this.end('the target has taken what the emulator refuses')
    const body = jsonOf(answer)
    const id = isRecord(body) ? idOf(isRecord(body.content) ? body.content : body) : undefined
    // Whatever an answer says, what was there before was not made by this run.
    if (id !== undefined && !entry.before.includes(id)) this.#ledger?.settle(entry, 'made', [id])
  }
}

const unknownOutcome = 'the answer to a create did not say what became of it'

/** A list of a project that does not exist, or of a provider that is none. */
function isNowhere(list: string): boolean {
  return list.includes(`/${nobody}/`) || list.includes('/AZURE/')
}
