/** The district's clock, which has no summer time: hours ahead of UTC. */
const ZONE = 8
const HOUR = 3_600_000
const DAY = 24 * HOUR

/** The district's day that an instant lies in: "2026-11-23". */
export function districtDay(at: number): string {
  return new Date(at + ZONE * HOUR).toISOString().slice(0, 10)
}

/** Beginning and end of a district day, as the interface writes times. */
export function dayBounds(day: string): { from: string; to: string } {
  const start = instant(day, '00:00')
  return { from: new Date(start).toISOString(), to: new Date(start + DAY).toISOString() }
}

/** The instant of a wall-clock time in the district, ms since 1970; NaN for what is none. */
export function instant(day: string, time: string): number {
  return Date.parse(`${day}T${time}:00+0${ZONE}:00`)
}

/** The wall-clock day and time of an instant in the district. */
export function wallClock(at: number): { day: string; time: string } {
  const text = new Date(at + ZONE * HOUR).toISOString()
  return { day: text.slice(0, 10), time: text.slice(11, 16) }
}

/**
 * The same hours on some of the seven days that begin with `day`; `offsets` are days after it. Hours that end before they begin go on into
 * the next day.
 */
export function pattern(day: string, offsets: readonly number[], from: string, to: string): { from: string; to: string }[] {
  return [...offsets]
    .sort((a, b) => a - b)
    .map((offset) => {
      const start = instant(day, from) + offset * DAY
      const end = instant(day, to) + offset * DAY
      return { from: new Date(start).toISOString(), to: new Date(end > start ? end : end + DAY).toISOString() }
    })
}
