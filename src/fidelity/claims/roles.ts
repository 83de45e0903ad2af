import type { Rule } from './rule.js'
import { openapi } from './sources.js'

export const roles = [
  {
    id: 'role-names',
    label: 'documented',
    statement:
      'A credential belongs to one organization and holds roles named as Atlas names them, `ORG_…` there and `GROUP_…` on its projects.',
    sources: [openapi('roles of organizations and of projects')],
  },
  {
    id: 'role-private-endpoints',
    label: 'documented',
    statement:
      'The four private endpoint operations need `GROUP_OWNER` on the project or `ORG_OWNER` of its organization.',
    sources: [openapi('descriptions of the four operations, Project Owner')],
  },
  {
    id: 'role-cloud-provider-access',
    label: 'documented',
    statement:
      'Cloud provider access roles are shown to Project Read Only, and created, authorized and removed by Project Owner.',
    sources: [openapi('roles of the five operations on cloud provider access')],
  },
  {
    id: 'role-mapping',
    label: 'chosen',
    statement:
      'Project Read Only is any role on the project, `ORG_OWNER` or `ORG_READ_ONLY`; Project Backup Manager is `GROUP_BACKUP_MANAGER`, `GROUP_OWNER` or `ORG_OWNER`; Project Owner is `GROUP_OWNER` or `ORG_OWNER`.',
  },
  {
    id: 'role-visible-projects',
    label: 'chosen',
    statement: '`GET /groups` lists exactly the projects that `GET /groups/{groupId}` would show.',
  },
] as const satisfies readonly Rule[]
