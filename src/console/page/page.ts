/** The console: what the emulated Atlas is, and what becomes of it, as it happens. */
import { session } from './api.js'
import { makeDetail, replay } from './detail.js'
import { copyAndSay, openDialog } from './dialogs.js'
import { button, buttons, fill, h, setText } from './dom.js'
import { endpointsView } from './endpoints.js'
import { faultsView } from './faults.js'
import { fidelityView } from './fidelity.js'
import { asCurl } from './format.js'
import { advance, askForToken, freezeOrResume, makeHeader } from './header.js'
import { connect, model, onChange, refusals } from './model.js'
import { requestsView } from './requests.js'
import type { Entry } from './types.js'
import type { View } from './view.js'
import { worldView } from './world.js'

const keys = [
  ['1 – 5', 'the views'],
  ['/', 'filter'],
  ['j k ↓ ↑', 'next and previous row'],
  ['Enter', 'open the row'],
  ['Esc', 'back'],
  ['c', 'copy the request as curl'],
  ['r', 'replay the request'],
  ['f', 'arm a fault for requests like it'],
  ['.', 'ten minutes later'],
  ['z', 'freeze or resume the clock'],
  ['?', 'this'],
] as const

function help(): void {
  openDialog(
    'Keys',
    h('dl', { class: 'keys' }, ...keys.flatMap(([key, what]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, what)])),
    h(
      'p',
      {},
      'Filter requests by ',
      h('code', {}, 'status:4xx op:create project:… credential:… fault:any code:…'),
      ' or any text.',
    ),
    h('p', {}, h('a', { href: 'docs' }, 'Every operation of both APIs')),
  )
}

const filter = h('input', {
  type: 'search',
  id: 'filter',
  placeholder: 'filter…  ( / )',
  'aria-label': 'Filter',
  spellcheck: 'false',
  autocomplete: 'off',
})
const detail = makeDetail((entry) => armFaultFor(entry))
const faults = faultsView()
const requests = requestsView(filter, (entry, isWhole, challenge) => detail.open(entry, isWhole, challenge))
const world = worldView()
const views: readonly View[] = [endpointsView(filter), requests, faults, world, fidelityView(filter)]
let current = views[0] as View

const tabs = views.map((view, i) =>
  h(
    'button',
    {
      type: 'button',
      role: 'tab',
      id: `tab-${view.id}`,
      'aria-controls': `panel-${view.id}`,
      on: { click: () => goTo(view) },
    },
    h('span', { class: 'key', 'aria-hidden': 'true' }, i + 1),
    ` ${view.title} `,
    h('span', { class: 'badge' }),
  ),
)
const panels = views.map((view) =>
  h(
    'div',
    { role: 'tabpanel', id: `panel-${view.id}`, 'aria-labelledby': `tab-${view.id}`, hidden: true },
    view.element,
  ),
)
const tablist = h('div', { role: 'tablist', 'aria-label': 'Views' }, ...tabs)
tablist.addEventListener('keydown', (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
  const place = views.indexOf(current)
  const next =
    event.key === 'Home'
      ? 0
      : event.key === 'End'
        ? views.length - 1
        : step && (place + step + views.length) % views.length
  if (next === undefined) return
  event.preventDefault()
  goTo(views[next] as View)
  tabs[next]?.focus()
})

function goTo(view: View): void {
  current.hide()
  current = view
  views.forEach((one, i) => {
    const isCurrent = one === view
    tabs[i]?.setAttribute('aria-selected', String(isCurrent))
    tabs[i]?.setAttribute('tabindex', isCurrent ? '0' : '-1')
    if (panels[i]) panels[i].hidden = !isCurrent
  })
  if (view !== requests) detail.close()
  filter.hidden = view === faults || view === world
  view.show()
  drawBadges()
  history.replaceState(undefined, '', `#${view.id}`)
}

function drawBadges(): void {
  views.forEach((view, i) => {
    const badge = tabs[i]?.querySelector('.badge')
    if (badge) setText(badge, view.badge())
  })
}

function armFaultFor(entry: Entry): void {
  goTo(faults)
  faults.prepareFor(entry)
}

