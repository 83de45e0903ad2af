import { test } from 'tap'
import { type Operation, serialOrder } from './serial.js'

/** A value that can be set, with a label that shows first in what is read. */
interface State {
  readonly value: number
  readonly label: string | undefined
}

type Step = Operation<State> & { readonly name: string }

/** Each on a lane of its own. */
let lanes = 0
const base = (name: string, sent: number, answered: number) => {
  lanes += 1
  return { name, client: lanes, sent, answered, queue: 'all', isLost: () => false, misleads: () => false }
}

const set = (value: number, sent: number, answered: number): Step => ({
  ...base(`set ${value}`, sent, answered),
  isRead: false,
  part: 'value',
  after: (state) => ({ ...state, value }),
})

/** Gives it a new label, which it does not tell. */
const relabel = (sent: number, answered: number): Step => ({
  ...base('relabel', sent, answered),
  isRead: false,
  after: (state) => ({ ...state, label: undefined }),
})

const get = (value: number, sent: number, answered: number): Step => ({
  ...base(`get ${value}`, sent, answered),
  isRead: true,
  mayStay: (state) => state.value === value,
  after: (state) => (state.value === value ? state : undefined),
})

const getLabel = (label: string, sent: number, answered: number, misleads = false): Step => ({
  ...base(`label ${label}`, sent, answered),
  isRead: true,
  misleads: (before, after) => misleads && before !== after,
  after: (state) => {
    if (state.label === undefined) return { ...state, label }
    return state.label === label ? state : undefined
  },
})

const search = (history: Step[], mostSteps = 10_000) => {
  const start: State = { value: 0, label: undefined }
  const found = serialOrder({ history, start, identify: JSON.stringify, mostSteps })
  return { ...found, names: found.order.map(({ name }) => name) }
}

test('what was at once comes in the order that explains it', async (t) => {
  const { names, unexplained, end } = search([
    set(1, 0, 10),
    set(2, 1, 11),
    get(2, 2, 12),
    get(1, 13, 14),
    get(0, 3, 9),
  ])
  t.same(names, ['get 0', 'set 2', 'get 2', 'set 1', 'get 1'])
  t.same(unexplained, [])
  t.equal(end.value, 1)
})

test('what was answered before another was sent comes before it', async (t) => {
  const { isExhaustive, unexplained } = search([set(1, 0, 1), get(0, 2, 3)])
  t.equal(isExhaustive, true, 'there is none')
  t.ok(unexplained.some(({ name }) => name === 'get 0'))
})

test('no order explains what contradicts itself', async (t) => {
  const { isExhaustive, unexplained } = search([set(1, 0, 20), set(2, 1, 21), get(1, 2, 4), get(2, 5, 7), get(1, 8, 9)])
  t.equal(isExhaustive, true)
  t.equal(unexplained.length > 0, true)
})

test('a read that misleads is put where it is true', async (t) => {
  const history = (misleads: boolean) => [
    relabel(0, 20),
    getLabel('new', 1, 20, misleads),
    getLabel('old', 2, 20, misleads),
    getLabel('new', 21, 22),
  ]
  t.same(search(history(true)).unexplained, [])
  t.not(search(history(false)).unexplained.length, 0, 'at once, it is in the way')
})

test('a search is given up after so many steps', async (t) => {
  const { isExhaustive, steps } = search([set(1, 0, 20), set(2, 1, 21), get(2, 22, 23), get(1, 24, 25)], 3)
  t.equal(isExhaustive, false)
  t.ok(steps < 10, `${steps} steps`)
})

test('from what is seen later, a dead end is known at once', async (t) => {
  const sets = Array.from({ length: 4 }, (_, n) => set(n + 1, n, 100))
  const { steps, unexplained } = search([...sets, get(5, 101, 102)])
  t.equal(unexplained.length, 1)
  const blind = search([...sets, { ...get(5, 101, 102), mayStay: undefined }])
  t.ok(steps < blind.steps, `${steps} instead of ${blind.steps} steps`)
})
