// What the servers of the benchmark are asked about.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const orgId = '32b6e34b3d91647abb20e7a0'
export const account = {
  clientId: 'mdb_sa_id_000000000000000000000001',
  clientSecret: 'mdb_sa_sk_emulatoremulatoremulatoremulatoremulator',
  orgId,
  roles: [{ roleName: 'ORG_OWNER', orgId }],
}

/** The same as an API key, for Digest. */
export const apiKey = { publicKey: 'benchkey', privateKey: 'a-secret', orgId, roles: account.roles }

export const projectIds = (count) =>
  Array.from({ length: count }, (_, i) => (0x100000 + i).toString(16).padStart(24, '0'))
export const projects = projectIds(1000)
export const pathOf = (project) => `/api/atlas/v2/groups/${project}/backup/AWS/privateEndpoints`

/** The regions that an endpoint can have. */
export function regionsOf(root) {
  const schema = JSON.parse(readFileSync(join(root, 'fixtures/schema.json'), 'utf8'))
  return schema.properties.projects.items.properties.privateEndpoints.items.properties.regionName.enum
}

/** A fixture of a thousand projects, and one more with ten endpoints, of which gets are asked. */
export const read = '32b6e34b3d91647abb20e7b8'
export function fixtureFor(regions) {
  const privateEndpoints = regions.slice(0, 10).map((regionName, i) => ({
    id: `32b6e34b3d91647abb20e7c${i}`,
    regionName,
    status: 'ACTIVE',
  }))
  return {
    organizations: [{ id: orgId, name: 'Bench' }],
    projects: [{ id: read, orgId, name: 'Read', privateEndpoints }, ...projects.map((id) => ({ id, orgId, name: id }))],
    serviceAccounts: [account],
    apiKeys: [apiKey],
  }
}

/** Creates that are all different: each combination of regions once in every project. */
export function* creates(regions) {
  for (const regionName of regions) {
    for (const vpcRegionName of regions) {
      const body = JSON.stringify({ cloudProvider: 'AWS', regionName, vpcRegionName })
      for (const project of projects) yield { path: pathOf(project), body }
    }
  }
}
