/** The life of one private endpoint, on both sides step by step: the level mutate. */
import { isRecord } from '../../values/record.js'
import { hasFailed, pollEvery, workOff } from './clean.js'
import type { Finding } from './evidence.js'
import type { Ledger } from './ledger.js'
import type { Probe } from './probe.js'
import { livingClaims } from './probes.js'
import { ask, type Expectation, type Run } from './run.js'
import type { Time } from './sender.js'
import { asking } from './shape.js'
import { jsonOf, type WireAnswer } from './transport.js'

/** How long the emulator takes to make an endpoint, and to delete one, in milliseconds: its clock is moved past it. */
export const expectedTime = 600_000
/** How long endpoints have been seen to stay INITIATING, in milliseconds [endpoint-initiating-lasts]. */
const longestInitiating = 180_000
/** An endpoint that is there for less time than this after its DELETE may still go, in milliseconds. */
const longestDeleting = 180_000

export interface LifeOptions {
  readonly run: Run
  readonly region: string
  readonly expectation: Expectation
  readonly ledger: Ledger
  readonly time: Time
  readonly stop: AbortSignal
  /** When the target must have ended its work, which leaves a run the time to say so; milliseconds since the epoch. */
  readonly until: number
}

/** Where an endpoint is in its life, as an answer tells it. */
type Phase = 'INITIATING' | 'settled' | 'DELETING' | 'gone'

function phaseOf(answer: WireAnswer): Phase | undefined {
  if (answer.status === 404) return 'gone'
  const body = jsonOf(answer)
  const status = isRecord(body) ? body.status : undefined
  if (status === 'INITIATING' || status === 'DELETING') return status
  return typeof status === 'string' ? 'settled' : undefined
}

const endpoints = '/api/atlas/v2/groups/‹project:1›/backup/AWS/privateEndpoints'
const headers = { accept: 'application/vnd.atlas.2025-03-12+json' }

/** What is asked in a life, in this order; the second life is a short one. */
export function lifeProbes(region: string) {
  const step = (id: string, method: string, path: string, claims: Probe['claims']): Probe => {
    const isPost = method === 'POST'
    return {
      id,
      level: 'mutate',
      claims,
      method,
      path,
      identity: 'own',
      headers: { ...headers, ...(isPost && { 'content-type': 'application/json' }) },
      shows: 'private endpoint',
      decides: ['body:/status', 'body:/content/status'],
      ...(isPost && { body: JSON.stringify({ cloudProvider: 'AWS', regionName: region }) }),
    }
  }
  const [first, second] = [`${endpoints}/‹made:1›`, `${endpoints}/‹made:2›`]
  return {
    create: step('life-create', 'POST', endpoints, livingClaims.create),
    young: step('life-young', 'GET', first, livingClaims.young),
    listed: step('life-listed', 'GET', endpoints, livingClaims.listed),
    again: step('life-again', 'POST', endpoints, livingClaims.again),
    initiating: step('life-initiating', 'GET', first, livingClaims.initiating),
    settled: step('life-settled', 'GET', first, livingClaims.settled),
    enveloped: step('life-enveloped', 'GET', `${first}?envelope=true`, livingClaims.enveloped),
    remove: step('life-delete', 'DELETE', first, livingClaims.delete),
    deleting: step('life-deleting', 'GET', first, livingClaims.deleting),
    removeAgain: step('life-delete-again', 'DELETE', first, livingClaims.deleteAgain),
    gone: step('life-gone', 'GET', first, livingClaims.gone),
    anew: step('life-anew', 'POST', endpoints, livingClaims.anew),
    removeYoung: step('life-delete-young', 'DELETE', second, livingClaims.deleteYoung),
    goneYoung: step('life-gone-young', 'GET', second, livingClaims.gone),
  }
}

/** One endpoint at a time: made, made again in vain, settled, deleted twice, gone; then a second one, deleted at once. */
export class Life {
  readonly #options: LifeOptions
  readonly #steps: ReturnType<typeof lifeProbes>
  /** How many have been made. */
  #count = 0
  #advance = 0

  constructor(options: LifeOptions) {
    this.#options = options
    this.#steps = lifeProbes(options.region)
  }

