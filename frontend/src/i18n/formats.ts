import { useI18n } from 'vue-i18n'

/** The district's clock: every page shows it, wherever the computer stands or is set to. */
const timeZone = 'Asia/Shanghai'

/** The district's day that an instant lies in: "2026-11-23". */
const dayOf = (at: number) => new Date(at).toLocaleDateString('sv-SE', { timeZone })

/** Numbers and times as the reader's language writes them. */
export function useFormats() {
  const { t, locale } = useI18n()

  /** "3 分钟前". A time that lies ahead by a clock's error counts as now. */
  function ago(at: number, now: number): string {
    const seconds = Math.max(0, Math.floor((now - at) / 1000))
    if (seconds < 5) return t('time.now')
    if (seconds < 60) return t('time.seconds', { n: seconds })
    if (seconds < 3600) return t('time.minutes', { n: Math.floor(seconds / 60) })
    if (seconds < 86_400) return t('time.hours', { n: Math.floor(seconds / 3600) })
    return t('time.days', { n: Math.floor(seconds / 86_400) })
  }

  /** Hours, minutes and seconds: "09:41:20". */
  function clock(at: number): string {
    return new Date(at).toLocaleTimeString(locale.value, { timeZone, hourCycle: 'h23' })
  }

  /** Hours and minutes today, month and day before. */
  function short(at: number, now: number): string {
    const date = new Date(at)
    if (dayOf(at) === dayOf(now)) {
      return date.toLocaleTimeString(locale.value, { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
    }
    return date.toLocaleDateString(locale.value, { timeZone, month: '2-digit', day: '2-digit' })
  }

  /** Date and time to the second. */
  function exact(at: number): string {
    return new Date(at).toLocaleString(locale.value, { timeZone, hourCycle: 'h23' })
  }

  /** A whole number with the language's separators. */
  function whole(n: number): string {
    return Math.round(n).toLocaleString(locale.value)
  }

  /** Longitude and latitude with five decimals: about a metre. */
  function place(lon: number, lat: number): string {
    return `${lon.toFixed(5)}, ${lat.toFixed(5)}`
  }

  /** Metres below a kilometre, then kilometres with one decimal. */
  function distance(metres: number): string {
    if (metres < 1000) return t('panel.metres', { n: Math.round(metres) })
    return t('panel.kilometres', { n: (metres / 1000).toFixed(1) })
  }

  return { ago, clock, short, exact, whole, place, distance }
}
