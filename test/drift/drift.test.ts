import { Type } from '@sinclair/typebox'
import { test } from 'tap'
import type { Operation } from '../../src/atlas/operation.js'
import { operations } from '../../src/atlas/registry.js'
import { driftOf, type Spec, unsettled } from './drift.js'
import { main } from './main.js'
import { settled } from './settled.js'

const media = (date: string, schema: object, more: object = {}) => ({
  [`application/vnd.atlas.${date}+json`]: { schema, 'x-xgen-version': date, ...more },
})

/** A published description of one operation, and the emulator's of the same one. */
function spec(change: (operation: Record<string, unknown>, schemas: Record<string, object>) => void = () => {}): Spec {
  const schemas = {
    Box: {
      type: 'object',
      required: ['id'],
      properties: {
        id: { type: 'string' },
        kind: { type: 'string', enum: ['A', 'B'] },
        inner: { $ref: '#/components/schemas/Box' },
      },
    },
    NewBox: {
      type: 'object',
      required: ['kind'],
      properties: {
        kind: { oneOf: [{ type: 'string', enum: ['A', 'B'] }], type: 'object' },
        links: { type: 'array', items: { type: 'string' } },
      },
    },
  }
  const operation: Record<string, unknown> = {
    operationId: 'createBox',
    'x-xgen-operation-id-override': 'makeBox',
    'x-rolesRequirements': ['Project Owner'],
    parameters: [{ $ref: '#/components/parameters/pretty' }, { in: 'path', name: 'groupId' }],
    requestBody: { content: media('2024-01-01', { $ref: '#/components/schemas/NewBox' }) },
    responses: {
      201: {
        content: {
          ...media('2023-01-01', {}, { 'x-sunset': '2027-01-01' }),
          ...media('2024-01-01', { $ref: '#/components/schemas/Box' }),
        },
      },
      404: {},
    },
  }
  change(operation, schemas)
  return {
    paths: { '/api/atlas/v2/groups/{groupId}/boxes': { post: operation } },
    components: { schemas, parameters: { pretty: { in: 'query', name: 'pretty' } } },
  }
}

const kind = Type.Unsafe<string>({ type: 'string', enum: ['A', 'B'] })
const box = {
  operationId: 'createBox',
  alias: 'makeBox',
  method: 'POST',
  path: '/groups/:groupId/boxes',
  role: { name: 'Project Owner' },
  versions: [{ date: '2023-01-01', sunset: '2027-01-01' }, { date: '2024-01-01' }],
  query: Type.Object({ pretty: Type.Boolean() }),
  success: 201,
  body: { schema: Type.Object({ kind, links: Type.Optional(Type.Unknown()) }), invalid: {} },
  answer: Type.Object({ id: Type.String(), kind: Type.Optional(kind), inner: Type.Optional(Type.Unknown()) }),
} as unknown as Operation

const drift = (of: Spec, operation: Operation = box) => driftOf(of, [operation], () => ['404']).map(({ what }) => what)

test('an operation that Atlas describes as the emulator serves it has not drifted', async (t) => {
  t.strictSame(drift(spec()), [])
})

