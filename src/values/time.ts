const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const
const milliseconds = { day: 86_400_000, hour: 3_600_000, minute: 60_000, second: 1000 } as const

const plain = '([0-9]{1,9})(ms|s|m|h)'
const iso8601 =
  'P(?=[0-9T])(?:([0-9]{1,5})D)?(?:T(?=[0-9])(?:([0-9]{1,6})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9}(?:\\.[0-9]{1,3})?)S)?)?'

/** An integer and a unit (`250ms`, `2s`, `5m`, `1h`), or an ISO 8601 duration of days and less (`PT5M`). */
export const durationPattern = `^(?:${plain}|${iso8601})$`

/** What a duration is, for people. */
export const durationForms = 'an integer and ms, s, m or h, or ISO 8601 such as PT5M'

const duration = new RegExp(durationPattern)

/** Milliseconds, or undefined when `text` is no duration. */
export function parseDuration(text: string): number | undefined {
  const found = duration.exec(text)
  if (!found) return undefined
  const [, amount, unit, days = 0, hours = 0, minutes = 0, seconds = 0] = found
  if (unit !== undefined) return Number(amount) * units[unit as keyof typeof units]
  const { day, hour, minute, second } = milliseconds
  return Math.round(Number(days) * day + Number(hours) * hour + Number(minutes) * minute + Number(seconds) * second)
}

/** The shortest way to write so many milliseconds as an integer and a unit. */
export function writeDuration(duration: number): string {
  const [unit, size] = Object.entries(units).findLast(([, size]) => duration % size === 0) as [string, number]
  return `${duration / size}${unit}`
}

/** The start of a calendar date, `YYYY-MM-DD`, in UTC; milliseconds since the epoch. */
export function startOfDay(date: string): number {
  return Date.parse(date)
}

/** How Atlas writes a moment in a header: `Wed, 1 Feb 2023 00:00:00 GMT`, the day of the month unpadded. */
export function headerDate(milliseconds: number): string {
  return new Date(milliseconds).toUTCString().replace(', 0', ', ')
}

/** How Atlas writes a moment: `2026-08-10T03:05:16Z`, in UTC and without a fraction. */
export function isoDate(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`
}

/** The last moment that can be written with a year of four digits. */
const lastMoment = Date.UTC(10_000, 0, 1) - 1

/** The same with milliseconds: `2026-08-10T03:05:16.250Z`; whatever comes later is written as the end of the year 9999. */
export function preciseDate(milliseconds: number): string {
  return new Date(Math.min(milliseconds, lastMoment)).toISOString()
}

/** A UTC date and time, with or without a fraction of up to three digits. */
export const momentPattern = '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]{1,3})?Z$'

const moment = new RegExp(momentPattern)

/** Milliseconds since the epoch, or undefined when `text` is no date and time that exists, in UTC, of 1970 or later. */
export function parseMoment(text: string): number | undefined {
  const time = moment.test(text) ? Date.parse(text) : Number.NaN
  return time >= 0 && isoDate(time) === `${text.slice(0, 19)}Z` ? time : undefined
}

/** Whether `text`, such as `2024-11-13`, names a day that the calendar has. */
export function isCalendarDate(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}
