import { test } from 'tap'
import { IpList, isIpListEntry, plainAddress } from '../../src/values/ip-list.js'

const isOn = (address: string, ...entries: string[]) => new IpList(entries).includes(address)

test('an address is on a list that has it, or a block that it lies in', async (t) => {
  t.equal(isOn('192.0.2.1', '192.0.2.1'), true)
  t.equal(isOn('192.0.2.2', '192.0.2.1'), false)
  t.equal(isOn('10.255.0.1', '192.0.2.1', '10.0.0.0/8'), true)
  t.equal(isOn('11.0.0.1', '192.0.2.1', '10.0.0.0/8'), false)
  t.equal(isOn('10.9.9.9', '10.1.2.3/8'), true, 'a block is what its prefix says')
  t.equal(isOn('203.0.113.9', '0.0.0.0/0'), true)
  t.equal(isOn('2001:db8::5', '2001:0DB8:0::5'), true)
  t.equal(isOn('2001:db8:ffff::', '2001:db8::/32'), true)
  t.equal(isOn('2001:db9::', '2001:db8::/32'), false)
  t.equal(isOn('192.0.2.1'), false, 'an empty list has nobody')
})

test('an IPv4-mapped IPv6 address is the IPv4 address that it stands for, in a list too [access-list-matching]', async (t) => {
  for (const address of ['::ffff:10.1.2.3', '::FFFF:0a01:203', '0:0:0:0:0:ffff:10.1.2.3', '::ffff:10.1.2.3%eth0']) {
    t.equal(plainAddress(address), '10.1.2.3')
    t.equal(isOn(address, '10.0.0.0/8'), true)
  }
  t.equal(isOn('10.1.2.3', '::ffff:10.1.2.3'), true)
  t.equal(isOn('10.1.2.3', '::ffff:10.0.0.0/104'), true)
  t.equal(isOn('11.1.2.3', '::ffff:10.0.0.0/104'), false)
})

test('a block of one family has no address of the other [access-list-matching]', async (t) => {
  t.equal(isOn('::1', '0.0.0.0/0'), false)
  t.equal(isOn('10.1.2.3', '::/0'), false)
  t.equal(isOn('::ffff:10.1.2.3', '::/0'), false)
  t.equal(isOn('10.1.2.3', '::ffff:0.0.0.0/95'), false)
})

test('a zone is no part of an address, and what is no address is on no list', async (t) => {
  t.equal(isOn('fe80::1%eth0', 'fe80::/10'), true)
  t.equal(plainAddress('nonsense%x'), 'nonsense%x')
  for (const text of ['', 'unknown', 'x'.repeat(10_000), '10.0.0.1:80', '[::1]', '10.0.0.0/8']) {
    t.equal(isOn(text, '0.0.0.0/0', '::/0'), false, text)
  }
})

test('an entry is an address or a CIDR block', async (t) => {
  for (const entry of ['192.0.2.1', '192.0.2.0/24', '0.0.0.0/0', '::', '2001:db8::/128', '::ffff:1.2.3.4']) {
    t.equal(isIpListEntry(entry), true, entry)
  }
  const others = [
    '',
    'x',
    '192.0.2',
    '192.0.2.0/33',
    '192.0.2.0/-1',
    '192.0.2.0/',
    '192.0.2.0/08',
    '::/129',
    'fe80::1%eth0',
    '::1/64/64',
  ]
  for (const entry of others) t.equal(isIpListEntry(entry), false, entry)
})

test('a list says the same each time', async (t) => {
  const list = new IpList(['192.0.2.1'])
  for (const _ of [1, 2]) t.same([list.includes('192.0.2.1'), list.includes('192.0.2.2')], [true, false])
})
