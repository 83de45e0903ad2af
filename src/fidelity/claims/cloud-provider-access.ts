import type { Rule } from './rule.js'
import { acceptanceLogs, openapi, recorded } from './sources.js'

export const cloudProviderAccess = [
  {
    id: 'access-role-create',
    label: 'observed',
    statement: 'Creating an access role answers 200, not 201.',
    sources: [recorded('createGroupCloudProviderAccess', '102 answers')],
  },
  {
    id: 'access-role-keys',
    label: 'observed',
    statement:
      'An AWS role has `atlasAWSAccountArn`, `atlasAssumedRoleExternalId`, `authorizedDate`, `createdDate`, `featureUsages`, `iamAssumedRoleArn`, `providerName` and `roleId`, with `null` as date and ARN of the authorization until there is one.',
    sources: [recorded('createGroupCloudProviderAccess', '102 answers')],
  },
  {
    id: 'access-role-list',
    label: 'observed',
    statement:
      'Access roles are listed as `awsIamRoles`, `azureServicePrincipals` and `gcpServiceAccounts`, each `[]` when empty.',
    sources: [recorded('listGroupCloudProviderAccess', '102 answers')],
  },
  {
    id: 'access-role-authorize',
    label: 'documented',
    statement:
      '`PATCH …/cloudProviderAccess/{roleId}` authorizes a role and answers 200 with it, `DELETE …/cloudProviderAccess/{cloudProvider}/{roleId}` takes it away and answers 204.',
    sources: [openapi('authorizeGroupCloudProviderAccessRole and deauthorizeGroupCloudProviderAccessRole')],
  },
  {
    id: 'access-role-authorize-refused',
    label: 'observed',
    statement: 'An authorization that AWS refuses is `CANNOT_ASSUME_ROLE` with the ARN in text and parameter.',
    sources: [acceptanceLogs('authorizeGroupCloudProviderAccessRole, at least ten cases', '2026-10-02')],
  },
  {
    id: 'access-role-in-use',
    label: 'observed',
    statement:
      'A role that is in use is 400 `AWS_IAM_ROLE_IN_USE`, `Cannot remove the AWS IAM role because it is still in use.`, with the sentence `Cannot remove the AWS IAM role ({roleId}) because it is still in use.` as parameter.',
    sources: [acceptanceLogs('deauthorizeGroupCloudProviderAccessRole, at least four cases', '2025-10-05')],
  },
] as const satisfies readonly Rule[]
