import { test } from 'tap'
import { type Identity, type Level, madeUpSegment, objection, type Permit } from '../../../src/fidelity/verify/guard.js'
import { nobody } from '../../../src/fidelity/verify/references.js'

const project = '6650b2e1d3ba5f2c8e0000a1'
const other = '6650b2e1d3ba5f2c8e0000a2'
const list = `/api/atlas/v2/groups/${project}/backup/AWS/privateEndpoints`
const buckets = `/api/atlas/v2/groups/${project}/backup/exportBuckets`
const one = `${list}/6650b2e1d3ba5f2c8e0000d1`

function ask(
  method: string,
  target: string,
  level: Level,
  permit: Partial<Permit> = {},
  identity: Identity = 'own',
  bodySize = 0,
) {
  return objection(
    { method, target, identity, bodySize },
    { level, project, isRefusedHere: false, isInLedger: false, made: new Set(), ...permit },
  )
}

test('reading what is served of the one project is allowed at every level', async (t) => {
  for (const level of ['read', 'refuse', 'mutate'] as const) {
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      for (const target of [
        list,
        one,
        `${list}?pageNum=2`,
        `${list}/`,
        buckets,
        '/api/atlas/v2/groups',
        `/api/atlas/v2/groups/${project}`,
      ]) {
        t.equal(ask(method, target, level), undefined, `${method} ${target}`)
      }
    }
  }
  t.equal(ask('GET', `/api/atlas/v2/groups/${nobody}`, 'read'), undefined)
  t.equal(ask('GET', '/api/atlas/v2/groups/malformed', 'read'), undefined)
  t.equal(ask('GET', `/${madeUpSegment}/%41`, 'read'), undefined)
})

test('another project, and a path that is not served, are not even read', async (t) => {
  for (const level of ['read', 'refuse', 'mutate'] as const) {
    t.match(ask('GET', `/api/atlas/v2/groups/${other}`, level), 'another project')
    t.match(
      ask('DELETE', `/api/atlas/v2/groups/${other}/backup/AWS/privateEndpoints/${nobody}`, level),
      'another project',
    )
    for (const target of ['/api/atlas/v2/billing', '/api/public/v1.0/admin', '/', `${list}/x/y`]) {
      t.match(ask('GET', target, level), 'does not serve', target)
    }
  }
})

test('at level read nothing is sent that could change anything', async (t) => {
  const all = { isRefusedHere: true, isInLedger: true }
  for (const method of ['POST', 'PATCH', 'PUT', 'DELETE']) {
    for (const target of [
      list,
      one,
      buckets,
      `${buckets}/${nobody}`,
      `${list}/${nobody}`,
      `/api/atlas/v2/groups/${project}`,
    ]) {
      t.type(ask(method, target, 'read', all), 'string', `${method} ${target}`)
    }
  }
})

test('at level refuse a create is sent only if the emulator refuses it and the ledger has it', async (t) => {
  t.match(ask('POST', list, 'refuse', { isRefusedHere: true }), 'ledger')
  t.match(ask('POST', list, 'refuse', { isInLedger: true }), 'does not refuse')
  t.equal(ask('POST', list, 'refuse', { isRefusedHere: true, isInLedger: true }), undefined)
  t.match(ask('PUT', list, 'refuse', { isRefusedHere: true, isInLedger: true }), 'does not serve this method')
})

test('what this run has not made is neither changed nor deleted, at any level', async (t) => {
  for (const level of ['refuse', 'mutate'] as const) {
    const all = { isRefusedHere: true, isInLedger: true }
    t.match(ask('DELETE', one, level, all), 'has not made')
    t.match(ask('DELETE', `${buckets}/6650b2e1d3ba5f2c8e0000d1`, level, all), 'has not made')
    t.match(ask('PATCH', `${buckets}/6650b2e1d3ba5f2c8e0000d1`, level, all), 'has not made')
    t.equal(ask('DELETE', `${list}/${nobody}`, level), undefined)
    t.equal(ask('PATCH', `${buckets}/${nobody}`, level), undefined)
    t.equal(ask('DELETE', one, level, { made: new Set([one]) }), undefined)
    t.equal(ask('GET', one, level, { made: new Set([one]) }), undefined)
    t.match(ask('PATCH', one, level, { made: new Set([one]) }), 'does not serve this method')
  }
})

test('level mutate makes private endpoints alone, one at a time', async (t) => {
  t.equal(ask('POST', list, 'mutate', { isInLedger: true }), undefined)
  t.match(ask('POST', list, 'mutate', { isInLedger: true, made: new Set([one]) }), 'one already')
  t.match(ask('POST', list, 'mutate', {}), 'ledger')
  t.match(ask('POST', buckets, 'mutate', { isInLedger: true }), 'private endpoints alone')
})

test('a request without credentials could be taken where none are asked for, so it changes nothing either', async (t) => {
  for (const identity of ['none', 'made up'] as const) {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      t.match(ask(method, list, 'mutate', {}, identity), 'would change something', method)
      t.match(ask(method, one, 'mutate', {}, identity), 'would change something', method)
      t.equal(ask(method, `${list}/${nobody}`, 'read', {}, identity), undefined)
      t.match(ask(method, `/${madeUpSegment}`, 'read', {}, identity), 'more than read')
    }
    t.equal(ask('GET', list, 'read', {}, identity), undefined)
  }
})

test('the token endpoint is asked by POST, and a large body is no question', async (t) => {
  t.equal(ask('POST', '/api/oauth/token', 'read'), undefined)
  t.equal(ask('POST', '/api/oauth/revoke', 'read', {}, 'made up'), undefined)
  t.type(ask('DELETE', '/api/oauth/token', 'mutate'), 'string')
  t.match(ask('POST', list, 'refuse', { isRefusedHere: true, isInLedger: true }, 'own', 20_000), 'load')
})
