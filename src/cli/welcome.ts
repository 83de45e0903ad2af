import type { Fixture } from '../fixture/schema.js'

/**
 * The commands of Atlas's documentation, ready to paste, for a fixture whose secrets are public.
 * @param url where the emulator listens
 */
export function firstCommands(url: string, { projects, apiKeys, serviceAccounts }: Fixture): string {
  const [project, key, account] = [projects[0], apiKeys?.[0], serviceAccounts?.[0]]
  const create = `  --header "Accept: application/vnd.atlas.2025-03-12+json" --header "Content-Type: application/json" \\
  -X POST "${url}/api/atlas/v2/groups/${project?.id}/backup/AWS/privateEndpoints" \\`
  return `
Try it:

export PUBLIC_KEY=${key?.publicKey} PRIVATE_KEY=${key?.privateKey}
export CLIENT_ID=${account?.clientId} CLIENT_SECRET=${account?.clientSecret}

ACCESS_TOKEN=$(curl -fsS -u "$CLIENT_ID:$CLIENT_SECRET" -d grant_type=client_credentials ${url}/api/oauth/token \\
  | node -pe 'JSON.parse(require("fs").readFileSync(0)).access_token')

curl --include --header "Authorization: Bearer \${ACCESS_TOKEN}" \\
${create}
  -d '{"cloudProvider":"AWS","regionName":"US_GOV_WEST_1"}'

curl --user "\${PUBLIC_KEY}:\${PRIVATE_KEY}" --digest --include \\
${create}
  -d '{"cloudProvider":"AWS","regionName":"US_EAST_1","vpcRegionName":"US_WEST_2"}'
`
}
