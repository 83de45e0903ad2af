/** The faults that are armed, and a form that shows the command that it sends. */
import { Refusal, send } from './api.js'
import { confirmed, field, say, select, trying } from './dialogs.js'
import { actions, breakable, button, buttons, fill, h, Rows, setText, table, unseenCaption } from './dom.js'
import { model, onChange } from './model.js'
import type { Entry, Fault } from './types.js'
import type { View } from './view.js'

export interface FaultsView extends View {
  /** Fills the form for requests like one. */
  prepareFor(entry: Entry): void
}

/** What a fault does, in a few words. */
function deedOf({ errorCode, status, delay, break: breakage, detail }: Fault): string {
  if (errorCode !== undefined)
    return `${errorCode}${status === undefined ? '' : ` ${status}`}${detail === undefined ? '' : `: ${detail}`}`
  if (delay !== undefined) return `delay ${typeof delay === 'string' ? delay : JSON.stringify(delay)}`
  return String(breakage)
}

function wordsOf(rule: Readonly<Record<string, unknown>> | undefined): string {
  return Object.entries(rule ?? {})
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ')
}

/** Which requests a fault meets. */
function requestsOf({ match }: Fault): string {
  return wordsOf(match) || 'every request'
}

export function faultsView(): FaultsView {
  const body = h('tbody', {})
  const rows = new Rows<Fault>(
    body,
    ({ id }) => id,
    (fault) =>
      h(
        'tr',
        { 'data-fault': fault.id },
        h(
          'th',
          { scope: 'row' },
          h('span', { class: 'tag fault' }, ...breakable(deedOf(fault))),
          h('div', { class: 'muted mono large' }, fault.id),
          h('div', { class: 'muted small' }, requestsOf(fault)),
        ),
        h('td', { class: 'large' }, requestsOf(fault)),
        h('td', { class: 'wide' }, wordsOf(fault.when) || 'always'),
        h('td', { class: 'number' }, fault.matched),
        h('td', { class: 'number' }, fault.fired),
        h(
          'td',
          { class: 'narrow' },
          button('Disarm', () => trying(() => send('DELETE', `faults/${encodeURIComponent(fault.id)}`)), {
            'aria-label': `Disarm ${fault.id}`,
          }),
        ),
      ),
  )
  const armed = table(
    unseenCaption('Faults that are armed'),
    [
      'Fault',
      { label: 'Requests', class: 'large' },
      { label: 'When', class: 'wide' },
      { label: 'Matched', class: 'number' },
      { label: 'Fired', class: 'number' },
      actions,
    ],
    body,
  )
  const empty = h(
    'div',
    { class: 'empty-state' },
    h('h2', {}, 'No faults are armed'),
    h('p', {}, 'Make the next requests fail, wait or break, and see what your client makes of it.'),
  )

  const operation = h('select', {})
  const project = h('select', {})
  const method = select([['', 'any method'], 'GET', 'HEAD', 'POST', 'PATCH', 'DELETE'])
  const kind = select([
    ['errorCode', 'an error is answered'],
    ['delay', 'the answer waits'],
    ['break', 'the connection breaks'],
  ])
  const codes = h('datalist', { id: 'codes' })
  const code = h('input', { list: 'codes', value: 'NO_CAPACITY', spellcheck: 'false', class: 'mono' })
  const delay = h('input', { value: '2s' })
  const breakage = h('select', {})
  const times = h('input', { type: 'number', min: '1', placeholder: 'always' })
  const skip = h('input', { type: 'number', min: '0', placeholder: '0' })
  const probability = h('input', { type: 'number', min: '0', max: '1', step: '0.1', placeholder: '1' })
  const json = h('textarea', { rows: 8, class: 'mono', spellcheck: 'false', id: 'fault-json' })
  const mistakes = h('ul', { class: 'error-message' })
  const [codeField, delayField, breakField] = [
    field('Error code', code),
    field('How long', delay),
    field('How', breakage),
  ]

  const write = () => {
    codeField.hidden = kind.value !== 'errorCode'
    delayField.hidden = kind.value !== 'delay'
    breakField.hidden = kind.value !== 'break'
    const match = {
      ...(operation.value !== '' && { operationId: operation.value }),
      ...(project.value !== '' && { project: project.value }),
      ...(method.value !== '' && { method: method.value }),
    }
    const when = {
      ...(skip.value !== '' && { skip: Number(skip.value) }),
      ...(times.value !== '' && { times: Number(times.value) }),
      ...(probability.value !== '' && { probability: Number(probability.value) }),
    }
    const deed =
      kind.value === 'errorCode'
        ? { errorCode: code.value }
        : kind.value === 'delay'
          ? { delay: delay.value }
          : { break: breakage.value }
    show({ ...(Object.keys(match).length > 0 && { match }), ...(Object.keys(when).length > 0 && { when }), ...deed })
  }
  const show = (rule: object) => {
    json.value = JSON.stringify(rule, null, 2)
    fill(mistakes)
  }
  const arm = async () => {
    fill(mistakes)
    try {
      await send('POST', 'faults', JSON.parse(json.value))
      say('The fault is armed')
    } catch (error) {
      const places = error instanceof Refusal && error.places.length > 0 ? error.places : [(error as Error).message]
      fill(mistakes, ...places.map((place) => h('li', {}, place)))
    }
  }
  const preset = (label: string, rule: object) =>
    button(label, () => {
      show(rule)
      return arm()
    })

  const fillChoices = () => {
    const { vocabulary } = model
    if (!vocabulary) return
    if (codes.childElementCount === 0) {
      fill(codes, ...vocabulary.errorCodes.map((value) => h('option', { value })))
      fill(
        operation,
        h('option', { value: '' }, 'any operation'),
        ...vocabulary.operations.map(({ operationId }) => h('option', { value: operationId }, operationId)),
      )
      fill(breakage, ...vocabulary.breakages.map((value) => h('option', { value }, value)))
    }
    const chosen = project.value
    fill(
      project,
      h('option', { value: '' }, 'any project'),
      ...model.world.projects
        .slice(0, 500)
        .map(({ id, name }) => h('option', { value: id, selected: id === chosen }, name)),
    )
    if (json.value === '') write()
  }

  let isShown = false
  const draw = () => {
    rows.show(model.faults)
    armed.hidden = model.faults.length === 0
    empty.hidden = model.faults.length > 0
    setText(heading, `Armed (${model.faults.length})`)
    disarmAll.hidden = model.faults.length === 0
  }
  const heading = h('h2', {}, 'Armed')
  const disarmAll = button('Disarm all', async () => {
    if (await confirmed('Disarm every fault?', 'Disarm them')) await trying(() => send('DELETE', 'faults'))
  })
  onChange((parts) => {
    if (parts.has('world')) fillChoices()
    if (parts.has('faults') && isShown) draw()
  })
  const form = h(
    'form',
    {
      class: 'form',
      on: {
        submit: (event) => {
          event.preventDefault()
          arm()
        },
      },
    },
    h(
      'div',
      { class: 'fields' },
      field('Operation', operation),
      field('Project', project),
      field('Method', method),
      field('What happens', kind),
      codeField,
      delayField,
      breakField,
      field('Times', times),
      field('Skip first', skip),
      field('Probability', probability),
    ),
    codes,
    field('POST /_emulator/faults', json),
    h('div', { role: 'alert' }, mistakes),
    buttons(h('button', { type: 'submit', class: 'primary' }, 'Arm')),
  )
  for (const input of form.querySelectorAll('.fields input, .fields select')) input.addEventListener('input', write)
  const create = 'createGroupBackupPrivateEndpoint'
  return {
    id: 'faults',
    title: 'Faults',
    element: h(
      'div',
      { class: 'view pad' },
      h('div', { class: 'group-head' }, heading, disarmAll),
      empty,
      armed,
      h('h2', {}, 'Arm a fault'),
      h(
        'p',
        { class: 'buttons presets', role: 'group', 'aria-label': 'Presets' },
        h('span', { class: 'muted' }, 'At once:'),
        preset('Next create 429', {
          match: { operationId: create },
          when: { times: 1 },
          errorCode: 'RATE_LIMITED',
          headers: { 'Retry-After': '5' },
        }),
        preset('503 for three calls', { when: { times: 3 }, errorCode: 'SERVICE_UNAVAILABLE' }),
        preset('Hang', { when: { times: 1 }, break: 'hang' }),
        preset('Drop after work', { match: { operationId: create }, when: { times: 1 }, break: 'drop' }),
      ),
      form,
    ),
    badge: () => (model.faults.length === 0 ? '' : String(model.faults.length)),
    show: () => {
      isShown = true
      fillChoices()
      draw()
    },
    hide: () => {
      isShown = false
    },
    filter: () => {},
    rows: () => [],
    prepareFor: ({ operation: operationId, project: id, method: name, url }) => {
      fillChoices()
      show({
        match: {
          ...(operationId === null ? { method: name, path: url.replace(/[?].*$/, '') } : { operationId }),
          ...(id !== null && { project: id }),
        },
        when: { times: 1 },
        errorCode: 'NO_CAPACITY',
      })
      json.focus()
    },
  }
}
