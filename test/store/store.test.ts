import { type Test, test } from 'tap'
import { openDatabase } from '../../src/store/database.js'
import { DirectoryRepository } from '../../src/store/directory.js'
import type { Project, Thing, Transition } from '../../src/store/records.js'
import { openStore } from '../../src/store/store.js'
import { Things } from '../../src/store/things.js'

const projectId = '32b6e34b3d91647abb20e7b8'
const orgId = '32b6e34b3d91647abb20e7a0'

const project: Project = {
  id: projectId,
  orgId,
  name: 'Shop',
  created: 0,
  clusterCount: 0,
  tags: [],
  withDefaultAlertsSettings: true,
  rateLimit: undefined,
  lifecycle: undefined,
  details: {},
}

function storeWithProject() {
  const store = openStore(':memory:')
  store.directory.addOrganization({ id: orgId, name: 'Acme', apiAccessListRequired: false, details: {} })
  store.directory.addProject(project)
  return store
}

const at = (time: number, status: Transition['status']): Transition => ({
  at: time,
  status,
  errorMessage: null,
  privateEndpointConnectionName: null,
})

const thing = (id: string, place: string): Thing => ({
  id,
  ownerId: projectId,
  place,
  data: { place },
  transitions: [at(0, 'ACTIVE')],
  goneAt: null,
})

test('what is kept in memory follows what is stored', (t) => {
  const store = storeWithProject()
  t.teardown(() => store.close())
  const things = store.things.of('privateEndpoints')
  const first = thing('a'.repeat(24), 'US_EAST_1')
  const second = thing('b'.repeat(24), 'US_WEST_2')
  t.ok(things.insert(first))
  t.strictSame(things.allOf(projectId, 1), [first])
  t.ok(things.insert(second))
  t.strictSame(things.allOf(projectId, 1), [first, second], 'a list that has been read grows')
  t.notOk(things.insert({ ...first, id: 'c'.repeat(24) }), 'the regions are taken')
  t.strictSame(things.allOf(projectId, 1), [first, second])

  t.strictSame(things.find(first.id, 1), first)
  const deleting = { ...first, transitions: [at(2, 'DELETING')] as const, goneAt: 5 }
  things.update(deleting)
  t.strictSame(things.find(first.id, 4), deleting)
  t.strictSame(things.allOf(projectId, 4), [deleting, second])
  t.strictSame(things.allOf(projectId, 5), [second])
  t.equal(things.find(first.id, 5), undefined)

  t.notOk(things.purge(projectId, 4))
  t.ok(things.purge(projectId, 5))
  t.equal(things.find(first.id, 4), undefined, 'a clock set back does not bring it back')
  t.strictSame(things.allOf(projectId, 4), [second])
  t.end()
})

test('a transaction that fails leaves nothing behind, in memory either', (t) => {
  const store = storeWithProject()
  t.teardown(() => store.close())
  const things = store.things.of('privateEndpoints')
  const kept = thing('a'.repeat(24), 'US_EAST_1')
  things.insert(kept)
  things.allOf(projectId, 1)
  const fail = () =>
    store.transaction(() => {
      things.insert(thing('b'.repeat(24), 'US_WEST_2'))
      things.update({ ...kept, goneAt: 1 })
      store.directory.setLifecycle(projectId, { outcome: 'FAILED' })
      store.properties.set('lifecycle', { outcome: 'FAILED' })
      store.versions.add('projects', { date: '2030-01-01', sunset: undefined })
      t.equal(things.find(kept.id, 1), undefined)
      t.match(store.directory.project(projectId), { lifecycle: { outcome: 'FAILED' }, details: {} })
      t.strictSame(store.properties.get('lifecycle'), { outcome: 'FAILED' })
      t.equal(store.versions.all().size, 1)
      throw new Error('disk full')
    })
  t.throws(fail, { message: 'disk full' })
  t.strictSame(things.allOf(projectId, 1), [kept])
  t.strictSame(things.find(kept.id, 1), kept)
  t.equal(store.directory.project(projectId)?.lifecycle, undefined)
  t.equal(store.properties.get('lifecycle'), undefined)
  t.equal(store.versions.all().size, 0)
  t.end()
})

