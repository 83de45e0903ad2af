// Prints what a benchmark found; and puts it into the README of this folder, three lines of it into that of the project,
// and draws it.
import { readFileSync, writeFileSync } from 'node:fs'

const readme = new URL('README.md', import.meta.url)
const face = new URL('../../README.md', import.meta.url)
const chart = new URL('results.svg', import.meta.url)

/** Puts the text between the markers of a page. */
function fill(page, name, text) {
  const [open, close] = [`<!-- ${name} -->\n`, `\n<!-- /${name} -->`]
  const [before, rest] = readFileSync(page, 'utf8').split(open)
  writeFileSync(page, `${before}${open}${text}${close}${rest.split(close)[1]}`)
}

const whole = (value) => (value === undefined ? '' : Math.round(value).toLocaleString('en'))
const ratio = (one, other) => (one === undefined || other === undefined ? '' : (one / other).toFixed(2))

function table(head, rows) {
  return [head, head.map((_, i) => (i === 0 ? '---' : '--:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

/** Above it, a table says little. */
const mostSpread = 0.1

/** @param isToBeKept whether to write the README's section and the chart */
export function report(results, isToBeKept) {
  const { servers, large, seeded, answering, sizes, machine } = results
  const both = (value, ratio) =>
    `${whole(value)}${value === undefined || ratio === undefined ? '' : ` (${ratio.toFixed(2)})`}`
  const rows = Object.entries(servers).map(([name, { get, page, create, ...found }]) => [
    name,
    ...[get, page, create].map(({ rate }) => whole(rate)),
    ...[get, page, create].map(({ cost, ratio }) => both(cost, ratio)),
    `${whole(found.spread * 100)} %`,
    ...[both(found.cold, found.coldRatio), whole(found.memory), whole(found.memoryAfter)],
  ])
  const head = [
    ...['', 'get/s', 'page/s', 'create/s', 'µs a get', 'µs a page', 'µs a create', 'spread'],
    ...['cold start, ms', 'MiB at start', 'MiB after 100,000'],
  ]
  const { emulator, Prism } = servers
  const lines = [
    `Measured on ${machine.date} with Node ${machine.node} on ${machine.platform}, ${machine.processors}: medians of ${machine.rounds} rounds,
shared out to ${machine.processes} processes of each server, one after the other; the peers have those of the first process alone. The emulator writes no
log, and takes each request from a bucket that never gets empty. In each round a server is asked for as much as it answered in
${machine.seconds} s of its warm-up, in turns with the others, on ${machine.connections} connections that stay open, client and server on the same processors. µs are the server's processor time, in
brackets the median of its ratios to a bare Fastify with the same schemas and no state in the same round, with digest to one
whose client makes as many digests; between two rounds of the middle half of all, that ratio differs by at most the spread (of
the bare Fastify, that to node:http); a cold start is from exec to the first answer, the emulator's a challenge, in brackets its
ratio to node:http. Cold starts and MiB at start are medians of ${machine.starts} starts, of ${machine.startsOfPeers} for peers, without the fixture that the
requests need; MiB after 100,000 gets are of one process, with that fixture. The bare Fastify loads its packages as npm installs them, a file each, and the emulator one bundle: its start
and memory say what the bundle spares, and not what Fastify takes.`,
    table(head, rows),
  ]
  if (seeded) {
    const { projects, start, startRatio } = seeded
    lines.push(
      `With the fixture of the requests, ${whole(projects)} projects, a cold start takes ${both(start, startRatio)} ms. Without it, and with credentials off, the
first answer can be a 200, with all projects: ${both(answering.start, answering.startRatio)} ms.`,
    )
  }
  const noisy = Object.entries(servers).filter(([, { spread }]) => spread > mostSpread)
  if (noisy.length > 0) {
    lines.push(
      `**This run was disturbed**: ${noisy.map(([name]) => name).join(', ')} differed from round to round by more than ${mostSpread * 100} %.`,
    )
  }
  if (emulator && Prism) {
    lines.push(
      `To Prism, which answers from the same OpenAPI document: gets ${Prism.get.behind.toFixed(2)} times, creates ${Prism.create.behind.toFixed(2)} times as many; ${ratio(emulator.cold, Prism.cold)} of its cold start, ${ratio(
        emulator.memory,
        Prism.memory,
      )} of its memory at the start. Mockoon and WireMock
answer with what they were given; emulate has other routes of Atlas: these are its gets of a project and of all projects, and
its creates of a database user.`,
    )
  }
  const [, , many] = Object.values(large)
  if (many) {
    const told = ['getSame', 'pageSame', 'getSome', 'pageSome', 'getAny', 'pageAny', 'full', 'start']
    lines.push(
      table(
        [
          'endpoints stored',
          'µs a get of 100',
          'µs a first page of 4',
          'µs a get of 1,000',
          'µs a first page of 1,000',
          'µs a get of any',
          'µs a first page of any',
          'µs a first page of the fullest project',
          'start, ms',
          'MiB exported',
          'MiB at most, to export',
        ],
        [
          ...Object.entries(large).map(([label, found]) => [
            label,
            ...told.map((name) => whole(found[name])),
            found.exported.toFixed(1),
            whole(found.peak),
          ]),
          ['the most to the fewest', ...told.map((name) => many.ratios[name].toFixed(2)), '', ''],
        ],
      ),
      `Medians of ${machine.roundsOfLarge} rounds, with one process for each world. Asked for by turns: as much as the smallest world has; 1,000
endpoints that come again, and their lists; any of 20,000 in as many projects, which are more than stay in memory. With fewer in
the world than are asked for, the same come again. A start is the median of ${machine.startsOfLarge}, to the answer of \`/_emulator/health\`; what is
exported, by a process that does nothing else, is \`/_emulator/state\`.`,
    )
  }
  lines.push(
    `The package is ${whole(sizes.tarball / 1000)} kB, and ${whole(sizes.bundle / 1000)} kB of JavaScript when installed.`,
  )
  const text = lines.join('\n\n')
  console.log(text)
  if (!isToBeKept) return
  fill(readme, 'bench', text)
  writeFileSync(chart, draw(servers))
  if (emulator?.get.ratio === undefined || emulator.coldRatio === undefined || !Prism) return
  const short = [
    `- A get takes ${emulator.get.ratio.toFixed(2)} times the processor time of a bare Fastify with the same schemas, a create ${emulator.create.ratio.toFixed(2)} times; rounds of that run differed by ${whole(emulator.spread * 100)} %.`,
    `- ${Prism.get.behind.toFixed(1)} times as many gets a second as Prism, ${Prism.create.behind.toFixed(1)} times as many creates.`,
    `- The first answer comes ${whole(emulator.cold)} ms after exec, ${emulator.coldRatio.toFixed(2)} times what node:http alone takes; ${whole(emulator.memory)} MiB.`,
  ].join('\n')
  fill(face, 'speed', short)
}

/** Requests a second as bars, by server and workload. */
function draw(servers) {
  const workloads = { get: '#00684a', page: '#00a35c', create: '#71f6ba' }
  const shown = Object.entries(servers).filter(([name]) => !/^with|by digest$/.test(name))
  const most = Math.max(...shown.flatMap(([, found]) => Object.keys(workloads).map((workload) => found[workload].rate)))
  const width = 460
  const left = 130
  const bars = shown.flatMap(([name, found], i) => {
    const top = 40 + i * 58
    return [
      `<text x="${left - 10}" y="${top + 28}" text-anchor="end">${name}</text>`,
      ...Object.entries(workloads).flatMap(([workload, colour], j) => {
        const length = Math.max(1, (found[workload].rate / most) * width)
        return [
          `<rect x="${left}" y="${top + j * 16}" width="${length.toFixed(1)}" height="14" fill="${colour}"/>`,
          `<text x="${(left + length + 6).toFixed(1)}" y="${top + j * 16 + 11}" class="number">${whole(found[workload].rate)}</text>`,
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
