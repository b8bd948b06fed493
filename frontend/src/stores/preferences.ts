import { defineStore } from 'pinia'
import { ref, watchEffect } from 'vue'
import { i18n, preferredLocale, type Locale } from '@/i18n'
import type { Theme } from '@/map/palette'

/** Language, theme and folded panels, kept in this browser. */
export const usePreferences = defineStore('preferences', () => {
  const locale = ref<Locale>(preferredLocale(read('locale'), navigator.languages))
  const theme = ref<Theme>(read('theme') === 'light' ? 'light' : 'dark')
  const queueFolded = ref(read('queue') === 'folded')
  /** Only until the page is left: what is selected is meant to be seen. */
  const detailFolded = ref(false)

  watchEffect(() => {
    i18n.global.locale.value = locale.value
    document.documentElement.lang = locale.value
    keep('locale', locale.value)
  })
  watchEffect(() => {
    document.documentElement.dataset.theme = theme.value
    keep('theme', theme.value)
  })
  watchEffect(() => keep('queue', queueFolded.value ? 'folded' : 'open'))

  function toggleLocale(): void {
    locale.value = locale.value === 'en' ? 'zh-CN' : 'en'
  }

  function toggleTheme(): void {
    theme.value = theme.value === 'dark' ? 'light' : 'dark'
  }

  return { locale, theme, queueFolded, detailFolded, toggleLocale, toggleTheme }
})

/** A browser that keeps nothing (a kiosk in private mode) still shows the page. */
function read(key: string): string | null {
  try {
    return localStorage.getItem(`wangge.${key}`)
  } catch {
    return null
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(`wangge.${key}`, value)
  } catch {
    // Then it is asked again next time.
  }
}
