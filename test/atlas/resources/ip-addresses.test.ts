import { test } from 'tap'
import { defaultWorld, fixtureFile, project, start } from '../../support/emulator.js'

const url = `/api/atlas/v2/groups/${project}/ipAddresses`

test('the IP addresses of a project are those of its clusters [ip-addresses]', async (t) => {
  const { call } = await start(t)
  const none = await call('GET', url)
  t.equal(none.statusCode, 200)
  t.equal(none.body, `{"groupId":"${project}","services":{"clusters":[]}}`)
  const cluster = {
    clusterName: 'shop',
    futureInbound: [],
    futureOutbound: [],
    inbound: ['203.0.113.4'],
    outbound: ['203.0.113.5'],
  }
  const world = defaultWorld()
  Object.assign(world.projects[0] as object, { ipAddresses: [cluster] })
  const some = await start(t, ['--fixtures', fixtureFile(t, world)])
  t.strictSame((await some.call('GET', url)).json().services.clusters, [cluster])
})
