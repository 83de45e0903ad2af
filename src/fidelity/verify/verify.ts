/** Compares this emulator with a real Atlas, or whatever answers as one. */

import { FixtureError } from '../../fixture/fixture.js'
import type { Fixture } from '../../fixture/schema.js'
import { version } from '../../values/package.js'
import { real } from '../../values/timers.js'
import { UsageError } from '../../values/usage-error.js'
import { regions } from '../../values/vocabulary.js'
import { type ClaimId, claims } from '../claims.js'
import { curlFor, workOff } from './clean.js'
import { type Evidence, exitCodeOf, report, textsOf } from './evidence.js'
import { type Level, levels } from './guard.js'
import { Ledger } from './ledger.js'
import { expectedTime, Life } from './lifecycle.js'
import { probesUpTo, shownByLife } from './probes.js'
import { leaks, type Redacted, Redactor, Secrets } from './redaction.js'
import { References } from './references.js'
import { type Expectation, Run, type Side } from './run.js'
import { type Credentials, Ended, isKey, Sender, type SenderOptions, type Time } from './sender.js'
import { ownCredentials, readShape, type Shape, takeInventory, withCredentials } from './shape.js'
import { Unmeasured } from './transport.js'

/** What `verify` may be told. Durations are in milliseconds. */
export interface VerifyOptions {
  /** Where Atlas is, such as `https://cloud.mongodb.com`. */
  readonly against: string
  readonly credentials: Credentials
  /** The id of the project that may be asked about, and, at level `mutate`, changed. */
  readonly project: string
  /** How far to go: `read` (the default) changes nothing, `refuse` sends what must be refused, `mutate` makes an endpoint. */
  readonly level?: Level | undefined
  /** Where level `mutate` makes an endpoint. */
  readonly region?: string | undefined
  /** Level `mutate` needs to be confirmed: by the project's id, or by a function that is asked with the project's name. */
  readonly confirm?: string | ((projectName: string) => Promise<boolean>) | undefined
  /** The claims to look at; all of them by default. */
  readonly only?: readonly string[] | undefined
  /** How many requests the target is sent at most; 400 by default. */
  readonly budget?: number | undefined
  /** Least time between two requests; 1000 by default. */
  readonly pace?: number | undefined
  /** How long the run may take; 900,000, a quarter of an hour, by default. What was made is deleted even after that. */
  readonly timeout?: number | undefined
  /** How long one answer may take; 30,000 by default. */
  readonly patience?: number | undefined
  /** Whether hosts other than MongoDB's and loopback are allowed. */
  readonly anyHost?: boolean | undefined
  /** The file that tells what may have to be deleted; `atlas-verify-ledger.json` by default. Not for level `read`. */
  readonly ledger?: string | undefined
  /** Ends the run early; what was made is deleted before. */
  readonly stop?: AbortSignal | undefined
  /** Where time comes from; the system's by default. */
  readonly time?: Time | undefined
}

/** What a run has come to. */
export interface Verification {
  /** Without secrets, ids and names: to keep, to commit, to pass on. */
  readonly evidence: Evidence
  /**
   * 0: all that was compared is the same. 1: the run ended before its end, two answers of the target differed, or nothing
   * was compared. 3: differences. 4: something was left behind.
   */
  readonly exitCode: 0 | 1 | 3 | 4
  /** Commands that delete what was left behind, or look at it; with real ids, so not for reports. */
  readonly leftBehind: readonly string[]
}

/** Starts an emulator in this process for a run: its world, and the address that its links are to have. */
export type StartExpectation = (world: Fixture, publicUrl: string, lifetime: number) => Promise<Expectation>

/** How long before its end a run stops waiting for an endpoint, in milliseconds. */
const leaveTime = 15_000
const cleaningTime = 600_000
const cleaningBudget = 400

/** Real time. */
export const realTime: Time = {
  now: real.now,
  wait: (milliseconds, stop) =>
    new Promise((resolve) => {
      if (milliseconds <= 0 || stop.aborted) return resolve()
      const done = () => {
        real.clearTimeout(timer)
        stop.removeEventListener('abort', done)
        resolve()
      }
      const timer = real.setTimeout(done, milliseconds)
      stop.addEventListener('abort', done)
    }),
}

