/** The head of the page: where the emulator is, whether it is followed, what time it is there, and who one can be. */
import { baseUrl, get, send } from './api.js'
import { copyAndSay, field, openDialog, select, trying } from './dialogs.js'
import { button, buttons, h, primary, setText } from './dom.js'
import { offset, quoted } from './format.js'
import { connect, disconnect, emulatorNow, model, onChange, setClock } from './model.js'
import type { ApiKey, Clock, ServiceAccount, World } from './types.js'

const themes = [
  ['system', 'System'],
  ['light', 'Light'],
  ['dark', 'Dark'],
] as const
const themeKey = 'atlas-backup-emulator theme'

export function setTheClock(command: object): Promise<boolean> {
  return trying(async () => setClock(await send<Clock>('POST', 'clock', command)))
}

export function advance(): Promise<boolean> {
  return setTheClock({ advance: '10m' })
}

export function freezeOrResume(): Promise<boolean> {
  return setTheClock(model.clock?.frozen ? { resume: true } : { freeze: new Date(emulatorNow()).toISOString() })
}

export function makeHeader(help: () => void): HTMLElement[] {
  const version = h('span', { class: 'muted' })
  const url = button(baseUrl(), () => copyAndSay(baseUrl(), 'Address'), {
    class: 'quiet mono copies',
    title: 'Copy the address',
  })
  const database = h('span', { class: 'muted large', title: 'Where the world is kept' })
  const connection = button('', () => (model.connection.state === 'stopped' ? connect() : disconnect()), {
    id: 'connection',
    class: 'quiet',
    title: 'Follow, or stop following',
  })
  const time = h('time', { id: 'clock', class: 'mono' })
  const ahead = h('span', { id: 'ahead', class: 'muted' })
  const freeze = button('Freeze', freezeOrResume, { id: 'freeze', title: 'Freeze or resume the clock (z)' })
  const theme = select(themes, localStorage.getItem(themeKey) ?? 'system', { id: 'theme', 'aria-label': 'Theme' })
  const applyTheme = () => {
    document.documentElement.dataset.theme = theme.value
    localStorage.setItem(themeKey, theme.value)
  }
  theme.addEventListener('change', applyTheme)
  applyTheme()

  const tick = () => {
    if (!model.clock || document.hidden) return
    const now = new Date(emulatorNow()).toISOString()
    // The day is told where it is another one than the reader's.
    const day = now.startsWith(new Date().toISOString().slice(0, 10)) ? '' : `${now.slice(0, 10)} `
    setText(time, day + now.slice(11, 19))
    time.title = `${now.slice(0, 10)}, UTC`
    time.dateTime = now
  }
  setInterval(tick, 500)
  const tell = () => {
    const { connection: state } = model
    const word =
      state.state === 'reconnecting'
        ? `reconnecting in ${Math.max(0, Math.ceil((state.at - performance.now()) / 1000))} s`
        : state.state
    setText(connection, word)
    connection.className = `quiet connection ${state.state}`
  }
  setInterval(() => {
    if (model.connection.state === 'reconnecting') tell()
  }, 500)
  onChange((parts) => {
    if (parts.has('connection')) tell()
    if (parts.has('health')) {
      setText(version, model.health?.version ?? '')
      setText(database, model.vocabulary?.database === 'file' ? 'file' : 'memory')
    }
    if (!parts.has('clock') || !model.clock) return
    tick()
    setText(freeze, model.clock.frozen ? 'Resume' : 'Freeze')
    setText(ahead, [offset(model.clock.offset), model.clock.frozen ? 'frozen' : ''].filter(Boolean).join(', '))
  })

  return [
    h('h1', {}, 'atlas-backup-emulator', ' ', version),
    h('div', { class: 'bar' }, url, database, connection),
    h(
      'div',
      { class: 'bar', role: 'group', 'aria-label': 'Clock' },
      time,
      ahead,
      button('+1 s', () => setTheClock({ advance: '1s' }), { title: 'Advance by a second' }),
      button('+1 min', () => setTheClock({ advance: '1m' }), { title: 'Advance by a minute' }),
      button('+10 min', advance, { title: 'Advance by ten minutes (.)' }),
      freeze,
      button('Set…', askForTime),
    ),
    h(
      'div',
      { class: 'bar end' },
      button('Credentials…', showCredentials),
      theme,
      button('?', help, { 'aria-label': 'Help', title: 'Keys (?)' }),
    ),
  ]
}

