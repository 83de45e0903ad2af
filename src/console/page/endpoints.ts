/** The endpoints of every project, what becomes of them, and what else the projects have. */
import { type Caller, callAtlas, callerFor, get, send } from './api.js'
import { confirmed, field, openDialog, say, select, trying } from './dialogs.js'
import { actions, breakable, button, buttons, fill, h, primary, Rows, setText, table, unseenCaption } from './dom.js'
import { duration, glyphOf } from './format.js'
import { emulatorNow, model, onChange } from './model.js'
import type { Endpoint, Project, World } from './types.js'
import type { View } from './view.js'

/** How many endpoints are shown at once. */
const mostShown = 1000

/** What a project has besides endpoints and its own settings. */
function othersOf(project: Project): [name: string, things: unknown[]][] {
  return Object.entries(project).filter(
    (entry): entry is [string, unknown[]] =>
      Array.isArray(entry[1]) && entry[0] !== 'privateEndpoints' && entry[0] !== 'tags' && entry[1].length > 0,
  )
}

/** When the endpoint is another one, in words; empty for never. */
function nextOf({ transitions = [], goneAt, goneAfter }: Endpoint): string {
  const now = emulatorNow()
  const next = transitions.find(({ at }) => at === undefined || Date.parse(at) > now)
  if (next?.at !== undefined) return `▸ ${next.status} in ${duration(Date.parse(next.at) - now)}`
  if (next?.reads !== undefined) return `▸ ${next.status} after ${next.reads} reads`
  if (goneAt) return `▸ gone in ${duration(Date.parse(goneAt) - now)}`
  if (goneAfter !== undefined)
    return typeof goneAfter === 'string' ? `▸ gone after ${goneAfter}` : `▸ gone after ${goneAfter.reads} reads`
  return ''
}

export async function callerOf(project: Project | undefined): Promise<Caller> {
  if (!model.vocabulary?.credentialsRequired) return undefined
  const caller = callerFor(await get<World>('state?secrets=true'), project)
  if (!caller) throw new Error('This world has no credential that may do this')
  return caller
}

/** A body of a table for each project, whose rows are its endpoints. */
interface Group {
  readonly project: Project
  readonly element: HTMLElement
  readonly count: HTMLElement
  readonly plan: HTMLElement
  readonly others: HTMLElement
  readonly rows: Rows<Endpoint>
}

export function endpointsView(filter: HTMLInputElement): View {
  const container = h('div', {})
  const groups = new Map<string, Group>()
  let isStale = true
  let isShown = false

  const makeGroup = (project: Project): Group => {
    const count = h('span', { class: 'muted' })
    const plan = h('span', { class: 'muted plan' })
    const others = h('p', { class: 'muted others' })
    const body = h('tbody', {})
    const element = h(
      'section',
      { class: 'group', 'data-project': project.id },
      h(
        'div',
        { class: 'group-head' },
        h('h2', {}, project.name, ' ', count),
        plan,
        h(
          'span',
          { class: 'together' },
          button('Plan…', () => editPlan(project), { 'aria-label': `Plan of ${project.name}` }),
          button('+ endpoint', () => createEndpoint(project), { 'aria-label': `New endpoint in ${project.name}` }),
        ),
      ),
      table(
        unseenCaption(`Private endpoints of ${project.name}`),
        ['Region', 'Status', { label: 'Connection', class: 'wide' }, actions],
        body,
        { class: 'endpoints' },
      ),
      others,
    )
    return { project, element, count, plan, others, rows: new Rows<Endpoint>(body, ({ id }) => id, makeRow) }
  }

  const draw = () => {
    isStale = false
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean)
    const fits = (endpoint: Endpoint, project: Project) => {
      const text =
        `${project.name} ${endpoint.id} ${endpoint.regionName} ${endpoint.vpcRegionName} ${endpoint.status} ${endpoint.privateEndpointConnectionName ?? ''} ${endpoint.errorMessage ?? ''}`.toLowerCase()
      return words.every((word) => text.includes(word.replace(/^(?:status|project|region):/, '')))
    }
    const { projects } = model.world
    const byProject = new Map<string, Endpoint[]>(projects.map(({ id }) => [id, []]))
    for (const endpoint of model.endpoints.values()) byProject.get(endpoint.project)?.push(endpoint)
    let left = mostShown
    const shown = projects.slice(0, 200).map((project) => {
      const known = groups.get(project.id)
      const group = known && known.project.name === project.name ? known : makeGroup(project)
      groups.set(project.id, group)
      const all = byProject.get(project.id) ?? []
      const fitting = all.filter((endpoint) => fits(endpoint, project)).slice(0, left)
      left -= fitting.length
      setText(group.count, all.length === fitting.length ? `(${all.length})` : `(${fitting.length} of ${all.length})`)
      setText(group.plan, planOf(project))
      setText(
        group.others,
        othersOf(project)
          .map(
            ([name, things]) => `${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}: ${things.length}`,
          )
          .join(' · '),
      )
      group.rows.show(fitting)
      group.element.classList.toggle('empty', all.length === 0)
      return group
    })
    for (const id of groups.keys()) if (!shown.some(({ project }) => project.id === id)) groups.delete(id)
    const elements = shown.map(({ element }) => element)
    if (
      elements.some((element, i) => container.children[i] !== element) ||
      container.children.length !== elements.length
    ) {
      fill(container, ...elements)
    }
    drawEmpty()
  }

  const empty = h('div', { class: 'empty-state' })
  const drawEmpty = () => {
    const [project] = model.world.projects
    empty.hidden = model.endpoints.size > 0 && model.tooLarge === undefined
    if (empty.hidden) return
    if (model.tooLarge !== undefined) {
      fill(
        empty,
        h('h2', {}, 'This world is too large to list'),
        h('p', {}, `It has ${model.tooLarge} endpoints; the page lists up to 20,000. The API has them all.`),
      )
      return
    }
    if (empty.childElementCount > 0 && empty.dataset.for === project?.id) return
    empty.dataset.for = project?.id ?? ''
    fill(
      empty,
      h('h2', {}, 'No endpoints yet'),
      h('p', {}, 'Create one, as a client would, or load a world that has some.'),
      buttons(
        project && button('+ endpoint', () => createEndpoint(project)),
        button('Load the demo world', () => loadDemo()),
      ),
    )
  }

  setInterval(() => {
    if (!isShown || document.hidden || model.clock?.frozen) return
    for (const element of container.querySelectorAll<HTMLElement>('[data-next]')) {
      const endpoint = model.endpoints.get(element.dataset.next as string)
      if (endpoint) setText(element, nextOf(endpoint))
    }
  }, 250)

  onChange((parts) => {
    if (!['world', 'endpoints', 'plans', 'clock'].some((part) => parts.has(part as 'world'))) return
    isStale = true
    if (isShown) draw()
  })

  return {
    id: 'endpoints',
    title: 'Endpoints',
    element: h('div', { class: 'view' }, empty, container),
    badge: () => '',
    show: () => {
      isShown = true
      if (isStale) draw()
    },
    hide: () => {
      isShown = false
    },
    filter: draw,
    rows: () => [...container.querySelectorAll<HTMLElement>('tbody .row-open')],
  }
}