/** Where so many things are kept as objects in lists. */
function storeWithLists(t: Test, most: number) {
  const db = openDatabase(':memory:')
  t.teardown(() => db.close())
  const directory = new DirectoryRepository(db)
  directory.addOrganization({ id: orgId, name: 'Acme', apiAccessListRequired: false, details: {} })
  const things = new Things(db, undefined, most).of('privateEndpoints')
  return { things, addProject: (id: string) => directory.addProject({ ...project, id, name: id }) }
}

test('the lists kept in memory are bounded', (t) => {
  const { things, addProject } = storeWithLists(t, 3)
  const projects = ['a', 'b', 'c'].map((digit) => digit.repeat(24))
  for (const id of projects) {
    addProject(id)
    for (const vpcRegionName of ['US_EAST_1', 'US_WEST_2'] as const) {
      const number = `${id}${vpcRegionName}`
      things.insert({ ...thing(number, vpcRegionName), ownerId: id })
    }
  }
  const [first = ''] = projects
  const list = () => things.allOf(first, 1)
  list()
  const [before] = list()
  t.equal(list()[0], before, 'the same object while the list is kept')
  for (const id of [...projects, ...projects]) t.equal(things.allOf(id, 1).length, 2)
  t.not(list()[0], before, 'read anew once others have taken its place')
  t.strictSame(list()[0], before)
  t.end()
})

test('empty lists are bounded too, and those that were kept longest go first', (t) => {
  const { things, addProject } = storeWithLists(t, 3)
  const [oldest, ...others] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(24)) as [string, ...string[]]
  const versionOf = (id: string) => things.page(id, 1, 5, 0).version
  for (const id of [oldest, ...others]) {
    addProject(id)
    for (const _ of [1, 2]) versionOf(id)
  }
  for (const id of others) {
    t.type(versionOf(id), 'object')
    t.equal(versionOf(id), versionOf(id), 'kept')
  }
  const [next = ''] = others
  const before = versionOf(next)
  t.type(versionOf(oldest), 'object')
  t.not(versionOf(next), before, 'read anew, since the oldest has taken its place')
  t.end()
})

test('what is purged in one project leaves what is kept of others', (t) => {
  const { things, addProject } = storeWithLists(t, 10)
  const [ending, other] = ['a', 'b'].map((digit) => digit.repeat(24)) as [string, string]
  for (const ownerId of [ending, other]) {
    addProject(ownerId)
    things.insert({ ...thing(ownerId, 'US_EAST_1'), ownerId, goneAt: ownerId === ending ? 5 : null })
    for (const _ of [1, 2]) {
      things.find(ownerId, 1)
      things.allOf(ownerId, 1)
    }
  }
  const found = things.find(other, 1)
  const [listed] = things.allOf(other, 1)
  t.ok(things.purge(ending, 5))
  t.notOk(things.purge(ending, 5), 'nothing is left to purge')
  t.equal(things.find(ending, 1), undefined, 'a clock that is set back brings nothing back')
  t.strictSame(things.allOf(ending, 1), [])
  t.equal(things.find(other, 1), found)
  t.equal(things.allOf(other, 1)[0], listed)
  t.end()
})

test('what is read is kept from the second time on', (t) => {
  const { things, addProject } = storeWithLists(t, 10)
  const ownerId = 'a'.repeat(24)
  const id = 'b'.repeat(24)
  addProject(ownerId)
  things.insert({ ...thing(id, 'US_EAST_1'), ownerId })

  const reads = [things.find(id, 1), things.find(id, 1), things.find(id, 1)]
  t.not(reads[1], reads[0], 'who goes through many things asks for none of them again')
  t.equal(reads[2], reads[1])
  t.strictSame(reads[2], reads[0])

  const pages = [things.page(ownerId, 1, 5, 0), things.page(ownerId, 1, 5, 0), things.page(ownerId, 1, 5, 0)]
  t.equal(pages[0]?.version, undefined, 'nobody keeps count of changes to a list that is not kept')
  t.type(pages[1]?.version, 'object')
  t.equal(pages[2]?.version, pages[1]?.version)
  t.strictSame(
    pages.map((page) => page.isKept),
    [false, true, true],
  )
  t.strictSame(pages[2]?.items, pages[0]?.items)
  t.end()
})

