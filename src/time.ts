const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/** An integer and a unit: `250ms`, `2s`, `5m`, `1h`. */
export const durationPattern = '^([0-9]{1,9})(ms|s|m|h)$'

const duration = new RegExp(durationPattern)

/** Milliseconds, or undefined when `text` is no duration. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = duration.exec(text) ?? []
  return unit === undefined ? undefined : Number(amount) * units[unit as keyof typeof units]
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

/** Whether `text`, such as `2024-11-13`, names a day that the calendar has. */
export function isCalendarDate(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}
