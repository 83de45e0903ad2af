/** How a client signs in. */
interface Secret {
  readonly id: string
  readonly secret: string
}

/**
 * The environment variables by which Atlas's CLI, samples of its SDKs, its Terraform provider and MongoDB's MCP server
 * find an emulator and sign in to it; what is not known is left out.
 * @param url where clients reach the emulator
 * @param apiKey public and private key
 * @param serviceAccount client id and secret
 */
export function clientVariables(
  url: string,
  known: { orgId?: string | undefined; projectId?: string | undefined; apiKey?: Secret; serviceAccount?: Secret },
): Record<string, string> {
  const { orgId, projectId, apiKey, serviceAccount } = known
  return {
    ATLAS_URL: url,
    MONGODB_ATLAS_BASE_URL: url,
    MONGODB_ATLAS_OPS_MANAGER_URL: url,
    MDB_MCP_API_BASE_URL: url,
    ...(orgId !== undefined && { MONGODB_ATLAS_ORG_ID: orgId }),
    ...(projectId !== undefined && { MONGODB_ATLAS_PROJECT_ID: projectId }),
    ...(apiKey && {
      MONGODB_ATLAS_PUBLIC_API_KEY: apiKey.id,
      MONGODB_ATLAS_PRIVATE_API_KEY: apiKey.secret,
      MONGODB_ATLAS_PUBLIC_KEY: apiKey.id,
      MONGODB_ATLAS_PRIVATE_KEY: apiKey.secret,
    }),
    ...(serviceAccount && {
      MONGODB_ATLAS_CLIENT_ID: serviceAccount.id,
      MONGODB_ATLAS_CLIENT_SECRET: serviceAccount.secret,
      MDB_MCP_API_CLIENT_ID: serviceAccount.id,
      MDB_MCP_API_CLIENT_SECRET: serviceAccount.secret,
    }),
  }
}