document.addEventListener('dragover', (event) => event.preventDefault())
document.addEventListener('drop', async (event) => {
  // Or the browser would leave the page for the file.
  event.preventDefault()
  const [dropped] = event.dataTransfer?.files ?? []
  if (!dropped) return
  goTo(world)
  await world.load(await dropped.text())
})

filter.addEventListener('input', () => current.filter())

/** The next row, or the one before; the first press finds the newest. */
function step(by: number): void {
  const rows = current.rows()
  const place = rows.indexOf(document.activeElement as HTMLElement)
  const chosen = place < 0 ? rows.findIndex((row) => row.closest('.selected')) : place
  const next = chosen < 0 ? (current === requests ? rows.length - 1 : 0) : chosen + by
  const row = rows[Math.min(rows.length - 1, Math.max(0, next))]
  row?.focus()
  row?.scrollIntoView({ block: 'nearest' })
  if (detail.current && current === requests) row?.click()
}

document.addEventListener('keydown', (event) => {
  const { key, target } = event
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const isTyping = target instanceof HTMLElement && target.closest('input:not([type=checkbox]), textarea, select')
  const isInDialog = document.querySelector('dialog[open]') !== null
  if (key === 'Escape') {
    if (isInDialog) return
    if (isTyping && target === filter) {
      if (filter.value !== '') {
        filter.value = ''
        current.filter()
      }
      filter.blur()
    } else detail.close()
    return
  }
  if (isTyping) return
  const entry = detail.current ?? (current === requests ? requests.selected() : undefined)
  const acts: Record<string, (() => unknown) | undefined> = {
    c: entry && (() => copyAndSay(asCurl(entry), 'Command')),
    r: entry && (() => replay(entry)),
    f: () => (entry ? armFaultFor(entry) : goTo(faults)),
    ...(!isInDialog && {
      ...Object.fromEntries(views.map((view, i) => [String(i + 1), () => goTo(view)])),
      '/': () => filter.focus(),
      j: () => step(1),
      ArrowDown: () => step(1),
      k: () => step(-1),
      ArrowUp: () => step(-1),
      '.': advance,
      z: freezeOrResume,
      '?': help,
    }),
  }
  // Arrows move within the tabs, and scroll what has the focus of its own.
  if (key.startsWith('Arrow') && target instanceof HTMLElement && target.closest('[role=tablist], pre')) return
  const act = acts[key]
  if (!act) return
  if (isInDialog && !detail.current) return
  event.preventDefault()
  act()
})

const header = document.querySelector('#header') as HTMLElement
const main = document.querySelector('#main') as HTMLElement
const summary = document.querySelector('#summary') as HTMLElement
fill(header, ...makeHeader(help))
fill(
  main,
  h('div', { class: 'tabs' }, tablist, filter),
  h('div', { class: 'columns' }, h('div', { class: 'panels' }, ...panels), detail.aside),
)

refusals.listener = (refusal) => {
  if (refusal.status !== 401) {
    openDialog(
      'The control API refuses this page',
      h('p', {}, refusal.message),
      buttons(button('Try again', () => location.reload())),
    )
    return
  }
  const message =
    session.token === undefined ? 'This emulator was started with --control-token.' : 'That is not the token.'
  session.token = undefined
  askForToken(message, (token) => {
    session.token = token
    connect()
  })
}

/** Tells those who do not see the page what has happened, every few seconds at most. */
let toldState = ''
setInterval(() => {
  if (document.hidden) return
  const { state } = model.connection
  const { requests: count, endpoints, endpoint } = model.news
  const news = [
    state !== toldState ? `Connection: ${state}.` : '',
    count > 0 ? `${count} new ${count === 1 ? 'request' : 'requests'}.` : '',
    endpoints > 1 ? `${endpoints} changes of endpoints.` : endpoint,
  ].filter(Boolean)
  toldState = state
  model.news = { requests: 0, endpoints: 0, endpoint: '' }
  // The same words once more are news, too.
  if (news.length > 0) summary.textContent = news.join(' ')
}, 5000)

onChange(drawBadges)
goTo(views.find(({ id }) => `#${id}` === location.hash) ?? current)
connect()
