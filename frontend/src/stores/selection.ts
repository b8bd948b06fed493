import { defineStore } from 'pinia'
import { ref } from 'vue'

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

/** The selected thing, and the report that is being made. */
export const useSelection = defineStore('selection', () => {
  const selected = ref<Selection | null>(null)
  /** `picking` until a place has been clicked, then `writing`. */
  const report = ref<'none' | 'picking' | 'writing'>('none')
  const pin = ref<Pin | null>(null)
  /** Counts requests to go to the selected thing, and to put the pin into the map's middle: the map listens. */
  const revealed = ref(0)
  const centring = ref(0)

  function select(thing: Selection): void {
    stopReport()
    selected.value = thing
  }

  /** `Esc`: first the report goes, then the selection. */
  function back(): void {
    if (report.value !== 'none') stopReport()
    else selected.value = null
  }

  function startReport(): void {
    selected.value = null
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

  return { selected, report, pin, revealed, centring, select, back, startReport, putPin, stopReport }
})
