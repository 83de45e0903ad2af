import { type Static, Type } from '@sinclair/typebox'
import type { Organization, Project, ResourceVersion } from '../../store/records.js'
import { Nullable } from '../../values/schema.js'
import { organizationMember, projectOwner, projectReadOnly } from '../../world/roles.js'
import { errors } from '../errors/errors.js'
import { baseUrl, legacyLocation } from '../links.js'
import { reading } from '../reading.js'
import { groupId, orgId, type Resource, type Section, writtenIn } from '../resource.js'
import { Flags } from '../schemas.js'
import { organizationSettings, projects } from '../token-bucket-sets.js'

/** What Atlas tells of a new project [settings-of-a-new-project]. */
const ofNewProject = {
  isAtlasHomePageAiAssistantEnabled: true,
  isClusterAiAssistantEnabled: true,
  isCollectDatabaseSpecificsStatisticsEnabled: true,
  isDataExplorerEnabled: true,
  isDataExplorerGenAIFeaturesEnabled: true,
  isDataExplorerGenAISampleDocumentPassingEnabled: false,
  isDataValidationEnabled: true,
  isExtendedStorageSizesEnabled: false,
  isNativeRerankingEnabled: false,
  isPerformanceAdvisorEnabled: true,
  isRealtimePerformancePanelEnabled: true,
  isSchemaAdvisorEnabled: true,
}
type Flag = keyof typeof ofNewProject
const flags = Object.keys(ofNewProject) as Flag[]

/** `GroupSettings`. */
const GroupSettings = Type.Object(
  Object.fromEntries(flags.map((name) => [name, Type.Boolean()])) as Record<Flag, ReturnType<typeof Type.Boolean>>,
)
const GroupSettingsChange = Type.Partial(GroupSettings, { additionalProperties: false })
type GroupSettingsChange = Static<typeof GroupSettingsChange>

/** `OrganizationSettings`, as far as it is told of an organization that nobody has configured [organization-settings]. */
const organizationFlags = {
  apiAccessListRequired: Type.Boolean(),
  genAIFeaturesEnabled: Type.Boolean(),
  maxServiceAccountSecretValidityInHours: Type.Integer({ minimum: 8, maximum: 8760 }),
  multiFactorAuthRequired: Type.Boolean(),
  operationsContact: Nullable(Type.String()),
  restrictEmployeeAccess: Type.Boolean(),
  securityContact: Type.String(),
  streamsCrossGroupEnabled: Type.Boolean(),
}
const { apiAccessListRequired: _, ...writable } = organizationFlags
const OrganizationSettingsEntry = Type.Partial(Type.Object(writable), {
  additionalProperties: false,
  description: 'Its settings, where they are not those of a new organization',
})

const ofProject = {
  of: 'project',
  name: 'settings',
  schema: Type.Partial(GroupSettings, {
    additionalProperties: false,
    description: 'Its settings, where they are not those of a new project',
  }),
} as const satisfies Section

const ofOrganization = {
  of: 'organization',
  name: 'settings',
  schema: OrganizationSettingsEntry,
} as const satisfies Section

const versions: readonly [ResourceVersion] = [{ date: '2023-01-01' }]
const path = '/groups/:groupId/settings'

/** The settings of projects, which can be changed, and of organizations, which are only shown. */
export const settings: Resource<'settings'> = {
  name: 'settings',
  sections: [ofProject, ofOrganization],
  errors: [],
  operations: [
    reading({
      operationId: 'getGroupSettings',
      alias: undefined,
      summary: 'Get the settings of a project',
      path,
      resource: 'settings',
      versions,
      role: projectReadOnly,
      bucket: projects,
      parameters: { groupId },
      answer: GroupSettings,
      tell: ({ project }, _context, base, reply) => {
        reply.header('location', legacyLocation(base))
        return settingsOf(project)
      },
    }),
    {
      operationId: 'updateGroupSettings',
      alias: undefined,
      summary: 'Change the settings of a project',
      method: 'PATCH',
      path,
      resource: 'settings',
      versions,
      role: projectOwner,
      bucket: projects,
      parameters: { groupId },
      thing: undefined,
      query: Flags,
      body: { schema: GroupSettingsChange, invalid: {} },
      conflicts: true,
      success: 200,
      answer: GroupSettings,
      work: async (request, reply, { world, publicUrl }) => {
        const body = request.body as GroupSettingsChange
        const { id } = request.project
        const settled = await world.changeProject(id, (before) => ({
          ...before,
          details: { ...before.details, settings: { ...writtenIn(ofProject, before), ...body } },
        }))
        if (!settled?.project) throw errors.groupNotFound.with({ groupId: id })
        reply.header('location', legacyLocation(baseUrl(request, publicUrl)))
        return settingsOf(settled.project)
      },
    },
    reading({
      operationId: 'getOrgSettings',
      alias: undefined,
      summary: 'Get the settings of an organization',
      path: '/orgs/:orgId/settings',
      resource: 'settings',
      versions,
      role: organizationMember,
      bucket: organizationSettings,
      parameters: { orgId },
      answer: Type.Partial(Type.Object(organizationFlags)),
      tell: ({ organization }) => organizationSettingsOf(organization),
    }),
  ],
}

function settingsOf(project: Project): Static<typeof GroupSettings> {
  return { ...ofNewProject, ...writtenIn(ofProject, project) }
}

function organizationSettingsOf(organization: Organization) {
  return {
    apiAccessListRequired: organization.apiAccessListRequired,
    genAIFeaturesEnabled: true,
    maxServiceAccountSecretValidityInHours: 8760,
    multiFactorAuthRequired: false,
    operationsContact: null,
    restrictEmployeeAccess: false,
    streamsCrossGroupEnabled: false,
    ...writtenIn(ofOrganization, organization),
  }
}
