import { test } from 'tap'
import { helpText } from '../src/cli/help.js'
import { readCommand, readOptions, settings, toVariables, unknownVariables } from '../src/settings.js'

const byDefault = {
  port: 8080,
  host: '127.0.0.1',
  db: ':memory:',
  fixtures: 'default',
  watch: false,
  auth: 'required',
  provisioning: 2000,
  deletion: 1000,
  emptyFields: 'null',
  unserved: 404,
  privateNetworking: 'strict',
  tokenLifetime: 3_600_000,
  rateLimit: 'atlas',
  journal: 1000,
  control: 'local',
  trustProxy: false,
  maxConnections: 2048,
  headerTimeout: 15_000,
  requestTimeout: 60_000,
  keepAlive: 72_000,
  logLevel: 'info',
  reset: false,
}

function read(args: string[], environment: Record<string, string> = {}) {
  const command = readCommand(args, environment)
  return command.run === 'serve' ? command.settings : command.run
}

test('every setting has a default but the folder of fixtures, the public URL, the control token, the certificate and the seed', async (t) => {
  t.strictSame(read([]), byDefault)
})

test('every setting is a flag and an environment variable, and the flag wins', async (t) => {
  const values = {
    port: ['0', 0],
    host: ['::1', '::1'],
    db: ['x.db', 'x.db'],
    fixtures: ['demo', 'demo'],
    'fixtures-folder': ['worlds', 'worlds'],
    auth: ['off', 'off'],
    provisioning: ['manual', 'manual'],
    deletion: ['250ms', 250],
    'empty-fields': ['omit', 'omit'],
    unserved: ['501', 501],
    'private-networking': ['lenient', 'lenient'],
    'token-lifetime': ['5m', 300_000],
    'rate-limit': ['10/5/60', { capacity: 10, refill: 5, seconds: 60 }],
    journal: ['5', 5],
    control: ['open', 'open'],
    'control-token': ['s3cret', 's3cret'],
    'trust-proxy': ['loopback, 10.0.0.0/8,2001:db8::1', ['loopback', '10.0.0.0/8', '2001:db8::1']],
    'public-url': ['https://x.test/base//', 'https://x.test/base'],
    'max-connections': ['10', 10],
    'header-timeout': ['1s', 1000],
    'request-timeout': ['2s', 2000],
    'keep-alive': ['PT3S', 3000],
    'tls-cert': ['cert.pem', 'cert.pem'],
    'tls-key': ['key.pem', 'key.pem'],
    'log-level': ['silent', 'silent'],
    seed: ['42', 42],
  } as const
  t.same(
    settings.filter(({ isSwitch }) => !isSwitch).map(({ flag }) => flag),
    Object.keys(values),
  )
  for (const { flag, variable, name, isSwitch } of settings) {
    if (isSwitch) continue
    const [text, value] = values[flag as keyof typeof values]
    t.same(read([`--${flag}`, text]), { ...byDefault, [name]: value })
    t.same(read([], { [variable]: text }), { ...byDefault, [name]: value })
    t.same(read([`--${flag}=${text}`], { [variable]: 'nonsense' }), { ...byDefault, [name]: value })
    t.same(read([], { [variable]: '' }), byDefault, 'an empty variable is none')
  }
  t.same(read(['--reset']), { ...byDefault, reset: true })
  t.same(read(['--no-reset'], { ATLAS_EMULATOR_RESET: 'true' }), byDefault)
  t.same(read([], { ATLAS_EMULATOR_RESET: 'true' }), { ...byDefault, reset: true })
  t.same(read([], { ATLAS_EMULATOR_RESET: 'false' }), byDefault)
})

test('the folder of fixtures counts as not given beside fixtures that are', async (t) => {
  const folder = { ATLAS_EMULATOR_FIXTURES_FOLDER: '/fixtures' }
  t.match(read([], folder), { fixtures: 'default', fixturesFolder: '/fixtures' })
  t.match(read([], { ...folder, ATLAS_EMULATOR_FIXTURES: '' }), { fixturesFolder: '/fixtures' })
  t.strictSame(read(['--fixtures', 'default'], folder), byDefault)
  t.strictSame(read([], { ...folder, ATLAS_EMULATOR_FIXTURES: 'default' }), byDefault)
  t.strictSame(readOptions({ fixtures: 'demo', fixturesFolder: 'x' }).fixturesFolder, undefined)
})