test('every way in which an operation can drift is told', async (t) => {
  const cases: [Parameters<typeof spec>[0], string[]][] = [
    [
      (operation) => {
        operation.operationId = 'addBox'
      },
      ['operationId: Atlas addBox, the emulator createBox'],
    ],
    [
      (operation) => {
        operation['x-xgen-operation-id-override'] = undefined
      },
      ['name in SDKs: Atlas none, the emulator makeBox'],
    ],
    [
      (operation) => {
        operation.deprecated = true
      },
      ['deprecated: Atlas true, the emulator false'],
    ],
    [
      (operation) => {
        operation['x-rolesRequirements'] = []
      },
      ['role: Atlas none, the emulator Project Owner'],
    ],
    [
      (operation) => {
        operation.parameters = [{ in: 'query', name: 'filter' }]
      },
      ['query parameter filter: Atlas alone', 'query parameter pretty: the emulator alone'],
    ],
    [
      (operation) => {
        operation.responses = { ...(operation.responses as object), 402: {} }
      },
      ['status 402: Atlas alone'],
    ],
    [
      (operation) => {
        const { 201: made } = operation.responses as Record<string, object>
        operation.responses = { 200: made }
      },
      ['success: Atlas 200, the emulator 201'],
    ],
    [
      (operation) => {
        Object.assign(
          (operation.responses as { 201: { content: object } })[201].content,
          media('2025-01-01', { $ref: '#/components/schemas/Box' }),
        )
      },
      ['version 2025-01-01: Atlas alone'],
    ],
    [
      (operation) => {
        ;(operation.responses as { 201: { content: Record<string, { 'x-sunset': string }> } })[201].content[
          'application/vnd.atlas.2023-01-01+json'
        ] = { 'x-sunset': '2028-01-01' }
      },
      ['version 2023-01-01 until 2028-01-01: Atlas alone', 'version 2023-01-01 until 2027-01-01: the emulator alone'],
    ],
    [
      (_, schemas) => {
        schemas.Box = {
          type: 'object',
          properties: {
            id: { type: 'integer' },
            kind: { type: 'string', enum: ['A', 'C'] },
            size: { type: 'integer' },
            inner: {},
          },
        }
      },
      [
        'answer size: Atlas alone',
        'answer id type: Atlas integer, the emulator string',
        'answer kind value C: Atlas alone',
        'answer kind value B: the emulator alone',
      ],
    ],
    [
      (_, schemas) => {
        schemas.NewBox = { type: 'object', properties: { kind: { type: 'string', enum: ['A', 'B'] }, links: {} } }
      },
      ['request kind required: Atlas false, the emulator true'],
    ],
    [
      (operation) => {
        operation.requestBody = undefined
      },
      ['request kind: the emulator alone', 'request links: the emulator alone'],
    ],
    [
      (operation) => {
        operation.responses = {}
      },
      [
        'success: Atlas none, the emulator 201',
        'version 2023-01-01 until 2027-01-01: the emulator alone',
        'version 2024-01-01: the emulator alone',
        'answer id: the emulator alone',
        'answer kind: the emulator alone',
        'answer inner: the emulator alone',
      ],
    ],
  ]
  for (const [change, told] of cases) t.strictSame(drift(spec(change)), told, told.join())
  t.strictSame(drift({ paths: {} }), ['Atlas has no such operation at this path'])
})

test('of variants by provider that of AWS counts', async (t) => {
  const variants = spec((_, schemas) => {
    schemas.Aws = {
      allOf: [{ properties: { id: { type: 'string' } } }],
      properties: { kind: { type: 'string', enum: ['A', 'B'] }, inner: {} },
    }
    schemas.Other = { properties: { other: { type: 'string' } } }
    schemas.Box = {
      discriminator: { mapping: { AWS: '#/components/schemas/Aws', GCP: '#/components/schemas/Other' } },
      oneOf: [{ $ref: '#/components/schemas/Other' }],
    }
  })
  t.strictSame(drift(variants), [])
  const others = spec((_, schemas) => {
    schemas.Other = { properties: { other: { type: 'string' } } }
    schemas.Box = {
      anyOf: [{ properties: { id: { type: 'string' }, kind: { type: 'string', enum: ['A', 'B'] }, inner: {} } }],
      discriminator: { mapping: { X: '#/components/schemas/Other' } },
    }
  })
  t.strictSame(drift(others), ['answer other: Atlas alone'])
})

test('a difference that is meant has a reason, and a reason that excuses nothing is told', async (t) => {
  const found = [
    { operationId: 'createBox', what: 'answer a.b[]: Atlas alone' },
    { operationId: 'listBoxes', what: 'status 402: Atlas alone' },
  ]
  const meant = { operation: '*Box', what: 'answer a.b[]*', reason: 'it is meant' }
  const idle = { operation: 'createBox', what: 'status*', reason: 'no more' }
  t.strictSame(unsettled(found, [meant, idle]), { open: [found[1]], idle: [idle] })
  for (const { reason } of settled) t.match(reason, /^\S.{10,}$/)
})

test('npm run drift compares every operation that is served, with a file of JSON or YAML', async (t) => {
  const lines: string[] = []
  t.equal(await main([], (line) => lines.push(line)), 2)
  t.match(lines[0], 'npm run drift -- SPEC')
  const files = t.testdir({ 'spec.json': JSON.stringify(spec()), 'spec.yaml': 'paths: {}\n' })
  for (const name of ['spec.json', 'spec.yaml']) {
    lines.length = 0
    t.equal(await main([`${files}/${name}`], (line) => lines.push(line)), 1)
    t.ok(lines.includes('createGroupBackupPrivateEndpoint: Atlas has no such operation at this path'))
    t.ok(lines.some((line) => line.startsWith('A reason that excuses nothing: ')))
    t.match(lines.at(-1), new RegExp(`^${operations.length} operations, ${operations.length} differences, `))
  }
})