test('a list that is read from the database is oldest first, whatever the places in it', (t) => {
  const { things, addProject } = storeWithLists(t, 10)
  const ownerId = 'a'.repeat(24)
  addProject(ownerId)
  const places = ['US_WEST_1', 'AP_EAST_1', 'US_EAST_1', 'EU_WEST_1']
  places.forEach((place, i) => {
    things.insert({ ...thing(String(i).repeat(24), place), ownerId, goneAt: place === 'US_EAST_1' ? 5 : null })
  })
  const placesIn = ({ items }: { items: { place: string | null }[] }) => items.map(({ place }) => place)
  for (const isKept of [false, true]) {
    const page = things.page(ownerId, 1, 3, 1)
    t.strictSame(placesIn(page), places.slice(1))
    t.equal(page.isKept, isKept)
    t.equal(page.version, undefined, 'one of them ends')
  }
  t.end()
})

test('a list that grows takes the place of others, and stays, however long it gets', (t) => {
  const { things, addProject } = storeWithLists(t, 4)
  const [growing, other] = ['a', 'b'].map((digit) => digit.repeat(24)) as [string, string]
  for (const id of [growing, other]) {
    addProject(id)
    things.insert({ ...thing(id, 'US_EAST_1'), ownerId: id })
  }
  for (const id of [growing, other]) things.allOf(id, 1)
  const [first] = things.allOf(growing, 1)
  const [another] = things.allOf(other, 1)
  for (const place of ['US_WEST_2', 'EU_WEST_1', 'EU_CENTRAL_1']) {
    things.insert({ ...thing(place, place), ownerId: growing })
    t.equal(things.allOf(growing, 1)[0], first, 'the same object, since it is kept')
  }
  t.equal(things.allOf(growing, 1).length, 4)
  t.not(things.allOf(other, 1)[0], another, 'read anew')
  t.end()
})

test('how many things there are is known whatever has become of them', (t) => {
  const store = storeWithProject()
  t.teardown(() => store.close())
  const things = store.things.of('privateEndpoints')
  t.equal(things.total(0), 0, 'of a kind that was never stored')
  const [first, second, third] = ['US_EAST_1', 'US_WEST_2', 'EU_WEST_1'].map((place, i) =>
    thing(`${i}`.repeat(24), place),
  ) as [Thing, Thing, Thing]
  for (const made of [first, second, { ...third, beginsAt: 50 }]) t.ok(things.insert(made))
  t.notOk(things.insert({ ...first, id: 'c'.repeat(24) }), 'the regions are taken')
  t.ok(store.things.of('exportBuckets').insert(first))
  t.equal(things.total(49), 2, 'one is yet to come')
  t.equal(things.total(50), 3)
  things.update({ ...second, goneAt: 60 })
  t.strictSame([things.total(59), things.total(60)], [3, 2])
  things.update({ ...third, goneAt: 40, beginsAt: 50 })
  t.strictSame([things.total(45), things.total(55)], [2, 2], 'what ends before it begins is counted out once')
  t.throws(() =>
    store.transaction(() => {
      things.remove(first)
      t.equal(things.total(59), 1)
      throw new Error('no')
    }),
  )
  t.equal(things.total(59), 2)
  t.ok(things.purge(projectId, 60))
  t.equal(things.total(60), 1)
  store.things.clearOf(projectId)
  t.strictSame([things.total(0), store.things.of('exportBuckets').total(0)], [0, 0])
  t.ok(things.insert(first))
  store.things.clear()
  t.equal(things.total(0), 0)
  t.end()
})