test('what is watched is a file or a folder, and a world in memory', async (t) => {
  t.match(read(['--watch', '--fixtures', 'x.json']), { watch: true, fixtures: 'x.json' })
  t.match(read(['--watch'], { ATLAS_EMULATOR_FIXTURES_FOLDER: '/fixtures' }), { watch: true })
  t.match(readOptions({ watch: true, fixtures: 'x.json' }), { watch: true })
  t.throws(() => read(['--watch']), {
    name: 'UsageError',
    message: '--watch: found beside --fixtures "default"; allowed: with the path of a file or a folder.',
  })
  t.throws(() => read(['--fixtures', 'x.json', '--db', 'x.db'], { ATLAS_EMULATOR_WATCH: 'true' }), {
    message: '--watch: found beside --db "x.db"; allowed: with a world in memory, since a file keeps its own.',
  })
  t.throws(() => readOptions({ watch: true, fixtures: 'demo' }), { message: /^watch: found beside fixtures "demo"/ })
})

test('durations are an integer and a unit, or as ISO 8601 has them', async (t) => {
  const durations = { '0s': 0, '7ms': 7, '7s': 7000, '7m': 420_000, '7h': 25_200_000, PT7M: 420_000 }
  for (const [text, value] of Object.entries(durations)) {
    t.match(read(['--deletion', text]), { deletion: value })
  }
})

test('a rate limit is atlas, off, or three positive integers', async (t) => {
  t.match(read(['--rate-limit', 'atlas']), { rateLimit: 'atlas' })
  t.match(read(['--rate-limit', 'off']), { rateLimit: 'off' })
  for (const text of ['on', '10/5', '0/1/1', '1/0/1', '1/1/0', '1/1/1/1', '1/1/1000000000', '1.5/1/1', ' 1/1/1']) {
    t.throws(() => read(['--rate-limit', text]), {
      message: `--rate-limit: found "${text}"; allowed: atlas (1200/500/60), off, or capacity/refill/seconds.`,
    })
  }
})

test('proxies are trusted all, none, or by address; the flag alone means all', async (t) => {
  for (const args of [['--trust-proxy'], ['--trust-proxy', '--reset'], ['--trust-proxy', 'true']]) {
    t.match(read(args), { trustProxy: true })
  }
  t.match(read(['--trust-proxy', 'false']), { trustProxy: false })
  t.match(read(['--trust-proxy', 'uniquelocal']), { trustProxy: ['uniquelocal'] })
  for (const text of ['1', 'yes', 'loopback,', '10.0.0.0/33', '10.0.0.0/0', 'localhost']) {
    t.throws(() => read(['--trust-proxy', text]), {
      message: `--trust-proxy: found "${text}"; allowed: true, false, or the addresses and CIDR blocks of proxies, separated by commas; loopback, linklocal, uniquelocal for ranges.`,
    })
  }
})

