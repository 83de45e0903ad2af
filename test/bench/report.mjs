// Prints what a benchmark found; and puts it into the README of this folder, and draws it.
import { readFileSync, writeFileSync } from 'node:fs'

const readme = new URL('README.md', import.meta.url)
const chart = new URL('results.svg', import.meta.url)

const whole = (value) => (value === undefined ? '' : Math.round(value).toLocaleString('en'))
const ratio = (one, other) => (one === undefined || other === undefined ? '' : (one / other).toFixed(2))

function table(head, rows) {
  return [head, head.map((_, i) => (i === 0 ? '---' : '--:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

/** @param isToBeKept whether to write the README's section and the chart */
export function report(results, isToBeKept) {
  const { servers, large, sizes, machine } = results
  const bare = servers['bare Fastify']
  const rows = Object.entries(servers).map(([name, found]) => [
    name,
    ...['get', 'page', 'create'].map(
      (workload) => `${whole(found[workload])} (${ratio(found[workload], bare?.[workload])})`,
    ),
    ...[whole(found.costOfGet), whole(found.costOfCreate)],
    ...[whole(found.cold), whole(found.memory), whole(found.memoryAfter)],
  ])
  const head = [
    '',
    'get/s',
    'page/s',
    'create/s',
    'µs a get',
    'µs a create',
    'cold start, ms',
    'MiB at start',
    'MiB after 100,000',
  ]
  const { emulator, Prism } = servers
  const lines = [
    `Measured on ${machine.date} with Node ${machine.node} on ${machine.platform}, ${machine.processors}: medians of ${machine.rounds} interleaved
rounds of ${machine.seconds} s, ${machine.connections} connections, client and server on the same processors. In brackets: the ratio to a bare Fastify with the
same schemas and no state. µs are the server's processor time.`,
    table(head, rows),
  ]
  if (emulator && Prism) {
    lines.push(
      `To Prism, which answers from the same OpenAPI document: gets ${ratio(emulator.get, Prism.get)} times, creates ${ratio(
        emulator.create,
        Prism.create,
      )} times as many; ${ratio(emulator.cold, Prism.cold)} of its cold start, ${ratio(
        emulator.memoryAfter,
        Prism.memoryAfter,
      )} of its memory. emulate has other routes of Atlas; these are its gets of a project and of all projects, and
its creates of a database user.`,
    )
  }
  const [few, fullPage, many] = Object.values(large)
  if (many) {
    lines.push(
      table(
        ['endpoints stored', 'get/s', 'first page/s', 'first page of the fullest project/s'],
        [
          ...Object.entries(large).map(([label, found]) => [
            label,
            whole(found.get),
            whole(found.page),
            whole(found.full),
          ]),
          [
            'the most to the fewest',
            ratio(many.get, few.get),
            ratio(many.page, few.page),
            ratio(many.full, fullPage.full),
          ],
        ],
      ),
    )
  }
  lines.push(
    `The package is ${whole(sizes.tarball / 1000)} kB, and ${whole(sizes.bundle / 1000)} kB of JavaScript when installed.`,
  )
  const text = lines.join('\n\n')
  console.log(text)
  if (!isToBeKept) return
  const page = readFileSync(readme, 'utf8')
  writeFileSync(
    readme,
    page.replace(/(<!-- bench -->\n)[\s\S]*?(\n<!-- \/bench -->)/, (_, open, close) => open + text + close),
  )
  writeFileSync(chart, draw(servers))
}

/** Requests a second as bars, by server and workload. */
function draw(servers) {
  const workloads = { get: '#00684a', page: '#00a35c', create: '#71f6ba' }
  const shown = Object.entries(servers).filter(([name]) => !name.startsWith('with'))
  const most = Math.max(...shown.flatMap(([, found]) => Object.keys(workloads).map((workload) => found[workload])))
  const width = 460
  const left = 130
  const bars = shown.flatMap(([name, found], i) => {
    const top = 40 + i * 58
    return [
      `<text x="${left - 10}" y="${top + 28}" text-anchor="end">${name}</text>`,
      ...Object.entries(workloads).flatMap(([workload, colour], j) => {
        const length = Math.max(1, (found[workload] / most) * width)
        return [
          `<rect x="${left}" y="${top + j * 16}" width="${length.toFixed(1)}" height="14" fill="${colour}"/>`,
          `<text x="${(left + length + 6).toFixed(1)}" y="${top + j * 16 + 11}" class="number">${whole(found[workload])}</text>`,
        ]
      }),
    ]
  })
  const legend = Object.entries(workloads).map(
    ([workload, colour], i) =>
      `<rect x="${left + i * 90}" y="10" width="12" height="12" fill="${colour}"/><text x="${left + 18 + i * 90}" y="20">${workload}s/s</text>`,
  )
  const height = 50 + shown.length * 58
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 70} ${height}" font-family="system-ui, sans-serif" font-size="13">
<title>Requests a second</title>
<style>text { fill: #1c2d38 } .number { font-size: 11px } @media (prefers-color-scheme: dark) { text { fill: #e8edeb } }</style>
${[...legend, ...bars].join('\n')}
</svg>
`
}
