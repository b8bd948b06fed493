import { useI18n } from 'vue-i18n'
import type { MeasureWords } from '@/map/layers/sketch'

/** Lengths and areas as the reader's language writes them, in the unit that keeps the number short. */
export function useMeasureWords(): MeasureWords {
  const { t, locale } = useI18n()
  const number = (n: number, digits: number) => n.toLocaleString(locale.value, { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return {
    length: (m) => (m < 1000 ? t('tools.metres', { n: number(m, m < 100 ? 1 : 0) }) : t('tools.kilometres', { n: number(m / 1000, 2) })),
    area(m2) {
      if (m2 < 10_000) return t('tools.squareMetres', { n: number(m2, 0) })
      if (m2 < 1_000_000) return t('tools.hectares', { n: number(m2 / 10_000, 2) })
      return t('tools.squareKilometres', { n: number(m2 / 1_000_000, 2) })
    },
  }
}