test('a value that is not allowed is told with what is', async (t) => {
  const cases: [string[], string][] = [
    [['--port', '65536'], '--port: found "65536"; allowed: an integer from 0 to 65535.'],
    [['--port', '1e3'], '--port: found "1e3"; allowed: an integer from 0 to 65535.'],
    [['--auth', 'on'], '--auth: found "on"; allowed: required, off.'],
    [['--host='], '--host: found ""; allowed: text, not blank.'],
    [['--deletion', '1'], '--deletion: found "1"; allowed: an integer and ms, s, m or h, or ISO 8601 such as PT5M.'],
    [
      ['--provisioning=-1s'],
      '--provisioning: found "-1s"; allowed: manual, or an integer and ms, s, m or h, or ISO 8601 such as PT5M.',
    ],
    [['--unserved', '405'], '--unserved: found "405"; allowed: 404, 501.'],
    [['--journal', '0'], '--journal: found "0"; allowed: off, or an integer from 1 to 1000000.'],
    [['--journal', '1000001'], '--journal: found "1000001"; allowed: off, or an integer from 1 to 1000000.'],
    [['--control', 'on'], '--control: found "on"; allowed: local, open, off.'],
    [
      ['--token-lifetime', '999ms'],
      '--token-lifetime: found "999ms"; allowed: an integer and ms, s, m or h, or ISO 8601 such as PT5M, at least 1s.',
    ],
  ]
  for (const [args, message] of cases) t.throws(() => read(args), { message })
  t.throws(() => read([], { ATLAS_EMULATOR_PORT: 'x' }), {
    message: 'ATLAS_EMULATOR_PORT: found "x"; allowed: an integer from 0 to 65535.',
  })
  t.throws(() => read([], { ATLAS_EMULATOR_RESET: '1' }), {
    message: 'ATLAS_EMULATOR_RESET: found "1"; allowed: true or false; as a flag, --reset or --no-reset.',
  })
})

test('an unknown flag, an operand, a missing value are told with the flags there are', async (t) => {
  for (const args of [['--prot', '1'], ['serve'], ['--port'], ['--port', '-1'], ['--reset=yes']]) {
    t.throws(() => read(args), { message: /^[^\n.]+\. Allowed: --help, --version, --port, .*See --help\.$/ })
  }
})

test('an unknown flag is told with the one that may be meant', async (t) => {
  t.throws(() => read(['--prot', '1']), { message: /--reset\. Did you mean --port\? See --help\.$/ })
})

test('a public URL is one that every client can use: http or https, no user, query or fragment', async (t) => {
  for (const text of ['http://x', 'https://[::1]:8080/a/b', 'http://x.test/a%20b', 'http://10.0.0.1:1']) {
    t.match(read(['--public-url', text]), { publicUrl: text })
  }
  const wrong = ['http:///', 'http://:x', 'ftp://x', 'http://x/?y', 'http://x/#y', 'http://user@x', 'http://u:p@x/']
  for (const text of [
    ...wrong,
    'http://x:99999',
    'http://x y',
    'http://x\\y',
    'http://bücher.test',
    'http://x/%zz',
    'x',
  ]) {
    t.throws(() => read(['--public-url', text]), {
      message: `--public-url: found ${JSON.stringify(text)}; allowed: an http or https URL in ASCII, without user, query and fragment.`,
    })
  }
})

test('what cannot work is refused: a blank path, a token that no header carries, a time that no timer takes', async (t) => {
  for (const text of [
    '',
    '  ',
    ':MEMORY:',
    ' :memory:',
    'file:atlas.db',
    'file::memory:?cache=shared',
    'x.db\r',
    'a\nb',
    '\u001b[31m',
  ]) {
    t.throws(() => read([`--db=${text}`]), {
      message: `--db: found ${JSON.stringify(text)}; allowed: the path of a file, or :memory:.`,
    })
  }
  t.match(read(['--db', ':memory:']), { db: ':memory:' })
  t.match(read(['--db', './file:1.db']), { db: './file:1.db' })
  for (const flag of ['host', 'fixtures', 'tls-cert', 'tls-key']) {
    for (const text of ['', '  ', '\t\n']) {
      t.throws(() => read([`--${flag}=${text}`]), {
        message: `--${flag}: found ${JSON.stringify(text)}; allowed: text, not blank.`,
      })
    }
  }
  for (const text of [' ', 'a b', 's3cret\r', 'a\tb', 'pässword', 'a\u0000']) {
    t.throws(() => read(['--control-token', text]), {
      message: `--control-token: found ${JSON.stringify(text)}; allowed: visible ASCII characters, without spaces.`,
    })
  }
  for (const flag of ['keep-alive', 'header-timeout', 'request-timeout']) {
    for (const text of ['597h', '2147483648ms', 'P25D']) {
      t.throws(() => read([`--${flag}`, text]), { message: /, at least 1ms, at most 596h\.$/ })
    }
  }
  t.match(read(['--keep-alive', '596h', '--token-lifetime', '9999h']), { keepAlive: 596 * 3_600_000 })
})

