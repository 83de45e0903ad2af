import { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { Readable } from 'node:stream'
import timers from 'node:timers'
import { scheduler } from 'node:timers/promises'
import { runInNewContext } from 'node:vm'
import { UsageError } from './usage-error.js'

type Act = (...given: unknown[]) => void

/** A timer that sockets have within, where nobody replaces it. The process does not wait for it. */
class SocketTimer {
  readonly #socket = new Socket()

  constructor(act: () => void, milliseconds: number) {
    // Sockets know no timer of 0 milliseconds.
    this.#socket.setTimeout(Math.max(1, milliseconds), act)
  }

  unref(): this {
    return this
  }

  cancel(): void {
    this.#socket.setTimeout(0)
  }
}

/** What is to come in a later turn of the event loop, where `setImmediate` cannot be had. */
class Turn {
  #isCancelled = false

  constructor(act: () => void) {
    void scheduler.yield().then(() => {
      if (!this.#isCancelled) act()
    })
  }

  cancel(): void {
    this.#isCancelled = true
  }
}

const cancel = (timer?: SocketTimer | Turn) => timer?.cancel()

/** What a module finds when it is loaded, Node's own or what a library of fake timers has put in its place. */
export interface Found {
  readonly timers: Pick<typeof timers, 'setTimeout' | 'clearTimeout' | 'setImmediate' | 'clearImmediate'>
  readonly nextTick: typeof process.nextTick
  readonly queueMicrotask: typeof globalThis.queueMicrotask
  readonly performance: Pick<typeof performance, 'now'>
  readonly now: () => number
}

/** Such libraries leave Node's names on their functions, or a `clock`. */
function isNodes(found: unknown, name: string): boolean {
  return typeof found === 'function' && found.name === name && !('clock' in found)
}

const fallback = {
  setTimeout: (act: Act, milliseconds: number, ...given: unknown[]) =>
    new SocketTimer(() => act(...given), milliseconds),
  clearTimeout: cancel,
  setImmediate: (act: Act, ...given: unknown[]) => new Turn(() => act(...given)),
  clearImmediate: cancel,
} as unknown as Found['timers']

const inTurn = <Given extends unknown[]>(act: (...given: Given) => void, ...given: Given) =>
  void Promise.resolve().then(() => act(...given))

/** Node's own, or, for what is not, other ways to the same that fake timers leave alone. */
export function nodesOwn({ timers, nextTick, queueMicrotask, performance, now: foundNow }: Found) {
  const areTimersNodes = isNodes(timers.setTimeout, 'setTimeout') && isNodes(timers.setImmediate, 'setImmediate')
  const now: () => number = String(foundNow).includes('now() { [native code] }')
    ? foundNow
    : runInNewContext('Date.now')
  return {
    timers: areTimersNodes ? timers : fallback,
    queueMicrotask: isNodes(queueMicrotask, 'queueMicrotask') ? queueMicrotask : inTurn,
    nextTick: (isNodes(nextTick, 'nextTick') ? nextTick.bind(process) : inTurn) as typeof process.nextTick,
    now,
    elapsed: isNodes(performance.now, 'now') ? () => performance.now() : now,
  }
}

const { nextTick } = process
const own = nodesOwn({ timers, nextTick, queueMicrotask: globalThis.queueMicrotask, performance, now: Date.now })

/*
 * In the built product, every package in it has these under these names: those that were found when it was loaded, and
 * where fake timers were there before, as by Jest's `enableGlobally`, other ways to the same.
 */
export const { setTimeout, clearTimeout, setImmediate, clearImmediate } = own.timers
export const { queueMicrotask, now } = own
export const realNextTick = own.nextTick

/** Milliseconds since some moment, by a clock that nobody sets where there is one. */
export const { elapsed } = own

/**
 * Node's network waits for `process.nextTick`, which some fake timers replace for all of the process: nothing is sent or
 * served then, and whoever waits for it waits for ever.
 * @throws {UsageError}
 */
export async function refuseDeadTicks(): Promise<void> {
  const { nextTick } = process
  if (isNodes(nextTick, 'nextTick')) return
  // A test runner's process can have a nextTick that is not the one of Node's own modules.
  let isAlive = false
  const stream = new Readable()
  stream.on('close', () => {
    isAlive = true
  })
  stream.destroy()
  for (let turn = 0; turn < 2; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve))
  if (isAlive) return
  throw new UsageError(
    'process.nextTick is replaced and does not run, without which Node can neither send nor serve. Have the fake timers leave it: toNotFake: ["nextTick", "queueMicrotask"].',
  )
}
