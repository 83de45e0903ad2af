import { real } from './timers.js'

/** Work that can be interrupted wherever it yields. */
export type Work<T> = Generator<undefined, T>

/** How long to work before others get their turn, in milliseconds. */
const slice = 10

/** Does the work, and lets whatever else waits in this process come in between. */
export async function givingWay<T>(work: Work<T>): Promise<T> {
  let pause = real.elapsed() + slice
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
    if (real.elapsed() > pause) {
      await new Promise<void>((resolve) => real.setImmediate(resolve))
      pause = real.elapsed() + slice
    }
  }
}
