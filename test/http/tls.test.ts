import { request } from 'node:https'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { test } from 'tap'
import { EmulatorControl } from '../../src/control/client.js'
import { createEmulator } from '../../src/emulator.js'
import { readTlsIdentity, TlsError } from '../../src/http/tls.js'
import { UsageError } from '../../src/values/usage-error.js'
import { certificate, otherKey } from '../support/certificate.js'
import { accept, settingsFor } from '../support/emulator.js'

test('it serves https with a certificate, to clients that trust it', async (t) => {
  const folder = t.testdir({ 'cert.pem': certificate.cert, 'key.pem': certificate.key })
  const flags = ['--tls-cert', join(folder, 'cert.pem'), '--tls-key', join(folder, 'key.pem')]
  const emulator = await createEmulator(settingsFor('--port', '0', '--auth', 'off', ...flags))
  t.teardown(emulator.close)
  const url = await emulator.listen()
  t.match(url, /^https:\/\/127\.0\.0\.1:\d+$/)
  const page = await new Promise((resolve, reject) => {
    const options = { ca: certificate.cert, headers: { accept } }
    request(`${url}/api/atlas/v2/groups`, options, (answer) => resolve(json(answer)))
      .on('error', reject)
      .end()
  })
  await t.rejects(new EmulatorControl(url).health(), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'not to ours by itself')
  t.match(page, { links: [{ href: `${url}/api/atlas/v2/groups?pageNum=1&itemsPerPage=100`, rel: 'self' }] })
})

test('what is wrong with a certificate or its key is said', (t) => {
  const folder = t.testdir({
    'cert.pem': certificate.cert,
    'key.pem': certificate.key,
    'other.pem': otherKey,
    'empty.pem': '',
  })
  const at = (name: string) => join(folder, name)
  const read = (tlsCert: string | undefined, tlsKey: string | undefined) => () =>
    readTlsIdentity({ ...(tlsCert && { tlsCert }), ...(tlsKey && { tlsKey }) })
  t.equal(read(undefined, undefined)(), undefined)
  t.throws(
    read(at('cert.pem'), undefined),
    new UsageError('--tls-cert needs --tls-key, the private key of the certificate.'),
  )
  t.throws(read(undefined, at('key.pem')), UsageError)
  t.throws(read(at('none.pem'), at('key.pem')), {
    name: 'TlsError',
    message: /^Cannot read the certificate .*none\.pem: ENOENT/,
  })
  t.throws(read(at('empty.pem'), at('key.pem')), {
    message: /^Cannot read the certificate .*: it is empty\. Allowed: /,
  })
  t.throws(read(at('cert.pem'), at('empty.pem')), { message: /^Cannot read the private key .*: it is empty\./ })
  t.throws(read(at('cert.pem'), folder), {
    message: /^Cannot read the private key .*: it is neither a file nor a pipe\. Allowed: /,
  })
  t.throws(read(at('cert.pem'), at('other.pem')), {
    message: /^Cannot serve TLS with .*key values mismatch.* Allowed: /,
  })
  t.throws(read(at('key.pem'), at('key.pem')), TlsError)
  t.end()
})
