/** The requests of the journal, live. */
import { callAtlas, get, send } from './api.js'
import { confirmed, copyAndSay, say, trying } from './dialogs.js'
import { breakable, button, buttons, fill, h, Rows, setText, table, unseenCaption } from './dom.js'
import { callerOf } from './endpoints.js'
import { firstCommand, shortPath, timeOf } from './format.js'
import { model, mostRows, note, onChange, projectOf, type Row } from './model.js'
import type { Entry } from './types.js'
import type { View } from './view.js'

/** Milliseconds from one drawing of the list to the next. */
const shortestPause = 100

/** A row that stands for a request. */
type Told = Extract<Row, { entry: Entry }>
/** A row as it is shown: a request may stand for the challenge before it, too. */
type Shown = { readonly key: string; readonly row: Row; readonly challenge: Entry | undefined }

const isError = ({ status }: Entry) => status === null || status >= 400
/** Whether Atlas has it and the emulator has not. */
const isUnserved = ({ unserved, operation, status }: Entry) => unserved ?? (operation === null && status === 404)

const chips = {
  errors: ['Errors', isError],
  faults: ['Faults', ({ fault }: Entry) => fault !== null],
  unserved: ['Not emulated', isUnserved],
  advice: ['Advice', ({ advice }: Entry) => advice.length > 0],
} as const satisfies Record<string, readonly [string, (entry: Entry) => boolean]>
type Chip = keyof typeof chips

/** What the words of a filter mean: the journal's own terms, and any other text. */
export function matcher(text: string): (entry: Entry) => boolean {
  const tests = text
    .split(/\s+/)
    .filter(Boolean)
    .map((word): ((entry: Entry) => boolean) => {
      const [, name = '', wanted = ''] = /^([a-z]+):(.+)$/i.exec(word) ?? []
      const lower = wanted.toLowerCase()
      const holds = (value: string | null | undefined) => (value ?? '').toLowerCase().includes(lower)
      switch (name.toLowerCase()) {
        case 'status':
          if (lower === 'none') return ({ status }) => status === null
          return ({ status }) => (lower.endsWith('xx') ? String(status)[0] === lower[0] : String(status) === lower)
        case 'op':
        case 'operation':
          return ({ operation }) => holds(operation)
        case 'project':
          return ({ project }) => project !== null && (holds(project) || holds(projectOf(project)?.name))
        case 'credential':
          return ({ credential }) => holds(credential)
        case 'method':
          return ({ method }) => method.toLowerCase() === lower
        case 'code':
        case 'errorcode':
          return ({ errorCode }) => holds(errorCode)
        case 'path':
          return ({ url }) => holds(url)
        case 'fault':
          if (lower === 'any') return ({ fault }) => fault !== null
          if (lower === 'none') return ({ fault }) => fault === null
          return ({ fault }) => holds(fault)
        case 'advice':
          return ({ advice }) => (lower === 'any' ? advice.length > 0 : advice.some(holds))
        case 'body':
          return ({ requestBody }) => holds(JSON.stringify(requestBody))
        case 'answer':
          return ({ responseBody }) => holds(JSON.stringify(responseBody))
        case 'header':
          return ({ requestHeaders }) => lower in requestHeaders
        default: {
          const plain = word.toLowerCase()
          return (entry) =>
            `${entry.id} ${entry.method} ${shortPath(entry)} ${entry.url} ${entry.status ?? 'none'} ${entry.errorCode ?? ''} ${entry.operation ?? ''} ${entry.credential ?? ''} ${entry.fault ?? ''}`
              .toLowerCase()
              .includes(plain)
        }
      }
    })
  return (entry) => tests.every((fits) => fits(entry))
}

export interface RequestsView extends View {
  /** The request that is chosen. */
  selected(): Entry | undefined
}

