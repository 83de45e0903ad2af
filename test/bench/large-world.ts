/** Writes a database with many endpoints: `node large-world.js FILE ENDPOINTS PROJECTS FULLEST`, the first project has
 * FULLEST of them, the others share the rest. Prints the ids of some. */
import type { PrivateEndpointData } from '../../src/atlas/resources/private-endpoints.js'
import type { Thing } from '../../src/store/records.js'
import { openStore } from '../../src/store/store.js'
import { regions } from '../../src/values/vocabulary.js'
import { account, orgId, projectIds } from './worlds.mjs'

const [file = '', endpoints = '', count = '', fullest = ''] = process.argv.slice(2)
const store = openStore(file)
const projects = projectIds(Number(count))
const pairs = regions.flatMap((regionName) => regions.map((vpcRegionName) => ({ regionName, vpcRegionName })))
const sample: string[][] = []

store.transaction(() => {
  store.directory.addOrganization({ id: orgId, name: 'Bench', apiAccessListRequired: false, details: {} })
  for (const id of projects) {
    store.directory.addProject({
      id,
      orgId,
      name: id,
      created: 0,
      clusterCount: 0,
      tags: [],
      withDefaultAlertsSettings: true,
      rateLimit: undefined,
      lifecycle: undefined,
      details: {},
    })
  }
  const { clientId, clientSecret, roles } = account
  store.directory.addCredential({
    kind: 'serviceAccount',
    id: clientId,
    secret: clientSecret,
    orgId,
    roles,
    accessList: [],
  })
  let number = 0
  const insert = (projectId: string, pair: (typeof pairs)[number]) => {
    number += 1
    const endpoint: Thing<PrivateEndpointData> = {
      id: (0xabc0000000 + number).toString(16).padStart(24, '6'),
      ownerId: projectId,
      place: `${pair.regionName} ${pair.vpcRegionName}`,
      data: { cloudProvider: 'AWS', ...pair },
      transitions: [
        { at: 0, status: 'ACTIVE', errorMessage: null, privateEndpointConnectionName: 'vpce-0123456789abcdef0' },
      ],
      goneAt: null,
    }
    store.things.of<PrivateEndpointData>('privateEndpoints').insert(endpoint)
    if (number % Math.ceil(Number(endpoints) / 20_000) === 0) sample.push([projectId, endpoint.id])
  }
  const [first, ...others] = projects as [string, ...string[]]
  for (const pair of pairs.slice(0, Number(fullest))) insert(first, pair)
  const rest = Number(endpoints) - number
  for (let i = 0; i < rest; i += 1) {
    const place = Math.floor(i / others.length)
    insert(others[i % others.length] as string, pairs[place] as (typeof pairs)[number])
  }
})
store.close()
process.stdout.write(JSON.stringify({ first: projects[0], sample }))