test('a variable with which a platform announces a service is not the user’s', async (t) => {
  const service = {
    ATLAS_EMULATOR_PORT: 'tcp://10.96.12.7:8080',
    ATLAS_EMULATOR_SERVICE_HOST: '10.96.12.7',
    ATLAS_EMULATOR_SERVICE_PORT: '8080',
    ATLAS_EMULATOR_SERVICE_PORT_HTTP: '8080',
    ATLAS_EMULATOR_PORT_8080_TCP: 'tcp://10.96.12.7:8080',
    ATLAS_EMULATOR_PORT_8080_TCP_PROTO: 'tcp',
    ATLAS_EMULATOR_PORT_8080_TCP_PORT: '8080',
    ATLAS_EMULATOR_PORT_8080_TCP_ADDR: '10.96.12.7',
    ATLAS_EMULATOR_CONTROL_PORT: 'udp://10.96.12.8:53',
  }
  t.strictSame(read([], service), byDefault)
  t.same(unknownVariables(service), [])
})

test('any other variable that begins as ours do is told, with the one that may be meant', async (t) => {
  const environment = {
    ATLAS_EMULATOR_PROT: '1',
    ATLAS_EMULATOR_NOTHING_OF_OURS: 'x',
    ATLAS_EMULATOR_EMPTY: '',
    PATH: '/bin',
  }
  t.strictSame(read([], environment), byDefault)
  t.same(unknownVariables({ ...environment, ATLAS_EMULATOR_PORT: '1' }), [
    'ATLAS_EMULATOR_PROT is no setting and changes nothing. Did you mean ATLAS_EMULATOR_PORT? See --help.',
    'ATLAS_EMULATOR_NOTHING_OF_OURS is no setting and changes nothing. See --help.',
  ])
})

/** The defaults in code. */
const inCode = { ...byDefault, port: 0, logLevel: 'silent' }

test('an option in code is a value, or text as a flag has it; undefined counts as not given', async (t) => {
  t.strictSame(readOptions({}), inCode)
  t.strictSame(readOptions(Object.fromEntries(settings.map(({ name }) => [name, undefined]))), inCode)
  const cases: [Record<string, unknown>, Record<string, unknown>][] = [
    [
      { port: 8080, seed: '42', maxConnections: 1 },
      { port: 8080, seed: 42, maxConnections: 1 },
    ],
    [
      { provisioning: 0, deletion: '5m', keepAlive: 1 },
      { provisioning: 0, deletion: 300_000, keepAlive: 1 },
    ],
    [
      { provisioning: 'manual', tokenLifetime: 2_000_000_000 },
      { provisioning: 'manual', tokenLifetime: 2_000_000_000 },
    ],
    [{ unserved: 501 }, { unserved: 501 }],
    [{ unserved: '501' }, { unserved: 501 }],
    [{ rateLimit: '10/5/60' }, { rateLimit: { capacity: 10, refill: 5, seconds: 60 } }],
    [{ journal: 5 }, { journal: 5 }],
    [
      { journal: 'off', auth: 'off' },
      { journal: 'off', auth: 'off' },
    ],
    [
      { reset: true, trustProxy: true },
      { reset: true, trustProxy: true },
    ],
    [
      { reset: 'true', trustProxy: 'loopback, ::1' },
      { reset: true, trustProxy: ['loopback', '::1'] },
    ],
    [{ trustProxy: ['10.0.0.0/8', ' ::1'] }, { trustProxy: ['10.0.0.0/8', '::1'] }],
  ]
  for (const [options, expected] of cases) t.strictSame(readOptions(options), { ...inCode, ...expected })
})