function statusOf({ status }: Endpoint): HTMLElement {
  return h(
    'span',
    { class: `status ${status}` },
    h('span', { 'aria-hidden': 'true' }, glyphOf(status)),
    ' ',
    ...breakable(status),
  )
}

function makeRow(endpoint: Endpoint): HTMLElement {
  const { regionName, vpcRegionName, errorMessage, privateEndpointConnectionName: connection } = endpoint
  const region = regionName === vpcRegionName ? regionName : `${regionName} ← ${vpcRegionName}`
  return h(
    'tr',
    { 'data-endpoint': endpoint.id },
    h(
      'th',
      { scope: 'row' },
      h(
        'button',
        { type: 'button', class: 'row-open', title: endpoint.id, on: { click: () => showActions(endpoint) } },
        ...breakable(region),
      ),
    ),
    h(
      'td',
      {},
      statusOf(endpoint),
      ' ',
      h('span', { class: 'muted next', 'data-next': endpoint.id }, nextOf(endpoint)),
      errorMessage ? h('div', { class: 'error-message' }, errorMessage) : null,
    ),
    h('td', { class: 'wide mono' }, connection ?? ''),
    h(
      'td',
      { class: 'narrow' },
      button('⋯', () => showActions(endpoint), { class: 'quiet', 'aria-label': `Actions on ${region}` }),
    ),
  )
}

/** What can be done to an endpoint: what Atlas does, what a client does, and by force what neither would. */
function showActions(endpoint: Endpoint): void {
  const {
    id,
    project: projectId,
    status,
    regionName,
    errorMessage,
    privateEndpointConnectionName: connection,
  } = endpoint
  const project = model.world.projects.find((one) => one.id === projectId)
  const next = (model.vocabulary?.successors[status] ?? []).filter(
    (other) => other !== 'DELETING' && other !== 'PENDING_RECREATION',
  )
  const message = h('input', { value: 'No route.' })
  const all = select(model.vocabulary?.statuses ?? [], status)
  const move = async (body: object) => {
    if (await trying(() => send('PATCH', `privateEndpoints/${encodeURIComponent(id)}`, body))) dialog.close()
  }
  const canRecreate = model.vocabulary?.successors[status]?.includes('PENDING_RECREATION')
  const dialog = openDialog(
    `Endpoint ${regionName}`,
    h('p', { class: 'mono' }, id, ' in ', project?.name ?? projectId),
    h('p', {}, statusOf(endpoint)),
    connection ? h('p', { class: 'mono' }, connection) : null,
    errorMessage ? h('p', { class: 'error-message' }, errorMessage) : null,
    h('h3', {}, 'As Atlas would'),
    next.includes('FAILED') ? field('Why it fails', message) : null,
    buttons(
      ...next.map((other) =>
        button(`${glyphOf(other)} ${other}`, () =>
          move({ status: other, ...(other === 'FAILED' && message.value !== '' && { errorMessage: message.value }) }),
        ),
      ),
      canRecreate && button('↻ Reject, and make another', () => move({ status: 'PENDING_RECREATION' })),
      next.length === 0 && !canRecreate && h('span', { class: 'muted' }, 'Nothing: it is on its way out.'),
    ),
    h('h3', {}, 'As a client would'),
    buttons(
      button(
        'Delete',
        async () => {
          if (!(await confirmed(`Delete the endpoint ${regionName}?`, 'Delete'))) return
          const path = `${model.vocabulary?.basePath}/groups/${projectId}/backup/AWS/privateEndpoints/${id}`
          if (await trying(async () => callAtlas('DELETE', path, await callerOf(project)))) dialog.close()
        },
        { class: 'danger' },
      ),
    ),
    h('h3', {}, 'By force'),
    field('Status', all),
    buttons(
      button('Force…', async () => {
        if (await confirmed(`Atlas might never do this. Make it ${all.value}?`, 'Do it')) {
          await move({ status: all.value, force: true })
        }
      }),
    ),
  )
}

