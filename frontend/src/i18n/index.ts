import { createI18n } from 'vue-i18n'
import en from './en'
import zhCN from './zh-CN'

/** The languages of the pages. zh-CN is the source; a test fails when `en` lacks a key. */
export const LOCALES = ['zh-CN', 'en'] as const
export type Locale = (typeof LOCALES)[number]

export const i18n = createI18n({
  legacy: false,
  locale: 'zh-CN' as Locale,
  fallbackLocale: 'zh-CN',
  messages: { 'zh-CN': zhCN, en },
})

/** The language to begin with: the person's choice, or that of the browser. */
export function preferredLocale(chosen: string | null, browser: readonly string[]): Locale {
  if (LOCALES.includes(chosen as Locale)) return chosen as Locale
  return browser.length > 0 && !browser[0]!.toLowerCase().startsWith('zh') ? 'en' : 'zh-CN'
}
