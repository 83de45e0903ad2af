/** How far each rule can be trusted, and which of them this run has met. */
import { get, health } from './api.js'
import { ruleItem } from './detail.js'
import { trying } from './dialogs.js'
import { button, fill, h } from './dom.js'
import type { Claim, Health } from './types.js'
import type { View } from './view.js'

interface Fidelity {
  readonly counts: Readonly<Record<string, number>>
  readonly claims: readonly Claim[]
}

/** How far a rule can be trusted. */
const meanings: Readonly<Record<string, string>> = {
  observed: 'seen in answers of Atlas',
  sibling: 'carried over from a resource that is built alike',
  documented: 'stated by Atlas’s documentation',
  chosen: 'decided for this emulator',
}

export function fidelityView(filter: HTMLInputElement): View {
  const summary = h('p', { id: 'relied', role: 'status' })
  const list = h('div', {})
  const unserved = h('div', { id: 'unserved' })
  const labels = h('p', { class: 'buttons', role: 'group', 'aria-label': 'Labels' })
  let all: readonly Claim[] = []
  let chosen: string | undefined
  let isMetOnly = false

  const met = h('input', {
    type: 'checkbox',
    on: {
      change: () => {
        isMetOnly = met.checked
        draw()
      },
    },
  })
  const draw = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean)
    const shown = all.filter((claim) => {
      const text = `${claim.id} ${claim.section} ${claim.statement}`.toLowerCase()
      return (
        (chosen === undefined || claim.label === chosen) &&
        (!isMetOnly || (claim.requests ?? 0) > 0) &&
        words.every((word) => text.includes(word))
      )
    })
    const sections = [...new Set(shown.map(({ section }) => section))]
    fill(
      list,
      shown.length === 0 && h('p', { class: 'muted' }, 'No rule fits.'),
      ...sections.map((section) => {
        const rules = shown.filter((claim) => claim.section === section)
        return h(
          'section',
          {},
          h('h2', {}, `${section} (${rules.length})`),
          h('ul', { class: 'rules' }, ...rules.map(ruleItem)),
        )
      }),
    )
  }
  const load = () =>
    trying(async () => {
      const [{ counts, claims }, { claims: touched }] = await Promise.all([
        get<Fidelity>('fidelity'),
        get<Fidelity>('fidelity?met=true'),
      ])
      const { counts: total, unserved: paths = {} } = await health<Health>()
      fill(
        unserved,
        h('h2', {}, `Not emulated (${total?.unserved ?? 0})`),
        h(
          'ul',
          { class: 'rules' },
          Object.keys(paths).length === 0 &&
            h('li', { class: 'muted' }, 'Nothing was asked for that the emulator lacks.'),
          ...Object.entries(paths).map(([path, times]) =>
            h('li', {}, h('code', {}, path), ' ', h('span', { class: 'tag' }, `${times}×`)),
          ),
        ),
      )
      const requests = new Map(touched.map((claim) => [claim.id, claim.requests]))
      all = claims.map((claim) => {
        const number = requests.get(claim.id)
        return number === undefined ? claim : { ...claim, requests: number }
      })
      const behaviours = touched.filter(({ label }) => label === 'chosen').length
      fill(
        summary,
        touched.length === 0
          ? 'No request of the journal has met a rule yet.'
          : `This run relied on ${behaviours} chosen ${behaviours === 1 ? 'behaviour' : 'behaviours'}, of ${touched.length} rules whose traces the journal shows.`,
      )
      fill(
        labels,
        ...Object.entries(counts).map(([label, count]) => {
          const made = button(
            `${label} ${count}`,
            () => {
              chosen = chosen === label ? undefined : label
              for (const other of labels.querySelectorAll('button'))
                other.setAttribute('aria-pressed', String(other === made && chosen === label))
              draw()
            },
            { class: 'chip', 'aria-pressed': String(chosen === label) },
          )
          return made
        }),
      )
      draw()
    })
  return {
    id: 'fidelity',
    title: 'Fidelity',
    element: h(
      'div',
      { class: 'view pad' },
      h('div', { class: 'group-head' }, summary, button('Refresh', load)),
      labels,
      h(
        'p',
        { class: 'muted' },
        Object.entries(meanings)
          .map(([label, meaning]) => `${label}: ${meaning}`)
          .join(' · '),
      ),
      h('label', { class: 'check' }, met, ' only what this run has met'),
      unserved,
      list,
    ),
    badge: () => '',
    show: () => void load(),
    hide: () => {},
    filter: draw,
    rows: () => [],
  }
}
