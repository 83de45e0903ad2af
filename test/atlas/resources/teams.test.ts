import { test } from 'tap'
import { defaultWorld, fixtureFile, project, start } from '../../support/emulator.js'

const url = `/api/atlas/v2/groups/${project}/teams`

test('teams are those of the fixture, each with a link to itself [team-keys]', async (t) => {
  const { call } = await start(t)
  t.match((await call('GET', url)).json(), { results: [], totalCount: 0 })
  const teamId = 'c'.repeat(24)
  const world = defaultWorld()
  Object.assign(world.projects[0] as object, { teams: [{ teamId, roleNames: ['GROUP_READ_ONLY'] }] })
  const withTeam = await start(t, ['--fixtures', fixtureFile(t, world)])
  const response = await withTeam.call('GET', url)
  t.equal(response.statusCode, 200)
  t.equal(
    response.body,
    `{"links":[{"href":"http://localhost:80${url}?pageNum=1&itemsPerPage=100","rel":"self"}],"results":[{"links":[{"href":"http://localhost:80${url}/${teamId}","rel":"self"}],"roleNames":["GROUP_READ_ONLY"],"teamId":"${teamId}"}],"totalCount":1}`,
  )
})
