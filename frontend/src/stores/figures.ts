import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { api } from '@/api'
import type { TodayFigures } from '@/api/types'
import { useLive } from './live'

/** After a change the figures are asked for again, but not more often than this, ms. */
const SOON = 1500
/** And in any case so often: a day ends without an event, ms. */
const AT_LEAST = 60_000

/** Today's figures. The server counts; the page asks again when something has happened to an incident. */
export const useFigures = defineStore('figures', () => {
  const live = useLive()
  const today = shallowRef<TodayFigures | undefined>()
  let soon: ReturnType<typeof setTimeout> | undefined
  let regular: ReturnType<typeof setInterval> | undefined

  live.incidents.subscribe(() => {
    if (regular) soon ??= setTimeout(() => void read(), SOON)
  })

  /** Asks once. What can't be read now stays as it was: that the connection is lost is said elsewhere. */
  async function read(): Promise<void> {
    clearTimeout(soon)
    soon = undefined
    if (document.hidden) return
    const answer = await api.ask(api.client.GET('/api/v1/figures/today')).catch(() => undefined)
    if (answer && regular) today.value = answer
  }

  const shown = () => void read()

  function start(): void {
    regular ??= setInterval(() => void read(), AT_LEAST)
    document.addEventListener('visibilitychange', shown)
    void read()
  }

  function stop(): void {
    clearInterval(regular)
    clearTimeout(soon)
    regular = soon = undefined
    document.removeEventListener('visibilitychange', shown)
    today.value = undefined
  }

  return { today, start, stop }
})
