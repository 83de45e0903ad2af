import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { test } from 'tap'

/** The rooms of src, from the doors down, and into which others each may look. A door is a file at the root of src. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  cli: ['emulator', 'settings', 'fixture', 'fidelity', 'journal', 'values'],
  index: [
    'emulator',
    'settings',
    'control',
    'faults',
    'responses',
    'fidelity',
    'journal',
    'fixture',
    'http',
    'store',
    'values',
  ],
  testcontainers: ['index', 'settings', 'fixture', 'values'],
  emulator: [
    ...[
      'settings',
      'console',
      'control',
      'faults',
      'responses',
      'journal',
      'fixture',
      'atlas',
      'http',
      'world',
      'store',
      'values',
    ],
  ],
  settings: ['journal', 'values'],
  control: ['fidelity', 'faults', 'responses', 'journal', 'fixture', 'atlas', 'http', 'world', 'store', 'values'],
  console: ['control', 'atlas', 'faults', 'world', 'values'],
  fixture: ['faults', 'responses', 'atlas', 'world', 'store', 'values'],
  journal: ['faults', 'atlas', 'world', 'values'],
  responses: ['faults', 'atlas', 'world', 'store', 'values'],
  faults: ['atlas', 'world', 'store', 'values'],
  // What verify compares with is handed in by the doors; it names the worlds and operations that are compared.
  fidelity: ['fixture', 'atlas', 'values'],
  atlas: ['http', 'world', 'store', 'values'],
  world: ['store', 'values'],
  http: ['values'],
  store: ['values'],
  values: [],
}

const src = new URL('../src/', import.meta.url)
const files = readdirSync(src, { recursive: true })
  .map(String)
  .filter((file) => file.endsWith('.ts'))
  .sort()

/** The first part of a path below src: a room, or a door's name. */
const roomOf = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : file.replace(/\.ts$/, ''))

/** The files of src that a file imports, by their paths below src: all, or those that are loaded with it. */
function importsOf(file: string, isLoaded = false): string[] {
  const text = readFileSync(new URL(file, src), 'utf8')
  return [...text.matchAll(/^(?:import|export) [^;]*?from '(\.[^']+)'|^import '(\.[^']+)'/gms)]
    .filter(([statement]) => !isLoaded || !/^(?:import|export) type /.test(statement))
    .map(([, from, bare]) => posix.join(posix.dirname(file), (from ?? bare) as string).replace(/\.js$/, '.ts'))
}

const imports = new Map(files.map((file) => [file, importsOf(file)]))

test('imports point from the doors down to the values, and never up', async (t) => {
  const wrong = [...imports].flatMap(([file, targets]) =>
    targets
      .filter((target) => roomOf(target) !== roomOf(file) && !rooms[roomOf(file)]?.includes(roomOf(target)))
      .map((target) => `${file} imports ${target}`),
  )
  t.strictSame(wrong, [])
})

test('every room and door of src is known', async (t) => {
  t.strictSame([...new Set(files.map(roomOf))].sort(), Object.keys(rooms).sort())
})

test('no file imports itself, by way of whatever others', async (t) => {
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (file: string, way: readonly string[]) => {
    if (way.includes(file)) {
      circles.push([...way.slice(way.indexOf(file)), file].join(' → '))
      return
    }
    if (done.has(file)) return
    for (const target of imports.get(file) ?? []) visit(target, [...way, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  t.strictSame(circles, [])
})

test('the control API, its page and what else not all ask for are loaded when they are first asked for', async (t) => {
  const late = [
    'console/assets.ts',
    'console/routes.ts',
    'control/control.ts',
    'control/event-hub.ts',
    'control/prometheus.ts',
    'control/reliance.ts',
    'control/replay.ts',
    'fidelity/claims.ts',
    'fixture/yaml.ts',
  ]
  t.strictSame(
    late.filter((file) => !files.includes(file)),
    [],
    'they are there',
  )
  const loaded = new Set<string>()
  const load = (file: string) => {
    // What no file of src is, such as text, has no imports.
    if (loaded.has(file) || !files.includes(file)) return
    loaded.add(file)
    for (const target of importsOf(file, true)) load(target)
  }
  load('emulator.ts')
  t.ok(loaded.has('control/paths.ts'), 'what leads to them is loaded with the emulator')
  t.strictSame(
    late.filter((file) => loaded.has(file)),
    [],
  )
})
