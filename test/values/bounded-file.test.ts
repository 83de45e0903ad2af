import { execFileSync, spawn } from 'node:child_process'
import { type Test, test } from 'tap'
import { readFixture } from '../../src/fixture/files.js'
import { readTlsIdentity } from '../../src/http/tls.js'
import { readWithin } from '../../src/values/bounded-file.js'

/** The path of a pipe into which a program writes. */
function pipeOf(t: Test, program: string): string {
  const path = `${t.testdir()}/pipe`
  execFileSync('mkfifo', [path])
  const child = spawn('sh', ['-c', `${program} > "$0"`, path], { stdio: 'ignore' })
  t.teardown(() => child.kill('SIGKILL'))
  return path
}

test('A file is read up to its limit', (t) => {
  const path = `${t.testdir({ file: 'x'.repeat(100) })}/file`
  t.equal(readWithin(path, 100).toString(), 'x'.repeat(100))
  t.throws(() => readWithin(path, 99), { message: 'it is larger than 99 bytes' })
  t.throws(() => readWithin(`${path}.none`, 99), { code: 'ENOENT' })
  t.end()
})

test('A pipe is read to its end, and one that does not end up to the limit', (t) => {
  t.equal(readWithin(pipeOf(t, 'head -c 200000 /dev/zero'), 200_000).length, 200_000)
  t.throws(() => readWithin(pipeOf(t, 'exec cat /dev/zero'), 199_999), { message: 'it is larger than 199999 bytes' })
  t.end()
})

test('A pipe into which nobody writes, or which falls silent, is not waited for without end', (t) => {
  t.throws(() => readWithin(pipeOf(t, 'exec sleep 99'), 99, 20), { message: 'the pipe gave nothing for 20 ms' })
  const path = `${t.testdir()}/pipe`
  execFileSync('mkfifo', [path])
  t.throws(() => readWithin(path, 99, 20), { message: 'the pipe gave nothing for 20 ms' })
  t.end()
})

test('A device is neither a fixture nor a certificate, and says so', async (t) => {
  await t.rejects(readFixture('/dev/zero'), {
    name: 'FixtureError',
    message: /^The fixture \/dev\/zero cannot be read: it is neither a file nor a pipe\. Allowed: /,
  })
  t.throws(() => readTlsIdentity({ tlsCert: '/dev/zero', tlsKey: '/dev/zero' }), {
    message: /^Cannot read the certificate \/dev\/zero: it is neither a file nor a pipe\. Allowed: /,
  })
})

test('A world may come out of a pipe', async (t) => {
  t.match(await readFixture(pipeOf(t, 'cat fixtures/default.json')), { projects: [{ name: 'Emulator' }] })
})
