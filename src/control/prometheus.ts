import { privateEndpoints } from '../atlas/resources/private-endpoints.js'
import { givingWay, type Work } from '../values/pace.js'
import { version } from '../values/package.js'
import { real } from '../values/timers.js'
import { type Status, statuses } from '../values/vocabulary.js'
import { stateAt } from '../world/lifecycle.js'
import type { ControlContext } from './context.js'

type Labels = Readonly<Record<string, string | number>>

/** One metric with all its values. */
interface Metric {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  readonly values: Iterable<readonly [labels: Labels, value: number]>
}

/** The emulator's numbers in the text format of Prometheus, version 0.0.4. */
export async function writeMetrics(context: ControlContext): Promise<string> {
  const endpoints = await givingWay(countEndpoints(context))
  return [...metricsOf(context, endpoints)].map(write).join('')
}

function* metricsOf(context: ControlContext, endpoints: ReadonlyMap<Status, number>): Generator<Metric> {
  const { tally, buckets, clock, journal, faults, store } = context
  const gauge = (name: string, help: string, value: number): Metric => ({
    name,
    type: 'gauge',
    help,
    values: [[{}, value]],
  })
  yield { name: 'atlas_emulator_info', type: 'gauge', help: 'The version that runs.', values: [[{ version }, 1]] }
  yield {
    name: 'atlas_emulator_requests_total',
    type: 'counter',
    help: 'Requests to the Atlas API since the start, by operation, status (none for no answer) and code.',
    values: [...tally].map(({ operation = '', status = 'none', errorCode = '', requests }) => [
      { operation, status, code: errorCode },
      requests,
    ]),
  }
  yield {
    name: 'atlas_emulator_private_endpoints',
    type: 'gauge',
    help: 'Private endpoints by status.',
    values: [...endpoints].map(([status, count]) => [{ status }, count]),
  }
  const used = [...buckets.each(clock.now())]
  yield {
    name: 'atlas_emulator_bucket_tokens',
    type: 'gauge',
    help: 'Tokens that are left in each token bucket that has been used.',
    values: used.map(({ set, owner, tokens }) => [{ set, owner }, tokens]),
  }
  yield {
    name: 'atlas_emulator_bucket_capacity',
    type: 'gauge',
    help: 'Tokens that each token bucket holds when it is full.',
    values: used.map(({ set, owner, capacity }) => [{ set, owner }, capacity]),
  }
  yield {
    name: 'atlas_emulator_fault_strikes',
    type: 'gauge',
    help: 'How many requests each armed fault has struck.',
    values: faults.list().map(({ id, fired }) => [{ id }, fired]),
  }
  yield gauge('atlas_emulator_tenants', 'Organizations that tests have made for themselves.', store.tenants.size)
  yield gauge('atlas_emulator_journal_entries', 'Requests in the journal.', journal?.size ?? 0)
  yield gauge('atlas_emulator_clock_ahead_seconds', "How far the emulator's clock is ahead.", clock.ahead / 1000)
  const { rss, heapUsed, external } = process.memoryUsage()
  yield gauge('process_resident_memory_bytes', 'Memory that the process holds.', rss)
  yield gauge('nodejs_heap_size_used_bytes', 'Memory that its objects take.', heapUsed)
  yield gauge('nodejs_external_memory_bytes', 'Memory that its buffers take.', external)
  yield gauge(
    'process_start_time_seconds',
    'When the process began, in seconds since the epoch.',
    Math.round(real.now() / 1000 - process.uptime()),
  )
}

/** How many endpoints have each status now. */
function* countEndpoints({ store, world }: ControlContext): Work<Map<Status, number>> {
  const counts = new Map(statuses.map((status) => [status, 0]))
  const now = world.now()
  const things = store.things.of(privateEndpoints.name)
  for (const project of store.directory.projectIds()) {
    for (const { transitions } of things.allOf(project, now)) {
      const { status } = stateAt(transitions, now)
      counts.set(status, (counts.get(status) as number) + 1)
    }
    yield
  }
  return counts
}

function write({ name, type, help, values }: Metric): string {
  const lines = [...values].map(([labels, value]) => `${name}${writeLabels(labels)} ${value}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function writeLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value))}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`))
}
