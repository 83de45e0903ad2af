/** npm run drift -- SPEC: compares Atlas's OpenAPI, as JSON or YAML, with what the emulator serves. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { operations } from '../../src/atlas/registry.js'
import { describeAtlas } from '../../src/control/openapi.js'
import type { World } from '../../src/world/world.js'
import { driftOf, type Spec, unsettled } from './drift.js'
import { settled } from './settled.js'

/** Prints what is not settled; resolves to the exit code: 0 for nothing, 1 for something, 2 for wrong usage. */
export async function main([path]: readonly string[], print: (line: string) => void): Promise<number> {
  if (path === undefined) {
    print('Usage: npm run drift -- SPEC, where SPEC is the OpenAPI of Atlas as JSON or YAML')
    return 2
  }
  const text = readFileSync(path, 'utf8')
  const spec: Spec = path.endsWith('.json') ? JSON.parse(text) : parse(text)
  const described = await describeAtlas({ versions: () => undefined } as unknown as World, true)
  const ours = Object.values(described.paths).flatMap((methods) => Object.values(methods))
  const statuses = (operationId: string) =>
    Object.keys(ours.find((operation) => operation.operationId === operationId)?.responses ?? {})
  const drift = driftOf(spec, operations, statuses)
  const { open, idle } = unsettled(drift, settled)
  for (const { operationId, what } of open) print(`${operationId}: ${what}`)
  for (const { operation, what } of idle) print(`A reason that excuses nothing: ${operation}: ${what}`)
  print(
    `${operations.length} operations, ${drift.length} differences, ${open.length} not settled, ${idle.length} idle reasons`,
  )
  return open.length + idle.length > 0 ? 1 : 0
}
