export const orgId: string
export const account: {
  clientId: string
  clientSecret: string
  orgId: string
  roles: { roleName: 'ORG_OWNER'; orgId: string }[]
}
export function projectIds(count: number): string[]