test('a page is of what is there at the time, be it of a list that grows', (t) => {
  const store = storeWithProject()
  t.teardown(() => store.close())
  const things = store.things.of('privateEndpoints')
  const made = ['US_EAST_1', 'US_WEST_2', 'EU_WEST_1', 'EU_WEST_2', 'EU_WEST_3'].map((place, i) =>
    thing(`${i}`.repeat(24), place),
  ) as [Thing, Thing, Thing, Thing, Thing]
  const [first, second, third, fourth, fifth] = made
  const page = (now: number, limit = 2, offset = 1) => {
    const { items, total } = things.page(projectId, now, limit, offset)
    return [items.map(({ place }) => place), total]
  }
  for (const one of [first, second, third]) things.insert(one)
  t.strictSame(page(0), [['US_WEST_2', 'EU_WEST_1'], 3])
  t.strictSame(page(0, 2, 2), [['EU_WEST_1'], 3])
  t.strictSame(page(0, 2, 3), [[], 3])
  things.insert({ ...fourth, beginsAt: 10 })
  t.strictSame(
    [page(9), page(10)],
    [
      [['US_WEST_2', 'EU_WEST_1'], 3],
      [['US_WEST_2', 'EU_WEST_1'], 4],
    ],
  )
  things.update({ ...first, goneAt: 20 })
  t.strictSame(
    [page(19), page(20)],
    [
      [['US_WEST_2', 'EU_WEST_1'], 4],
      [['EU_WEST_1', 'EU_WEST_2'], 3],
    ],
  )
  things.insert(fifth)
  t.strictSame(page(20, 9, 0), [['US_WEST_2', 'EU_WEST_1', 'EU_WEST_2', 'EU_WEST_3'], 4])
  t.end()
})

test('how many things there are is stored with them', (t) => {
  const path = `${t.testdir()}/atlas.db`
  const stored = openDatabase(path)
  const store = openStore(path, stored)
  store.directory.addOrganization({ id: orgId, name: 'Acme', apiAccessListRequired: false, details: {} })
  store.directory.addProject(project)
  const things = store.things.of('privateEndpoints')
  const made = ['US_EAST_1', 'US_WEST_2', 'EU_WEST_1', 'EU_WEST_2'].map((place, i) => thing(`${i}`.repeat(24), place))
  const [first, second, third, fourth] = made as [Thing, Thing, Thing, Thing]
  const counted = () => stored.prepare<[], number>('SELECT stored FROM thing_count').pluck().get()
  store.transaction(() => {
    things.insert(first)
    // What goes before anything has been counted is taken off all the same.
    things.remove(first)
    things.insert(second)
    t.throws(() =>
      store.transaction(() => {
        things.insert(third)
        t.equal(things.total(0), 2)
        throw new Error('no')
      }),
    )
    t.equal(things.total(0), 1, 'what the outer transaction has counted stays')
    things.insert(fourth)
  })
  t.equal(counted(), 2)
  t.throws(() =>
    store.transaction(() => {
      things.insert(third)
      throw new Error('no')
    }),
  )
  t.strictSame([counted(), things.total(0)], [2, 2])
  store.close()
  const again = openStore(path)
  t.equal(again.things.of('privateEndpoints').total(0), 2)
  again.close()
  t.end()
})

test('all that an owner has is told by kind, oldest first, without what has ceased to exist', (t) => {
  const store = storeWithProject()
  t.teardown(() => store.close())
  const endpoints = store.things.of('privateEndpoints')
  const [first, second, third] = ['US_EAST_1', 'AF_SOUTH_1', 'EU_WEST_1'].map((place, i) =>
    thing(`${3 - i}`.repeat(24), place),
  ) as [Thing, Thing, Thing]
  for (const made of [first, second, { ...third, beginsAt: 90 }]) endpoints.insert(made)
  store.things.of('exportBuckets').insert(first)
  store.things.of('exportBuckets').insert({ ...second, ownerId: orgId })
  endpoints.update({ ...first, goneAt: 60 })
  const told = (now: number) =>
    Object.fromEntries(
      [...store.things.everyOf(projectId, now)].map(([kind, things]) => [kind, things.map(({ place }) => place)]),
    )
  t.strictSame(told(59), {
    privateEndpoints: ['US_EAST_1', 'AF_SOUTH_1', 'EU_WEST_1'],
    exportBuckets: ['US_EAST_1'],
  })
  t.strictSame(told(60), { privateEndpoints: ['AF_SOUTH_1', 'EU_WEST_1'], exportBuckets: ['US_EAST_1'] })
  t.strictSame(told(0), told(59))
  t.end()
})
