import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'

/** What is selected everywhere at once: row, marker and detail. Areas are named by their code, everything else by its number. */
export type Selection = { kind: 'incident' | 'worker' | 'building' | 'facility'; id: number } | { kind: 'area'; code: string }

/** Whether two selections mean the same thing. */
export function sameSelection(a: Selection | null, b: Selection | null): boolean {
  if (a === null || b === null) return a === b
  return a.kind === 'area' ? b.kind === 'area' && a.code === b.code : b.kind === a.kind && a.id === b.id
}

/** A place that is being reported on. */
export interface Pin {
  lon: number
  lat: number
}

/** How far something reaches, degrees: west, south, east, north. A point's sides are equal. */
export type Extent = [number, number, number, number]

/** The extent of a point. */
export function extentOf(lon: number, lat: number): Extent {
  return [lon, lat, lon, lat]
}

/** The selected thing, and the report that is being made. */
export const useSelection = defineStore('selection', () => {
  const selected = ref<Selection | null>(null)
  /** Where the selected thing is, as far as whoever selected it, or its detail, knows; incidents and workers on the map are found there. */
  const extent = shallowRef<Extent | null>(null)
  /** Whether the map keeps the selected worker in the middle. A drag ends it, and so does `Esc`. */
  const following = ref(false)
  /** `picking` until a place has been clicked, then `writing`. */
  const report = ref<'none' | 'picking' | 'writing'>('none')
  const pin = ref<Pin | null>(null)
  /** Counts requests to go to the selected thing, and to put the pin into the map's middle: the map listens. */
  const revealed = ref(0)
  const centring = ref(0)

  function select(thing: Selection, where: Extent | null = null): void {
    stopReport()
    if (!sameSelection(selected.value, thing)) following.value = false
    extent.value = where
    selected.value = thing
  }

  /** Says where a thing is, once that is known; of what isn't selected any more it means nothing. */
  function placed(thing: Selection, where: Extent): void {
    if (sameSelection(selected.value, thing)) extent.value ??= where
  }

  /** Begins or ends keeping the selected worker in the middle. */
  function follow(on = !following.value): void {
    following.value = on && selected.value?.kind === 'worker'
  }

  /** `Esc`: first the following ends, then the report, then the selection. */
  function back(): void {
    if (following.value) following.value = false
    else if (report.value !== 'none') stopReport()
    else selected.value = null
  }

  function startReport(): void {
    selected.value = null
    following.value = false
    pin.value = null
    report.value = 'picking'
  }

  function putPin(lon: number, lat: number): void {
    pin.value = { lon, lat }
    report.value = 'writing'
  }

  function stopReport(): void {
    report.value = 'none'
    pin.value = null
  }

  return { selected, extent, following, report, pin, revealed, centring, select, placed, follow, back, startReport, putPin, stopReport }
})