/** Everything that is known before the first request. */
interface Plan {
  readonly base: URL
  readonly level: Level
  readonly region: string
  readonly chosen: ReadonlySet<ClaimId>
  readonly time: Time
  readonly stop: AbortSignal
  readonly until: number
  readonly sending: Omit<SenderOptions, 'base' | 'credentials'>
}

/**
 * Checks the options.
 * @throws {UsageError} naming what was found and what is allowed
 */
function planOf(options: VerifyOptions): Plan {
  const { level = 'read', region, only, budget = 400, pace = 1000, timeout = 900_000, patience = 30_000 } = options
  const { time = realTime, stop = new AbortController().signal } = options
  if (!levels.includes(level))
    throw new UsageError(`level: found ${JSON.stringify(level)}; allowed: ${levels.join(', ')}.`)
  if (!/^[0-9a-f]{24}$/.test(options.project)) {
    throw new UsageError('project: allowed: the id of a project, 24 lower-case hex digits.')
  }
  const base = baseOf(options.against, options.anyHost === true)
  checkCredentials(options.credentials)
  if (level === 'mutate' && !(regions as readonly string[]).includes(region ?? '')) {
    throw new UsageError(`region: level mutate makes an endpoint in it; allowed: ${regions.join(', ')}.`)
  }
  if (level === 'mutate' && options.confirm === undefined) {
    throw new UsageError('confirm: level mutate needs to be confirmed, by the id of the project.')
  }
  for (const [name, value, least] of [
    ['budget', budget, 1],
    ['pace', pace, 0],
    ['timeout', timeout, 1],
    ['patience', patience, 1],
  ] as const) {
    if (!Number.isInteger(value) || value < least)
      throw new UsageError(`${name}: found ${value}; allowed: an integer of ${least} or more.`)
  }
  const until = time.now() + timeout
  return {
    base,
    level,
    region: region ?? '',
    chosen: chosenClaims(only),
    time,
    stop,
    until,
    sending: { secrets: new Secrets(), time, stop, budget, pace, until, patience },
  }
}

/** @throws {UsageError} for a claim that does not exist */
export function chosenClaims(only: readonly string[] | undefined): ReadonlySet<ClaimId> {
  const known = new Set<string>(claims.map(({ id }) => id))
  for (const id of only ?? []) {
    if (!known.has(id)) throw new UsageError(`only: ${JSON.stringify(id)} is no claim; --list tells them.`)
  }
  return new Set((only ?? [...known]) as readonly ClaimId[])
}

/**
 * The address of the target.
 * @throws {UsageError} for one to which credentials must not be sent
 */
export function baseOf(against: string, anyHost: boolean): URL {
  if (!URL.canParse(against))
    throw new UsageError('against: allowed: an http or https URL, such as https://cloud.mongodb.com.')
  const base = new URL(against)
  const { protocol, hostname, username, password, pathname, search, hash } = base
  if (!/^https?:$/.test(protocol) || username + password + search + hash !== '' || pathname !== '/') {
    throw new UsageError('against: allowed: an http or https URL of a host alone, without user, path and query.')
  }
  const isLoopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname)
  const isAtlas = /(?:^|\.)(?:mongodb\.com|mongodbgov\.com)$/.test(hostname)
  if (!isLoopback && !isAtlas && !anyHost) {
    throw new UsageError(
      'against: this host is none of MongoDB’s; allowed: *.mongodb.com, *.mongodbgov.com and loopback, others with --any-host.',
    )
  }
  if (protocol === 'http:' && !isLoopback)
    throw new UsageError('against: credentials are sent by https alone, but to loopback.')
  return base
}