function askForTime(): void {
  const input = h('input', { value: new Date(emulatorNow()).toISOString(), class: 'mono', spellcheck: 'false' })
  const dialog = openDialog(
    'Set the clock',
    h('p', {}, 'The clock stands still at the moment that is set, until it is resumed.'),
    field('Moment, in UTC', input),
    buttons(
      button(
        'Freeze there',
        async () => {
          if (await setTheClock({ freeze: input.value })) dialog.close()
        },
        primary,
      ),
    ),
  )
}

/** Everything that a client needs to sign in, with the address that the browser has used. */
async function showCredentials(): Promise<void> {
  await trying(async () => {
    const world = await get<World>('state?secrets=true')
    const people = [
      ...(world.apiKeys ?? []).map((key) => [`key ${key.publicKey}`, key] as const),
      ...(world.serviceAccounts ?? []).map((account) => [`account ${account.clientId}`, account] as const),
    ]
    if (people.length === 0) {
      openDialog('Credentials', h('p', {}, 'This world has none.'))
      return
    }
    const who = select(
      people.map(([label], i) => [String(i), label] as const),
      '0',
    )
    const form = select(['environment', 'curl', 'Go SDK', 'Atlas CLI'])
    const shown = h('pre', { tabindex: '0', 'aria-label': 'To copy' })
    const show = () =>
      setText(shown, credentialText((people[Number(who.value)] as (typeof people)[number])[1], form.value))
    for (const input of [who, form]) input.addEventListener('change', show)
    show()
    openDialog(
      'Copy credentials',
      field('Who', who),
      field('For', form),
      shown,
      buttons(button('Copy', () => copyAndSay(shown.textContent ?? '', 'Credentials'), primary)),
    )
  })
}

function credentialText(person: ApiKey | ServiceAccount, form: string): string {
  const url = baseUrl()
  const isKey = 'publicKey' in person
  const [id, secret] = isKey ? [person.publicKey, person.privateKey] : [person.clientId, person.clientSecret]
  const variables = (names: readonly [string, string]) =>
    [`${names[0]}=${quoted(id)}`, `${names[1]}=${quoted(secret ?? '')}`].map((line) => `export ${line}`).join('\n')
  switch (form) {
    case 'curl':
      return isKey
        ? `curl --digest --user ${quoted(`${id}:${secret}`)} \\\n  --header "Accept: application/vnd.atlas.2025-03-12+json" \\\n  ${url}/api/atlas/v2/groups`
        : `curl --user ${quoted(`${id}:${secret}`)} --data grant_type=client_credentials \\\n  ${url}/api/oauth/token`
    case 'Go SDK':
      return isKey
        ? `admin.NewClient(\n\tadmin.UseBaseURL(${JSON.stringify(url)}),\n\tadmin.UseDigestAuth(${JSON.stringify(id)}, ${JSON.stringify(secret)}))`
        : `admin.NewClient(\n\tadmin.UseBaseURL(${JSON.stringify(url)}),\n\tadmin.UseOAuthAuth(ctx, ${JSON.stringify(id)}, ${JSON.stringify(secret)}))`
    case 'Atlas CLI':
      return `export MONGODB_ATLAS_OPS_MANAGER_URL=${quoted(`${url}/`)}\n${variables(
        isKey
          ? ['MONGODB_ATLAS_PUBLIC_API_KEY', 'MONGODB_ATLAS_PRIVATE_API_KEY']
          : ['MONGODB_ATLAS_CLIENT_ID', 'MONGODB_ATLAS_CLIENT_SECRET'],
      )}`
    default:
      return `export ATLAS_URL=${quoted(url)}\n${variables(isKey ? ['PUBLIC_KEY', 'PRIVATE_KEY'] : ['CLIENT_ID', 'CLIENT_SECRET'])}`
  }
}

/** Asks for the token of `--control-token`, once. */
export function askForToken(message: string, take: (token: string) => void): void {
  const input = h('input', { type: 'password', autocomplete: 'off', id: 'token' })
  const dialog = openDialog(
    'The control token',
    h('p', {}, message),
    h(
      'form',
      {
        on: {
          submit: (event) => {
            event.preventDefault()
            dialog.close()
            take(input.value)
          },
        },
      },
      field('Token of --control-token', input),
      buttons(h('button', { type: 'submit' }, 'Use it')),
    ),
  )
  input.focus()
}
