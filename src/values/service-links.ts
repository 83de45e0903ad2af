/** What Kubernetes adds to a Service's name: https://kubernetes.io/docs/concepts/services-networking/service/ */
const suffixes = /_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/

/**
 * Whether a platform has set the variable, and not the user. Every pod finds the Services of its namespace in variables
 * that begin with their names: that of a Service `atlas-emulator` is `ATLAS_EMULATOR_PORT=tcp://10.96.12.7:8080`.
 */
export function isServiceLink(variable: string, value: string): boolean {
  return suffixes.test(variable) || (variable.endsWith('_PORT') && /^(?:tcp|udp|sctp):\/\//.test(value))
}

/** What the user has set the variable to; undefined when it is empty, or a platform's. */
export function variableOf(environment: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = environment[name]
  return value === undefined || value === '' || isServiceLink(name, value) ? undefined : value
}