export function requestsView(
  filter: HTMLInputElement,
  open: (entry: Entry, isWhole: boolean, challenge: Entry | undefined) => void,
): RequestsView {
  const body = h('tbody', {})
  const active = new Set<Chip>()
  let isApart = false
  let isStale = true
  let isShown = false
  let isFollowing = true
  let selectedKey: string | undefined
  let shown: Shown[] = []

  const select = (one: Shown, isOpening = true) => {
    const before = selectedKey
    selectedKey = one.key
    if (before !== undefined) rows.elementOf(before)?.classList.remove('selected')
    rows.elementOf(one.key)?.classList.add('selected')
    roam()
    if (isOpening && 'entry' in one.row) open(one.row.entry, one.row.isWhole, one.challenge)
  }
  /** One row alone can be reached by Tab; the others by the arrows. */
  const roam = () => {
    const key = shown.some((one) => one.key === selectedKey) ? selectedKey : shown.at(-1)?.key
    for (const element of body.querySelectorAll<HTMLElement>('.row-open')) {
      const isHere = element.dataset.key === key
      if (element.tabIndex !== (isHere ? 0 : -1)) element.tabIndex = isHere ? 0 : -1
    }
  }

  const makeRow = (one: Shown): HTMLElement => {
    const { row } = one
    if (!('entry' in row)) {
      const text = row.why === 'fast' ? `… ${row.skipped} requests` : `… ${row.skipped} events were missed`
      return h('tr', { class: 'skipped' }, h('td', { colspan: 7 }, text))
    }
    const { entry } = row
    const { id, time, method, status, errorCode, duration, credential, refusal, fault, advice, replayOf } = entry
    const tags = [
      one.challenge && h('span', { class: 'tag', title: `Challenge: request ${one.challenge.id}` }, 'digest'),
      replayOf !== null && h('span', { class: 'tag' }, `replay of ${replayOf}`),
      'x-emulator-console' in entry.requestHeaders && h('span', { class: 'tag' }, 'console'),
      isUnserved(entry) && h('span', { class: 'tag warn' }, 'not emulated'),
      advice.length > 0 && h('span', { class: 'tag warn', title: advice.join('\n') }, 'advice'),
    ]
    const element = h(
      'tr',
      {
        'data-request': id,
        class: one.key === selectedKey ? 'selected' : undefined,
        on: { click: () => select(shownOf(one.key) ?? one) },
      },
      h('td', { class: 'mono' }, timeOf(time)),
      h(
        'th',
        { scope: 'row' },
        h(
          'button',
          {
            type: 'button',
            class: 'row-open mono',
            'data-key': one.key,
            tabindex: -1,
            'aria-label': `Request ${id}: ${method} ${shortPath(entry)}`,
          },
          h('span', { class: 'method' }, method),
          ` ${shortPath(entry)}`,
        ),
        ' ',
        ...tags,
      ),
      h('td', { class: `code s${String(status ?? 0)[0]}` }, status ?? '—'),
      h('td', { class: 'wide mono' }, ...breakable(errorCode ?? '')),
      h('td', { class: 'wide number' }, duration.toFixed(1)),
      h('td', { class: 'wide' }, credential ?? h('span', { class: 'muted' }, refusal)),
      h('td', { class: 'wide' }, fault === null ? '' : h('span', { class: 'tag fault' }, ...breakable(fault))),
    )
    return element
  }
  const shownOf = (key: string) => shown.find((one) => one.key === key)
  const rows = new Rows<Shown>(body, ({ key }) => key, makeRow)

  const scroller = h(
    'div',
    { class: 'scroller', tabindex: '0', role: 'region', 'aria-label': 'Requests' },
    table(
      unseenCaption('Requests to the Atlas API, the newest below'),
      [
        'Time',
        'Request',
        'Status',
        { label: 'Code', class: 'wide' },
        { label: 'ms', class: 'wide number' },
        { label: 'Credential', class: 'wide' },
        { label: 'Fault', class: 'wide' },
      ],
      body,
      { class: 'requests' },
    ),
  )
  scroller.addEventListener('scroll', () => {
    isFollowing = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 40
    latest.hidden = isFollowing
  })
  const latest = button('↓ newest', () => toEnd(), { class: 'latest', hidden: true })
  const toEnd = () => {
    isFollowing = true
    scroller.scrollTop = scroller.scrollHeight
    latest.hidden = true
  }

  /** The rows as they are kept from one drawing to the next, so that what has not changed stays the same object. */
  let known = new Map<string, Shown>()
  const draw = () => {
    isStale = false
    const fits = matcher(filter.value)
    const isWanted = (entry: Entry) => fits(entry) && [...active].every((chip) => chips[chip][1](entry))
    const entries = new Map(model.rows.flatMap((row) => ('entry' in row ? [[row.entry.id, row] as const] : [])))
    /** Challenges that the first call that answers them stands for. */
    const folded = new Map<number, Told>()
    const hidden = new Set<number>()
    for (const { entry } of isApart ? [] : entries.values()) {
      const before = entry.challenge === null ? undefined : entries.get(entry.challenge)
      if (!before || hidden.has(before.entry.id)) continue
      folded.set(entry.id, before)
      hidden.add(before.entry.id)
    }
    const next = new Map<string, Shown>()
    for (const row of model.rows) {
      if ('entry' in row ? hidden.has(row.entry.id) || !isWanted(row.entry) : filter.value !== '' || active.size > 0)
        continue
      const challenge = 'entry' in row ? folded.get(row.entry.id)?.entry : undefined
      const before = known.get(row.key)
      next.set(
        row.key,
        before && before.row === row && before.challenge === challenge ? before : { key: row.key, row, challenge },
      )
    }
    known = next
    shown = [...next.values()].slice(-mostRows)
    rows.show(shown)
    roam()
    empty.hidden = model.rows.length > 0
    if (!empty.hidden) drawEmpty()
    scroller.hidden = model.rows.length === 0
    setText(count, shown.length === 0 && model.rows.length > 0 ? 'Nothing fits' : '')
    if (isFollowing) scroller.scrollTop = scroller.scrollHeight
  }

  const count = h('span', { class: 'muted' })
  const empty = h('div', { class: 'empty-state' })
  const drawEmpty = () => {
    if (model.vocabulary && !model.vocabulary.isJournalOn) {
      fill(
        empty,
        h('h2', {}, 'The journal is off'),
        h(
          'p',
          {},
          'Start the emulator without ',
          h('code', {}, '--journal off'),
          ', or with ',
          h('code', {}, '--journal 1000'),
          ', to see requests here.',
        ),
      )
      return
    }
    const { text, path } = firstCommand()
    fill(
      empty,
      h('h2', {}, 'No requests yet'),
      h('p', {}, 'Point a client at this address, or begin with this:'),
      h('pre', { tabindex: '0', 'aria-label': 'A first command' }, text),
      text.includes('$PRIVATE_KEY') && h('p', { class: 'muted' }, 'Credentials…, above, has the key.'),
      buttons(
        button('Copy', () => copyAndSay(text, 'Command')),
        button('Send it from here', () =>
          trying(async () => callAtlas('GET', path, await callerOf(model.world.projects[0]))),
        ),
      ),
    )
  }

  const chipButtons = (Object.keys(chips) as Chip[]).map((chip) => {
    const made = button(
      chips[chip][0],
      () => {
        if (!active.delete(chip)) active.add(chip)
        made.setAttribute('aria-pressed', String(active.has(chip)))
        draw()
      },
      { class: 'chip', 'aria-pressed': 'false' },
    )
    return made
  })
  const apart = h('input', {
    type: 'checkbox',
    id: 'apart',
    on: {
      change: () => {
        isApart = apart.checked
        draw()
      },
    },
  })

  let names = ''
  let drawnAt = 0
  let drawing: ReturnType<typeof setTimeout> | undefined
  const drawNow = () => {
    drawing = undefined
    if (!isShown) return
    model.unseen = 0
    const began = performance.now()
    draw()
    drawnAt = performance.now()
    // A machine that is slow at it is asked for it less often.
    pause = Math.max(shortestPause, 4 * (drawnAt - began))
  }
  let pause = shortestPause
  onChange((parts) => {
    if (!parts.has('requests') && !parts.has('world')) return
    if (parts.has('world')) {
      // Rows show the names of projects.
      const others = model.world.projects.map(({ id, name }) => `${id} ${name}`).join('\n')
      if (others !== names) known = new Map()
      names = others
    }
    isStale = true
    if (!isShown || drawing !== undefined) return
    const rest = drawnAt + pause - performance.now()
    if (rest <= 0) drawNow()
    else drawing = setTimeout(drawNow, rest)
  })

  return {
    id: 'requests',
    title: 'Requests',
    element: h(
      'div',
      { class: 'view fill' },
      h(
        'div',
        { class: 'toolbar' },
        ...chipButtons,
        h('label', { class: 'check' }, apart, ' challenges apart'),
        count,
        h('span', { class: 'spring' }),
        button('Export HAR', exportHar),
        button('Clear', async () => {
          if (!(await confirmed('Forget every request of the journal?', 'Forget them'))) return
          if (await trying(() => clearJournal())) say('The journal is empty')
        }),
      ),
      empty,
      scroller,
      latest,
    ),
    badge: () => (model.unseen === 0 || isShown ? '' : model.unseen > 999 ? '●999+' : `●${model.unseen}`),
    show: () => {
      isShown = true
      model.unseen = 0
      if (isStale) draw()
      else if (isFollowing) toEnd()
    },
    hide: () => {
      isShown = false
    },
    filter: draw,
    rows: () => [...body.querySelectorAll<HTMLElement>('.row-open')],
    selected: () => {
      const one = selectedKey === undefined ? undefined : shownOf(selectedKey)
      return one && 'entry' in one.row ? one.row.entry : undefined
    },
  }
}

async function clearJournal(): Promise<void> {
  await send('DELETE', 'requests')
  model.rows = []
  note('requests')
}

async function exportHar(): Promise<void> {
  await trying(async () => saveFile('atlas-backup-emulator.har', await get<object>('requests?format=har')))
}

/** Has the browser save something as JSON. */
export function saveFile(name: string, content: object): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(content, null, 2)], { type: 'application/json' }))
  const link = h('a', { href: url, download: name })
  document.body.append(link)
  link.click()
  link.remove()
  setTimeout(() => URL.revokeObjectURL(url), 1000)
}