  async live(): Promise<void> {
    const { run } = this.#options
    const steps = this.#steps
    if (!(await this.#create(steps.create))) return
    const phase = await this.#whileIn('INITIATING', steps.young)
    if (run.ended !== undefined) return
    if (phase === 'INITIATING') {
      await this.#take(steps.listed)
      await this.#take(steps.again)
      if (run.ended !== undefined) return
      await this.#settle()
    }
    this.#move()
    if (run.ended !== undefined) return
    await this.#take(steps.settled)
    await this.#take(steps.enveloped)
    if (!(await this.#take(steps.remove))) return run.end('the target did not delete the endpoint')
    if ((await this.#whileIn('DELETING', steps.deleting)) === 'DELETING') await this.#deleteAgain()
    await this.#end(steps.gone)
    if (run.ended !== undefined || !(await this.#create(steps.anew))) return
    if (await this.#take(steps.removeYoung)) await this.#end(steps.goneYoung)
  }

  /** Makes one on both sides; false when the target has not made one. */
  async #create(probe: Probe): Promise<boolean> {
    const { run } = this.#options
    const here = await ask(probe, run.here)
    this.#count += 1
    let isMade = false
    await run.attempt(probe, here.told, async () => {
      const { raw, entry } = await run.askThere(probe, here.raw)
      for (const [side, answer] of [
        [run.here, here.raw],
        [run.there, raw],
      ] as const) {
        const body = jsonOf(answer)
        const made = isRecord(body) ? body.id : undefined
        if (typeof made === 'string') side.references.add(`‹made:${this.#count}›`, made)
      }
      const [hereTold, thereTold] = [run.here.redactor.answer(here.raw, 'POST'), run.there.redactor.answer(raw, 'POST')]
      run.compare(probe, hereTold, thereTold, undefined, this.#takeAdvance())
      isMade = entry?.state === 'made'
    })
    return isMade
  }

  /** Asks both sides the same, and compares; whether the target has taken it. */
  async #take(probe: Probe): Promise<boolean> {
    const { run } = this.#options
    const here = await ask(probe, run.here)
    let isTaken = false
    await run.attempt(probe, here.told, async () => {
      const there = await run.askThere(probe, here.raw)
      isTaken = there.raw.status < 300
      run.compare(probe, here.told, there.told, undefined, this.#takeAdvance())
    })
    return isTaken
  }

  /**
   * Asks for something that is told of a phase, and returns the phase in which the target is. A target that has left the
   * phase already is not to blame: then there was nothing to compare, and the emulator goes on to where the target is.
   */
  async #whileIn(phase: Phase, probe: Probe): Promise<Phase | undefined> {
    const { run } = this.#options
    const here = await ask(probe, run.here)
    let reached: Phase | undefined
    await run.attempt(probe, here.told, async () => {
      const there = await run.askThere(probe, here.raw)
      reached = phaseOf(there.raw)
      if (reached === undefined) run.end('the target did not tell what has become of the endpoint')
      const isPast = (phase === 'INITIATING' && reached === 'settled') || (phase === 'DELETING' && reached === 'gone')
      if (isPast) run.record(probe, { findings: [], unmeasured: `it was ${phase} no more when it was looked at` })
      else run.compare(probe, here.told, there.told, undefined, this.#takeAdvance())
    })
    return reached
  }

  /** A second DELETE; a target whose endpoint went in between says so with a 404, which shows nothing. */
  async #deleteAgain(): Promise<void> {
    const { run } = this.#options
    const probe = this.#steps.removeAgain
    const here = await ask(probe, run.here)
    await run.attempt(probe, here.told, async () => {
      const there = await run.askThere(probe, here.raw)
      if (there.raw.status !== 404 || phaseOf(await this.#look()) !== 'gone') {
        run.compare(probe, here.told, there.told, undefined, this.#takeAdvance())
      } else run.record(probe, { findings: [], unmeasured: 'it was DELETING no more when it was deleted again' })
    })
  }

  #look(): Promise<WireAnswer> {
    const { there } = this.#options.run
    return there.sender.send(asking('GET', there.references.fill(`${endpoints}/‹made:${this.#count}›`)))
  }

  /** Waits until the target has made the endpoint, and judges how long that took. */
  async #settle(): Promise<void> {
    const { run, time, stop, until } = this.#options
    const probe = this.#steps.initiating
    const start = time.now()
    await run.attempt(probe, undefined, async () => {
      let phase = phaseOf(await this.#look())
      while (phase === 'INITIATING' && time.now() < until) {
        await time.wait(pollEvery, stop)
        phase = phaseOf(await this.#look())
      }
      const lasted = time.now() - start
      if (phase === 'INITIATING') run.end('the endpoint stayed INITIATING')
      if (lasted <= longestInitiating) {
        return run.record(
          probe,
          phase === 'INITIATING'
            ? { findings: [], unmeasured: 'the run had no time to wait for it' }
            : { findings: [{ claim: 'endpoint-initiating-lasts', verdict: 'same', differences: [] }] },
        )
      }
      const told = `${Math.round(lasted / 1000)} s${phase === 'INITIATING' ? ' and more' : ''}`
      run.record(probe, {
        findings: [this.#timeFinding('endpoint-initiating-lasts', `${longestInitiating / 1000} s at most`, told)],
      })
    })
  }

  /** Waits until the endpoint is gone, and compares how both sides say so. */
  async #end(probe: Probe): Promise<void> {
    const { run, ledger, time, stop, until } = this.#options
    const start = time.now()
    this.#move()
    await run.attempt(probe, undefined, async () => {
      let answer = await this.#look()
      while (phaseOf(answer) !== 'gone' && !hasFailed(answer) && time.now() < until) {
        await time.wait(pollEvery, stop)
        answer = await this.#look()
      }
      if (phaseOf(answer) === 'gone') {
        await this.#take(probe)
        await workOff(ledger, run.there.sender, time)
        return
      }
      run.end('the endpoint that was deleted does not go')
      const lasted = time.now() - start
      // A deletion may end in FAILED [endpoint-deleting-until-gone].
      if (hasFailed(answer)) run.record(probe, { findings: [], unmeasured: 'its deletion ended in FAILED' })
      else if (lasted <= longestDeleting) {
        run.record(probe, { findings: [], unmeasured: 'the run had no time to wait until it is gone' })
      } else {
        const told = `${Math.round(lasted / 1000)} s, and it is still there`
        run.record(probe, { findings: [this.#timeFinding('endpoint-deleting-until-gone', 'it goes', told)] })
      }
    })
  }

  #timeFinding(claim: Finding['claim'], here: string, there: string): Finding {
    return { claim, verdict: 'different', differences: [{ place: 'time', kind: 'value', here, there }] }
  }

  /** Moves the emulator on to its endpoint's next phase. */
  #move(): void {
    this.#options.expectation.advance(expectedTime)
    this.#advance += expectedTime
  }

  #takeAdvance(): number {
    const advance = this.#advance
    this.#advance = 0
    return advance
  }
}
