// What a container's health check runs: asks the emulator beside it and ends with 0 when it works, else with 1 and a
// line that says why. It goes by the emulator's environment variables, and loads no more than a client, to be quick.
import http from 'node:http'
import { setDefaultAutoSelectFamily } from 'node:net'
import { variableOf } from '../values/service-links.js'

// A variable that cannot be used, such as a port that is no number, is told as everything else that does not work.
process.on('uncaughtException', ({ message }) => fail(message))

const [host = '', port = '8080', certificate, token] = ['HOST', 'PORT', 'TLS_CERT', 'CONTROL_TOKEN'].map((name) =>
  variableOf(process.env, `ATLAS_EMULATOR_${name}`),
)

const { get } = certificate ? await import('node:https') : http

// Of a name's addresses the first, where the emulator listens.
setDefaultAutoSelectFamily(false)

const request = get(
  {
    // A wildcard is reached by loopback.
    host: { '': '127.0.0.1', '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host,
    port,
    path: '/_emulator/health',
    // The control API wants to be asked as a loopback host, whatever the address.
    headers: { host: 'localhost', ...(token && { authorization: `Bearer ${token}` }) },
    // The certificate is for the names by which others know the container.
    rejectUnauthorized: false,
    signal: AbortSignal.timeout(2000),
  },
  // Any answer will do but one that says that the emulator fails.
  ({ statusCode }) => {
    if ((statusCode as number) < 500) process.exit(0)
    fail(`The emulator answered ${statusCode}`)
  },
)
// When time is up, only the cause says so.
request.on('error', ({ cause, message }) => fail((cause as Error | undefined)?.message ?? message))

function fail(problem: string): never {
  process.stderr.write(`atlas-backup-emulator: ${problem}\n`)
  process.exit(1)
}
