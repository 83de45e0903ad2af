import { test } from 'tap'
import { defaultWorld, fixtureFile, project, start } from '../../support/emulator.js'

const url = `/api/atlas/v2/groups/${project}/settings`
const ofNewProject =
  '{"isAtlasHomePageAiAssistantEnabled":true,"isClusterAiAssistantEnabled":true,"isCollectDatabaseSpecificsStatisticsEnabled":true,"isDataExplorerEnabled":true,"isDataExplorerGenAIFeaturesEnabled":true,"isDataExplorerGenAISampleDocumentPassingEnabled":false,"isDataValidationEnabled":true,"isExtendedStorageSizesEnabled":false,"isNativeRerankingEnabled":false,"isPerformanceAdvisorEnabled":true,"isRealtimePerformancePanelEnabled":true,"isSchemaAdvisorEnabled":true}'
const location = 'http://localhost:80//api/atlas/v1.0'

test('the settings of a project are all told, and changed one by one [settings-of-a-new-project] [settings-update] [legacy-location]', async (t) => {
  const { call, command } = await start(t)
  const first = await call('GET', url)
  t.equal(first.statusCode, 200)
  t.equal(first.body, ofNewProject)
  t.equal(first.headers.location, location)
  const changed = ofNewProject.replace('"isDataExplorerEnabled":true', '"isDataExplorerEnabled":false')
  const patch = await call('PATCH', url, { body: { isDataExplorerEnabled: false } })
  t.equal(patch.statusCode, 200)
  t.equal(patch.body, changed)
  t.equal(patch.headers.location, location)
  t.equal((await call('PATCH', url, { body: {} })).body, changed, 'nothing changes nothing')
  const twice = await call('PATCH', url, { body: { isSchemaAdvisorEnabled: false } })
  t.match(twice.json(), { isDataExplorerEnabled: false, isSchemaAdvisorEnabled: false })
  t.equal((await call('GET', url)).body, twice.body)
  t.strictSame((await command('GET', '/state')).json().projects[0].settings, {
    isDataExplorerEnabled: false,
    isSchemaAdvisorEnabled: false,
  })
})

test('what is no setting, and no flag, changes nothing', async (t) => {
  const { call } = await start(t)
  const told = async (body: object) => (await call('PATCH', url, { body })).json()
  t.match(await told({ isNew: true, isDataExplorerEnabled: false }), {
    errorCode: 'INVALID_ATTRIBUTE',
    parameters: ['isNew'],
  })
  t.match(await told({ isDataExplorerEnabled: null }), { errorCode: 'INVALID_JSON_ATTRIBUTE' })
  t.equal((await call('GET', url)).body, ofNewProject)
})

test('the settings of an organization go by the fixture, and by whether it requires access lists [organization-settings]', async (t) => {
  const orgId = '32b6e34b3d91647abb20e7a0'
  const ofOrganization = `/api/atlas/v2/orgs/${orgId}/settings`
  const { call } = await start(t)
  t.strictSame((await call('GET', ofOrganization)).json(), {
    apiAccessListRequired: false,
    genAIFeaturesEnabled: true,
    maxServiceAccountSecretValidityInHours: 8760,
    multiFactorAuthRequired: false,
    operationsContact: null,
    restrictEmployeeAccess: false,
    streamsCrossGroupEnabled: false,
  })
  const world = defaultWorld()
  const settings = { multiFactorAuthRequired: true, securityContact: 'security@example.com' }
  Object.assign(world.organizations[0] as object, { apiAccessListRequired: true, settings })
  for (const key of [...world.apiKeys, ...world.serviceAccounts]) key.accessList = ['127.0.0.1']
  const strict = await start(t, ['--fixtures', fixtureFile(t, world)])
  t.match((await strict.call('GET', ofOrganization)).json(), { apiAccessListRequired: true, ...settings })
})
