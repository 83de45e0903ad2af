import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs'
import { test } from 'tap'
import { LogSink } from '../../src/journal/log-sink.js'

/** A sink, and how many lines it has said that it dropped. */
function made(file: number) {
  const told: number[] = []
  const sink = new LogSink(file)
  sink.onDropped = (count) => {
    told.push(count)
    sink.write(`${count} dropped\n`)
  }
  return { sink, told }
}

test('a file has its lines as they are written', async (t) => {
  const path = `${t.testdir()}/log`
  const file = openSync(path, 'w')
  const { sink } = made(file)
  sink.write('one\n')
  sink.write('zwölf\n')
  t.equal(readFileSync(path, 'utf8'), 'one\nzwölf\n')
  closeSync(file)
})

test('a line that cannot be written is dropped, and nothing is thrown', async (t) => {
  const path = `${t.testdir({ log: '' })}/log`
  const file = openSync(path, 'r')
  const { sink, told } = made(file)
  sink.write('one\n')
  sink.write('two\n')
  await sink.drained(10_000)
  t.same(told, [])
  closeSync(file)
  // The same descriptor is a file that can be written now, as a disk has room again.
  t.equal(openSync(path, 'w'), file)
  sink.write('three\n')
  t.same(told, [2])
  t.equal(readFileSync(path, 'utf8'), 'three\n2 dropped\n')
  closeSync(file)
})

test('lines wait for the reader of a pipe, a mebibyte of them; of what comes beyond, the number is told', async (t) => {
  const path = `${t.testdir()}/pipe`
  try {
    execFileSync('mkfifo', [path])
  } catch {
    return t.comment('this system has no mkfifo')
  }
  const [reader, writer] = [
    openSync(path, constants.O_RDONLY | constants.O_NONBLOCK),
    openSync(path, constants.O_WRONLY | constants.O_NONBLOCK),
  ]
  const { sink, told } = made(writer)
  // Longer than what a pipe takes as a whole or not at all.
  const count = 300
  for (let i = 0; i < count; i += 1) sink.write(`${String(i).padStart(4, '0')} ${'x'.repeat(9000)}\n`)
  t.same(told, [])
  await sink.drained(1)
  const chunk = Buffer.alloc(65_536)
  let read = ''
  const readAll = () => {
    try {
      for (let length = 1; length > 0; ) {
        length = readSync(reader, chunk)
        read += chunk.toString('latin1', 0, length)
      }
    } catch {
      // Nothing more for now.
    }
  }
  const reading = setInterval(readAll, 1)
  await sink.drained(10_000)
  clearInterval(reading)
  readAll()
  const lines = read.trimEnd().split('\n')
  const written = lines.filter((line) => /^\d{4} x{9000}$/.test(line))
  t.equal(told.length, 1)
  t.ok(lines.includes(`${told[0]} dropped`))
  t.equal(written.length + (told[0] as number), count)
  t.equal(written.length, lines.length - 1, 'no line is torn')
  t.ok(written.length > 110 && written.length < 200, `${written.length} lines`)
  t.same(written, [...written].sort(), 'in order')
  for (const file of [reader, writer]) closeSync(file)
})
