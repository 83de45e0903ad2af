import { EmulatorControl } from './control/client.js'
import { createEmulator, startExpectation } from './emulator.js'
import type { Verification, VerifyOptions } from './fidelity/verify/verify.js'
import type { Fixture } from './fixture/schema.js'
import { LogSink, standardError } from './journal/log-sink.js'
import { createLogger } from './journal/logging.js'
import { readOptions, type Settings } from './settings.js'
import { refuseDeadTicks } from './values/real-timers.js'
import { refuseSharedAttributes } from './values/shared-attributes.js'

export {
  type Credentials,
  EmulatorControl,
  EmulatorControlError,
  type EmulatorControlOptions,
  EmulatorTenant,
  type RequestSearch,
  type TenantFault,
  type TenantOptions,
} from './control/client.js'
export type { ClockState } from './control/clock.js'
export type { Counts } from './control/counts.js'
export type { EmulatorEvent } from './control/event.js'
export type { FaultFilter } from './control/faults.js'
export type { Fidelity, FidelityFilter } from './control/fidelity.js'
export type { Health } from './control/health.js'
export type { LifecycleState, MoveCommand, MovedEndpoint } from './control/lifecycle.js'
export type { Problem } from './control/problems.js'
export type { ResponseFilter } from './control/responses.js'
export type { Snapshot } from './control/snapshots.js'
export type { TenantState } from './control/tenants.js'
export type { ArmedFaultState as ArmedFault, FaultRule } from './faults/rule.js'
export type { Evidence } from './fidelity/verify/evidence.js'
export type { Credentials as AtlasCredentials } from './fidelity/verify/sender.js'
export type { Verification, VerifyOptions } from './fidelity/verify/verify.js'
export type { Addition } from './fixture/addition.js'
export { FixtureError } from './fixture/fixture.js'
export type { FixtureLifecycle as Lifecycle } from './fixture/lifecycle.js'
export type { Fixture } from './fixture/schema.js'
export type { State } from './fixture/state.js'
export { TlsError } from './http/tls.js'
export type { JournalEntry } from './journal/entry.js'
export type { ResponseEntry, ResponseState } from './responses/response.js'
export { DatabaseError } from './store/database.js'
export { UsageError } from './values/usage-error.js'

/** A setting as it may be written in code: as on the command line, or in the way that comes naturally. */
type Written<T> = T extends boolean | string
  ? T
  : T extends number
    ? number | string
    : T extends string[]
      ? T | string
      : string

/**
 * The flags of the command, with their names in camel case: `{ provisioning: '5s', rateLimit: '10/5/60' }`. Durations
 * may be numbers of milliseconds. In code, the port is a free one and nothing is logged, unless it is said otherwise;
 * environment variables are not looked at. An option that is undefined counts as not given.
 */
export type StartOptions = {
  readonly [Name in Exclude<keyof Settings, 'fixtures'>]?: Written<NonNullable<Settings[Name]>> | undefined
} & {
  /** `default`, `demo`, `sunset`, the path of a JSON or YAML file or of a folder of them, or a world itself. */
  readonly fixtures?: string | Fixture | undefined
}

/** An emulator that runs in this process. */
export interface RunningEmulator extends AsyncDisposable {
  /** Where it is reached, such as `http://127.0.0.1:49152`; the Atlas API is under `/api/atlas/v2`. */
  readonly url: string
  /** State, time, lifecycle, faults and journal. */
  readonly control: EmulatorControl
  /** Answers the requests under way and stops; also done at the end of an `await using` block. */
  close(): Promise<void>
}

/**
 * Starts an emulator in this process.
 * @throws {UsageError} for an option that does not exist or a value that is not allowed, or in a process with which it
 * cannot work
 * @throws {FixtureError} when the fixtures cannot be used
 * @throws {DatabaseError} when the database cannot
 * @throws {TlsError} when the certificate cannot
 */
export async function startEmulator(options: StartOptions = {}): Promise<RunningEmulator> {
  refuseSharedAttributes()
  const fixture = isWorld(options?.fixtures) ? options.fixtures : undefined
  const chosen = readOptions(fixture ? { ...options, fixtures: undefined } : options)
  const logger = createLogger(chosen.logLevel, process.stderr.isTTY, new LogSink(standardError))
  await refuseDeadTicks()
  const emulator = await createEmulator(chosen, { ...(fixture && { fixture }), ...(logger && { logger }) })
  try {
    const url = await emulator.listen()
    const { controlToken } = chosen
    const close = async () => {
      await refuseDeadTicks()
      await emulator.close()
    }
    return {
      url,
      control: new EmulatorControl(url, controlToken === undefined ? {} : { token: controlToken }),
      close,
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await emulator.close()
    throw error
  }
}

/**
 * Compares an emulator of its own with a real Atlas, claim by claim, as `atlas-backup-emulator verify` does.
 * @throws {UsageError} for options that are not allowed; nothing was sent then
 */
export async function verify(options: VerifyOptions): Promise<Verification> {
  // Loaded when first asked for: whoever only starts an emulator does not wait for it.
  const { verify: run } = await import('./fidelity/verify/verify.js')
  return run(options, startExpectation)
}

function isWorld(fixtures: StartOptions['fixtures']): fixtures is Fixture {
  return typeof fixtures === 'object' && fixtures !== null
}
