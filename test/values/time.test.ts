import { test } from 'tap'
import { isCalendarDate, parseDuration, parseMoment, preciseDate, writeDuration } from '../../src/values/time.js'

test('a duration is an integer and a unit, or ISO 8601 of days and less', async (t) => {
  const durations = {
    '0s': 0,
    '250ms': 250,
    '2s': 2000,
    '5m': 300_000,
    '1h': 3_600_000,
    PT5M: 300_000,
    PT0S: 0,
    'PT0.25S': 250,
    PT1H30M: 5_400_000,
    P1D: 86_400_000,
    P1DT1S: 86_401_000,
  }
  for (const [text, value] of Object.entries(durations)) t.equal(parseDuration(text), value, text)
  for (const text of [
    '',
    's',
    '1',
    '1 s',
    '-1s',
    '1.5s',
    'P',
    'PT',
    'P1',
    'P1DT',
    'P1M',
    'P1Y',
    'pt5m',
    'PT5M ',
    'T5M',
    'PT.5S',
    'PT1,5S',
    'PT0.2501S',
  ]) {
    t.equal(parseDuration(text), undefined, text)
  }
})

test('a duration is written in the largest unit that takes it whole', async (t) => {
  const written = { 250: '250ms', 2000: '2s', 90000: '90s', 300000: '5m', 7200000: '2h' }
  for (const [duration, text] of Object.entries(written)) {
    t.equal(writeDuration(Number(duration)), text)
    t.equal(parseDuration(text), Number(duration))
  }
  t.equal(parseDuration(writeDuration(0)), 0)
})

test('a moment is a UTC date and time that exists, of 1970 or later', async (t) => {
  t.equal(parseMoment('2026-01-01T00:00:00Z'), Date.UTC(2026, 0, 1))
  t.equal(parseMoment('2026-01-01T00:00:00.25Z'), Date.UTC(2026, 0, 1) + 250)
  t.equal(parseMoment('1970-01-01T00:00:00Z'), 0)
  t.equal(parseMoment(preciseDate(1234)), 1234)
  for (const text of [
    '2026-02-30T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '1969-12-31T23:59:59Z',
    '2026-01-01',
    '2026-01-01T00:00:00+01:00',
    '',
  ]) {
    t.equal(parseMoment(text), undefined, text)
  }
  t.ok(isCalendarDate('2024-02-29'))
  t.notOk(isCalendarDate('2026-02-29'))
})

test('what comes after the year 9999 is written as its end', async (t) => {
  t.equal(preciseDate(8.64e15), '9999-12-31T23:59:59.999Z')
  t.equal(preciseDate(Number.POSITIVE_INFINITY), '9999-12-31T23:59:59.999Z')
})