test('an option that is not allowed is one message that names it', async (t) => {
  const cases: [unknown, string][] = [
    [{ rateLimit: 'x' }, 'rateLimit: found "x"; allowed: atlas (1200/500/60), off, or capacity/refill/seconds.'],
    [{ port: Number.NaN }, 'port: found NaN; allowed: an integer from 0 to 65535.'],
    [{ port: 1.5 }, 'port: found 1.5; allowed: an integer from 0 to 65535.'],
    [{ port: null }, 'port: found null; allowed: an integer from 0 to 65535.'],
    [{ host: () => 'x' }, 'host: found [Function: host]; allowed: text, not blank.'],
    [{ db: { path: { of: 'x' } } }, 'db: found { path: [Object] }; allowed: the path of a file, or :memory:.'],
    [{ db: 'a\0b' }, 'db: found "a\\u0000b"; allowed: the path of a file, or :memory:.'],
    [{ auth: false }, 'auth: found false; allowed: required, off.'],
    [{ reset: 1 }, 'reset: found 1; allowed: true or false'],
    [{ seed: 1n }, 'seed: found 1n; allowed: an integer from 0 to 4294967295.'],
    [
      { deletion: -1 },
      'deletion: found -1; allowed: an integer and ms, s, m or h, or ISO 8601 such as PT5M; or a number of milliseconds.',
    ],
    [{ keepAlive: 2 ** 31 }, 'keepAlive: found 2147483648; allowed: '],
    [{ fixtures: 5 }, 'fixtures: found 5; allowed: text, not blank; or a world as an object.'],
    [{ trustProxy: [] }, 'trustProxy: found []; allowed: true, false, or the addresses'],
    [{ trustProxy: [{}] }, 'trustProxy: found [ {} ]; allowed: true, false, or the addresses'],
    [{ prot: 1 }, 'Unknown option "prot". Did you mean port? Allowed: port, host, '],
    [{ 'rate-limit': 'off' }, 'Unknown option "rate-limit". Did you mean rateLimit? Allowed: port, host, '],
    [{ constructor: 1 }, 'Unknown option "constructor". Allowed: port, host, '],
    [null, 'The options: found null; allowed: an object.'],
    ['demo', 'The options: found "demo"; allowed: an object.'],
    [[], 'The options: found []; allowed: an object.'],
  ]
  for (const [options, message] of cases) {
    t.throws(() => readOptions(options), { name: 'UsageError', message })
  }
})

test('options in code can be written as variables, which say the same; those that are not given are left out', async (t) => {
  const options = {
    port: 8080,
    provisioning: 90_000,
    deletion: 'PT5M',
    journal: 'off',
    unserved: 501,
    trustProxy: ['loopback', '10.0.0.0/8'],
    keepAlive: 1500,
    seed: 42,
    reset: true,
    logLevel: undefined,
  }
  const variables = toVariables(options)
  t.equal(Object.keys(variables).length, Object.keys(options).length - 1)
  const { logLevel } = byDefault
  t.strictSame(read([], variables), { ...readOptions(options), logLevel })
  t.strictSame(toVariables({ trustProxy: true, rateLimit: '10/5/60' }), {
    ATLAS_EMULATOR_RATE_LIMIT: '10/5/60',
    ATLAS_EMULATOR_TRUST_PROXY: 'true',
  })
  t.throws(() => toVariables({ colour: 'blue' }), { name: 'UsageError', message: 'Unknown option "colour".' })
  t.throws(() => toVariables({ deletion: 'soon' }), { name: 'UsageError', message: 'deletion: found "soon"' })
})

test('help and version come before anything else', async (t) => {
  t.equal(read(['--help', '--port', 'nonsense']), 'help')
  t.equal(read(['--version']), 'version')
})

test('the help tells every setting, its variable, default and meaning', async (t) => {
  const help = helpText()
  for (const setting of settings) {
    for (const text of [
      `--${setting.flag}`,
      setting.variable,
      setting.description,
      setting.default === 'false' ? '' : (setting.default ?? ''),
    ]) {
      t.ok(help.includes(text), text)
    }
  }
})

test('what every object has is no value', async (t) => {
  t.throws(() => read([], { ATLAS_EMULATOR_RESET: 'constructor' }), { message: /allowed: true or false/ })
})
