import { settings } from '../settings.js'

/** What `--help` prints. */
export function helpText(): string {
  const lines = settings.map(({ flag, variable, allowed, default: byDefault, description, isSwitch }) => {
    const usage = isSwitch ? `--${flag}` : `--${flag} ${byDefault ?? 'VALUE'}`
    const values = isSwitch || allowed.startsWith('text') ? '' : `\n      Allowed: ${allowed}.`
    return `  ${usage.padEnd(28)}${variable}\n      ${description}.${values}`
  })
  return `atlas-backup-emulator stands in for the MongoDB Atlas Administration API where it manages private endpoints for
cloud backups.

Usage: atlas-backup-emulator [--flag VALUE ...]
       atlas-backup-emulator env [--format sh|dotenv|github|json] [--url URL]
                         prints the variables by which clients find a running emulator and sign in
       atlas-backup-emulator wait [--url URL] [--timeout 30s]
                         returns when an emulator is ready
       atlas-backup-emulator verify ...
                         compares the emulator with a real Atlas; see verify --help

Without --url, env and wait go by ATLAS_EMULATOR_HOST, _PORT, _TLS_CERT and _CONTROL_TOKEN.

Each flag, here with its default, has an environment variable; the flag wins.

${lines.join('\n')}
  --help
      Print this and exit.
  --version
      Print the version and exit.

Examples:
  atlas-backup-emulator                                     a world in memory, which ends with the program
  atlas-backup-emulator --db atlas.db                       one that stays
  atlas-backup-emulator --fixtures demo --provisioning 30s  three organizations, and endpoints that take their time
  atlas-backup-emulator --rate-limit 10/5/60                429 after ten requests
  atlas-backup-emulator --auth off --port 0                 no credentials, any free port
`
}
