/** The world as a whole: who is in it, and how it is replaced, kept and brought back. */
import { get, Refusal, send } from './api.js'
import { confirmed, field, say, trying } from './dialogs.js'
import { button, buttons, fill, h, table } from './dom.js'
import { loadFixture } from './endpoints.js'
import { model, onChange } from './model.js'
import { saveFile } from './requests.js'
import type { Role } from './types.js'
import type { View } from './view.js'

/** How many rows of a table are shown. */
const mostShown = 500

function rolesOf(roles: readonly Role[]): string {
  const nameOf = (id: string | undefined) =>
    model.world.projects.find((project) => project.id === id)?.name ??
    model.world.organizations.find((one) => one.id === id)?.name ??
    id
  return roles.map(({ roleName, orgId, groupId }) => `${roleName} (${nameOf(groupId ?? orgId)})`).join(', ')
}

/** A table of texts, whose first column is what a row is called. */
function listing(caption: string, columns: readonly string[], rows: readonly (readonly string[])[]): HTMLElement {
  const shown = rows
    .slice(0, mostShown)
    .map(([first = '', ...rest]) =>
      h('tr', {}, h('th', { scope: 'row' }, first), ...rest.map((text) => h('td', {}, text))),
    )
  return table(h('caption', {}, `${caption} (${rows.length})`), columns, h('tbody', {}, ...shown))
}

export interface WorldView extends View {
  /** Replaces the world by a fixture in JSON, once that is confirmed. */
  load(text: string): Promise<void>
}

export function worldView(): WorldView {
  const tables = h('div', {})
  const snapshots = h('ul', { class: 'plain' })
  const mistakes = h('ul', { class: 'error-message', id: 'fixture-mistakes' })
  const name = h('input', { value: 'before', spellcheck: 'false' })
  let isShown = false

  const load = async (text: string) => {
    fill(mistakes)
    try {
      const world = JSON.parse(text)
      if (!(await confirmed('Replace the world by this file?', 'Replace it'))) return
      await send('PUT', 'state', world)
      say('The world is that of the file')
    } catch (error) {
      const places = error instanceof Refusal && error.places.length > 0 ? error.places : [(error as Error).message]
      fill(mistakes, ...places.map((place) => h('li', { class: 'mono' }, place)))
    }
  }
  const file = h('input', {
    type: 'file',
    accept: 'application/json,.json',
    id: 'fixture-file',
    on: {
      change: async () => {
        const [chosen] = file.files ?? []
        if (chosen) await load(await chosen.text())
        file.value = ''
      },
    },
  })
  const element = h(
    'div',
    { class: 'view pad' },
    h('h2', {}, 'Start from'),
    buttons(
      ...['default', 'demo', 'sunset'].map((fixture) =>
        button(fixture, () => loadFixture(fixture), { 'aria-label': `Load the fixture ${fixture}` }),
      ),
      button(
        'Reset',
        async () => {
          if (!(await confirmed('Start over with the configured fixtures? Faults and requests go, too.', 'Start over')))
            return
          if (await trying(() => send('POST', 'reset'))) {
            model.rows = []
            say('As at the start')
          }
        },
        { class: 'danger' },
      ),
      button('Export', () => trying(async () => saveFile('world.json', await get<object>('state')))),
    ),
    h(
      'div',
      { class: 'drop' },
      field('A fixture of yours, in JSON: choose a file, or drop it on this page', file),
      h('div', { role: 'alert' }, mistakes),
    ),
    h('h2', {}, 'Snapshots'),
    h(
      'div',
      { class: 'inline' },
      field('Name', name),
      button('Take a snapshot', async () => {
        if (await trying(() => send('PUT', `snapshots/${encodeURIComponent(name.value)}`))) await drawSnapshots()
      }),
    ),
    snapshots,
    tables,
  )

  const drawSnapshots = () =>
    trying(async () => {
      const { snapshots: list } = await get<{ snapshots: { name: string; takenAt: string }[] }>('snapshots')
      fill(
        snapshots,
        list.length === 0 &&
          h('li', { class: 'muted' }, 'None yet: keep the world as it is under a name, and come back to it.'),
        ...list.map(({ name: of, takenAt }) => {
          const path = `snapshots/${encodeURIComponent(of)}`
          return h(
            'li',
            { class: 'inline' },
            h('strong', {}, of),
            h('span', { class: 'muted' }, takenAt),
            button(
              'Restore',
              async () => {
                if (await confirmed(`Go back to ${of}?`, 'Go back')) await trying(() => send('POST', `${path}/restore`))
              },
              { 'aria-label': `Restore ${of}` },
            ),
            button(
              'Remove',
              async () => {
                if (
                  (await confirmed(`Remove the snapshot ${of}?`, 'Remove it')) &&
                  (await trying(() => send('DELETE', path)))
                )
                  await drawSnapshots()
              },
              { 'aria-label': `Remove ${of}` },
            ),
          )
        }),
      )
    })

  const draw = () => {
    const { organizations, projects, apiKeys = [], serviceAccounts = [], tenants = [] } = model.world
    const lives = new Map(tenants.map(({ orgId, expiresAt }) => [orgId, expiresAt ? `until ${expiresAt}` : 'yes']))
    const orgName = (id: string) => organizations.find((one) => one.id === id)?.name ?? id
    fill(
      tables,
      listing(
        'Organizations',
        ['Name', 'Id', ...(tenants.length > 0 ? ['Tenant'] : [])],
        organizations.map((one) => [one.name, one.id, ...(tenants.length > 0 ? [lives.get(one.id) ?? ''] : [])]),
      ),
      listing(
        'Projects',
        ['Name', 'Id', 'Organization'],
        projects.map((one) => [one.name, one.id, orgName(one.orgId)]),
      ),
      listing(
        'API keys',
        ['Public key', 'Roles'],
        apiKeys.map((one) => [one.publicKey, rolesOf(one.roles)]),
      ),
      listing(
        'Service accounts',
        ['Client id', 'Roles'],
        serviceAccounts.map((one) => [one.clientId, rolesOf(one.roles)]),
      ),
    )
  }
  onChange((parts) => {
    if (!isShown || !parts.has('world')) return
    draw()
    drawSnapshots()
  })
  return {
    id: 'world',
    title: 'World',
    element,
    badge: () => '',
    show: () => {
      isShown = true
      draw()
      drawSnapshots()
    },
    hide: () => {
      isShown = false
    },
    filter: () => {},
    rows: () => [],
    load,
  }
}
