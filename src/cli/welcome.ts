import type { Fixture } from '../fixture/schema.js'
import type { Settings } from '../settings.js'

/**
 * What the program prints once it listens: its URL, the page, and a command that makes an endpoint where the fixture's
 * secrets are public.
 * @param publicFixture undefined for a world whose secrets nobody is told
 */
export function welcome(url: string, settings: Settings, publicFixture: Fixture | undefined): string {
  const lines = [
    `atlas-backup-emulator listens on ${url}`,
    ...(settings.control === 'off' ? [] : [`Console: ${url}/_emulator/console`]),
    ...(publicFixture ? ['', firstCommand(url, settings, publicFixture)] : []),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

function firstCommand(url: string, { auth, tlsCert }: Settings, { projects, apiKeys = [] }: Fixture): string {
  const [project, key] = [projects[0], apiKeys[0]]
  // Without a challenge, curl would send what it keeps the body back for.
  const credentials = auth === 'off' ? '' : ` --digest --user ${key?.publicKey}:${key?.privateKey}`
  const trusted = tlsCert === undefined ? '' : ` --cacert "${tlsCert}"`
  return `curl${credentials}${trusted} --write-out '\\n' \\
  --header "Accept: application/vnd.atlas.2025-03-12+json" --header "Content-Type: application/json" \\
  --data '{"cloudProvider":"AWS","regionName":"EU_WEST_1"}' \\
  "${url}/api/atlas/v2/groups/${project?.id}/backup/AWS/privateEndpoints"`
}