function createEndpoint(project: Project): void {
  const taken = new Set(
    [...model.endpoints.values()]
      .filter((endpoint) => endpoint.project === project.id && endpoint.status !== 'PENDING_RECREATION')
      .map(({ regionName, vpcRegionName }) => `${regionName} ${vpcRegionName}`),
  )
  const regions = model.vocabulary?.regions ?? []
  const region = select(
    regions,
    ['US_EAST_1', ...regions].find((one) => !taken.has(`${one} ${one}`)),
  )
  const vpc = select([['', 'the same'], ...regions.map((one) => [one, one] as const)])
  const dialog = openDialog(
    `New endpoint in ${project.name}`,
    field('Region of the bucket', region),
    field('Region of the VPC', vpc),
    h('p', { class: 'muted' }, 'A real request to the Atlas API; it is in the journal, as the console’s.'),
    buttons(
      button(
        'Create',
        async () => {
          const body = {
            cloudProvider: 'AWS',
            regionName: region.value,
            ...(vpc.value !== '' && { vpcRegionName: vpc.value }),
          }
          const path = `${model.vocabulary?.basePath}/groups/${project.id}/backup/AWS/privateEndpoints`
          if (await trying(async () => callAtlas('POST', path, await callerOf(project), body))) dialog.close()
        },
        primary,
      ),
    ),
  )
}

/** What becomes of the project's new endpoints, in a line. */
function planOf({ id }: Project): string {
  const own = model.plans.projects[id]
  const plan = Object.entries(own ?? model.plans.all)
  if (plan.length === 0) return ''
  const words = plan.map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return `plan${own ? '' : ' of all'}: ${words.join(', ')}`
}

function editPlan(project: Project): void {
  const plan = model.plans.projects[project.id] ?? {}
  const text = h('textarea', { rows: 8, class: 'mono', spellcheck: 'false' })
  text.value = JSON.stringify(plan, null, 2)
  const mistakes = h('p', { class: 'error-message', role: 'alert' })
  const set = async (body: object) => {
    try {
      await send('PUT', 'lifecycle', { ...body, project: project.id })
      dialog.close()
    } catch (error) {
      setText(mistakes, (error as Error).message)
    }
  }
  const preset = (label: string, body: object) =>
    button(label, () => {
      text.value = JSON.stringify(body, null, 2)
    })
  const dialog = openDialog(
    `Plan of ${project.name}`,
    h('p', { class: 'muted' }, 'What becomes of new endpoints; an empty plan is as everywhere.'),
    buttons(
      preset('Active after 30 s', { provisioning: '30s' }),
      preset('Until I act', { provisioning: 'manual' }),
      preset('Fails', { provisioning: '2s', outcome: 'FAILED', errorMessage: 'No route.' }),
      preset('To be accepted', { provisioning: '2s', outcome: 'PENDING_ACCEPTANCE' }),
      preset('As everywhere', {}),
    ),
    field('PUT /_emulator/lifecycle', text),
    mistakes,
    buttons(
      button(
        'Set',
        () => {
          try {
            return set(JSON.parse(text.value))
          } catch (error) {
            return setText(mistakes, (error as Error).message)
          }
        },
        primary,
      ),
    ),
  )
}

export async function loadFixture(name: string): Promise<boolean> {
  const question = `Replace the world by the fixture ${name}?`
  const isEmpty = model.endpoints.size === 0 && model.tooLarge === undefined && name === 'demo'
  if (!isEmpty && !(await confirmed(question, 'Replace it'))) return false
  const isLoaded = await trying(async () => send('PUT', 'state', await get(`console/fixtures/${name}.json`)))
  if (isLoaded) say(`The world is ${name}`)
  return isLoaded
}

async function loadDemo(): Promise<void> {
  await loadFixture('demo')
}
