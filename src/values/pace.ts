import { real } from './timers.js'

/** Work that can be interrupted wherever it yields. */
export type Work<T> = Generator<undefined, T>

/** How long to work before others get their turn, in milliseconds. */
const slice = 10

/** Does the work, and lets whatever else waits in this process come in between. */
export async function givingWay<T>(work: Work<T>): Promise<T> {
  const giveWay = pacer()
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
    const turn = giveWay()
    if (turn) await turn
  }
}

/** What to call between two pieces of long work: a promise to wait for, once others should have their turn. */
export function pacer(): () => Promise<void> | undefined {
  let pause = real.elapsed() + slice
  const turn = async () => {
    await new Promise<void>((resolve) => real.setImmediate(resolve))
    pause = real.elapsed() + slice
  }
  return () => (real.elapsed() > pause ? turn() : undefined)
}