function checkCredentials(credentials: Credentials): void {
  const parts = Object.values(credentials ?? {})
  const isUsable = (value: unknown) => typeof value === 'string' && /^[!-~]+$/.test(value) && !/["\\]/.test(value)
  const isWhole =
    'publicKey' in (credentials ?? {})
      ? 'privateKey' in credentials
      : 'clientId' in (credentials ?? {}) && 'clientSecret' in credentials
  if (!isWhole || parts.length !== 2 || !parts.every(isUsable)) {
    throw new UsageError('credentials: allowed: a public and a private key, or a client id and a client secret.')
  }
}

/**
 * Sends each probe to the target and to an emulator that is made like it, and compares the answers.
 * @throws {UsageError} for options that are not allowed; nothing was sent then
 */
export async function verify(options: VerifyOptions, startExpectation: StartExpectation): Promise<Verification> {
  const plan = planOf(options)
  const { base, level, time } = plan
  const { credentials, project } = options
  const { secrets } = plan.sending
  secrets.add(...Object.values(credentials))
  if (!isKey(credentials)) secrets.add(`${credentials.clientId}:${credentials.clientSecret}`)
  const ledger =
    level === 'read'
      ? undefined
      : Ledger.start(options.ledger ?? 'atlas-verify-ledger.json', { emulator: version, against: base.origin, project })
  const started = time.now()
  let run: Run | undefined
  const target = new Sender({ ...plan.sending, base, credentials }, () => ({
    level,
    project,
    ...(run?.permit ?? { isRefusedHere: false, isInLedger: false, made: new Set<string>() }),
  }))
  let shape: Shape | undefined
  let expectation: Expectation | undefined
  let here: Sender | undefined
  let ended: string | undefined
  let left: string[] = []
  try {
    shape = await readShape(target, project, credentials)
    if (level === 'mutate') await confirm(options, shape)
    const own = ownCredentials()
    secrets.add(...Object.values(own.key), ...Object.values(own.account))
    expectation = await startExpectation(
      withCredentials(shape.world, shape.roles, own),
      base.origin,
      expectedTime,
    ).catch(unlike)
    here = new Sender(
      {
        ...plan.sending,
        base: new URL(expectation.url),
        credentials: isKey(credentials) ? own.key : own.account,
        budget: Number.POSITIVE_INFINITY,
        pace: 0,
        until: Number.POSITIVE_INFINITY,
        stop: new AbortController().signal,
      },
      undefined,
    )
    const side = (sender: Sender): Side => {
      const references = (shape as Shape).references.copy()
      references.add('‹base›', base.origin)
      return { sender, references, redactor: new Redactor(secrets, references) }
    }
    run = new Run({
      here: side(here),
      there: side(target),
      has: shape.has,
      ledger,
      before: shape.before,
      now: time.now,
    })
    await measure(run, plan)
    if (lifeShows(level, plan.chosen) && ledger && run.ended === undefined) {
      await new Life({
        run,
        region: plan.region,
        expectation,
        ledger,
        time,
        stop: plan.stop,
        until: plan.until - leaveTime,
      }).live()
    }
  } catch (error) {
    if (!(error instanceof Unmeasured)) throw error
    ended = error.message
  } finally {
    ended ??= run?.ended
    try {
      left = await leave(target, ledger, shape, time)
    } finally {
      here?.close()
      await expectation?.close()
    }
  }
  return conclude({ options, plan, shape, run, ended, started, requests: target.sent, left })
}

/** @throws {Ended} when the target tells of a world that the emulator takes for impossible */
function unlike(error: unknown): never {
  if (!(error instanceof FixtureError)) throw error
  const why = error.mistakes.slice(0, 3).map(({ pointer, text }) => `${pointer} ${text}`)
  throw new Ended(`the emulator cannot be made like the target: ${why.join('; ')}`)
}

/** Sends the probes that show one of the chosen claims; where neither they nor a life asks for one, all of them. */
async function measure(run: Run, { level, chosen }: Plan): Promise<void> {
  const all = probesUpTo(level)
  const asking = all.filter(({ claims: asked }) => asked.some((claim) => chosen.has(claim)))
  for (const probe of asking.length > 0 || lifeShows(level, chosen) ? asking : all) {
    if (run.ended !== undefined) return
    await run.measure(probe)
  }
}

/** Whether the life of an endpoint is to be looked at. */
function lifeShows(level: Level, chosen: ReadonlySet<ClaimId>): boolean {
  return level === 'mutate' && shownByLife.some((claim) => chosen.has(claim))
}

/** @throws {Ended} when the level mutate is not to be */
async function confirm(
  { confirm: answer, project }: VerifyOptions,
  { inventory, projectName, has }: Shape,
): Promise<void> {
  if (!has.has('owner')) throw new Ended('level mutate needs credentials of an owner of the project')
  const there = [...inventory].flatMap(([list, ids]) => (/\/privateEndpoints$/.test(list) ? ids : []))
  if (there.length > 0)
    throw new Ended(`level mutate needs a project without private endpoints: it has ${there.length}`)
  const isMeant = typeof answer === 'function' ? await answer(projectName) : answer === project
  if (!isMeant) throw new Ended('level mutate was not confirmed')
}

/** Deletes what was made, looks whether all is as it was before, and signs off. Returns what is not. */
async function leave(
  target: Sender,
  ledger: Ledger | undefined,
  shape: Shape | undefined,
  time: Time,
): Promise<string[]> {
  target.cleanUp(time.now() + cleaningTime, cleaningBudget)
  try {
    const left = ledger ? await workOff(ledger, target, time) : []
    ledger?.close()
    // Who may not change anything need not look again.
    return ledger && shape ? [...new Set([...left, ...(await strangersIn(target, shape))])] : left
  } finally {
    await target.signOff()
    target.close()
  }
}

/** Lists that hold other things than before. */
async function strangersIn(target: Sender, { inventory }: Shape): Promise<string[]> {
  try {
    const after = await takeInventory(target, inventory.keys())
    return [...inventory].flatMap(([list, before]) => {
      const now = after.get(list)
      const isSame = now !== undefined && [...now].sort().join() === [...before].sort().join()
      return isSame ? [] : [list]
    })
  } catch {
    // Of lists that cannot be read nothing is known.
    return [...inventory.keys()]
  }
}

/** What may be told to `clean`. */
export type CleanOptions = Pick<VerifyOptions, 'credentials' | 'pace' | 'patience' | 'anyHost' | 'stop' | 'time'>

/**
 * Deletes what an interrupted run has left, by its ledger, which is removed once everything is proved gone.
 * @returns commands that delete what is still there; none when nothing is
 * @throws {UsageError} for a file that is no ledger
 */
export async function clean(path: string, options: CleanOptions): Promise<{ leftBehind: string[]; deleted: number }> {
  const ledger = Ledger.open(path)
  const { against, project } = ledger.file
  const { credentials, time = realTime, pace = 1000, patience = 30_000, anyHost = false } = options
  const base = baseOf(against, anyHost)
  checkCredentials(credentials)
  const until = time.now() + cleaningTime
  const stop = options.stop ?? new AbortController().signal
  const secrets = new Secrets()
  const sender = new Sender(
    { base, credentials, secrets, time, stop, budget: cleaningBudget, pace, until, patience },
    () => ({
      level: 'mutate',
      project,
      isRefusedHere: false,
      isInLedger: false,
      made: ledger.made,
    }),
  )
  try {
    const left = await workOff(ledger, sender, time)
    ledger.close()
    const deleted = ledger.file.entries.filter(({ state }) => state === 'deleted').length
    return { leftBehind: left.map((one) => curlFor(base, one, credentials)), deleted }
  } finally {
    await sender.signOff()
    sender.close()
  }
}

function conclude(parts: {
  options: VerifyOptions
  plan: Plan
  shape: Shape | undefined
  run: Run | undefined
  ended: string | undefined
  started: number
  requests: number
  left: readonly string[]
}): Verification {
  const { options, plan, shape, run, ended, started, requests, left } = parts
  const { base, level, chosen } = plan
  const redactor =
    run?.there.redactor ?? new Redactor(plan.sending.secrets, shape?.references.copy() ?? new References())
  const exchanges = run?.exchanges ?? []
  const told = ended === undefined ? undefined : redactor.text(ended)
  const evidence: Evidence = {
    evidence: 1,
    emulator: version,
    date: new Date(started).toISOString(),
    level,
    host: redactor.text(base.host),
    credentials: isKey(options.credentials) ? 'API key' : 'service account',
    role: shape?.has.has('owner') ? 'owner' : 'another',
    baseLength: base.origin.length,
    world: shape ? redactor.json(JSON.stringify({ ...shape.world, roles: shape.roles })) : ('' as Redacted),
    requests,
    ...(told !== undefined && { ended: told }),
    claims: report(exchanges, chosen, level, told),
    exchanges,
  }
  const leak = leaks(textsOf(evidence), plan.sending.secrets, redactor.references)
  const leftBehind = left.map((path) => curlFor(base, path, options.credentials))
  if (leak !== undefined) {
    const told = leftBehind.length > 0 ? ` Left behind, or not known to be gone: ${leftBehind.join('; ')}` : ''
    throw new Error(`No report: it would hold ${leak}.${told}`)
  }
  return { evidence, exitCode: left.length > 0 ? 4 : exitCodeOf(evidence), leftBehind }
}
