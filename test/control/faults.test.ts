import { test } from 'tap'
import { demo, project, start } from '../support/emulator.js'

test('faults are listed and disarmed by what they meet and what they answer', async (t) => {
  const { command } = await start(t)
  const arm = async () => {
    await command('DELETE', '/faults')
    await command('POST', '/faults', { id: 'a', errorCode: 'NO_CAPACITY', match: { project } })
    await command('POST', '/faults', { id: 'b', errorCode: 'NO_CAPACITY', match: { project: demo.staging } })
    await command('POST', '/faults', { id: 'c', delay: '1ms', match: { operationId: 'getGroup', project } })
    await command('POST', '/faults', { id: 'd', break: 'drop' })
  }
  const ids = async (query = '') =>
    (await command('GET', `/faults${query}`))
      .json()
      .faults.map(({ id }: { id: string }) => id)
      .join('')
  const cases: [string, string, string][] = [
    [`?project=${project}`, 'ac', 'bd'],
    ['?errorCode=NO_CAPACITY', 'ab', 'cd'],
    ['?operationId=getGroup', 'c', 'abd'],
    [`?project=${project}&errorCode=NO_CAPACITY`, 'a', 'bcd'],
    ['?errorCode=OTHER', '', 'abcd'],
    ['', 'abcd', ''],
  ]
  for (const [query, found, left] of cases) {
    await arm()
    t.equal(await ids(query), found, query)
    t.equal((await command('DELETE', `/faults${query}`)).statusCode, 204)
    t.equal(await ids(), left, query)
  }
  for (const query of ['operationId=getGruop', 'project=A', 'errorCode=']) {
    t.equal((await command('DELETE', `/faults?${query}`)).statusCode, 400, query)
  }
})
