import { defineStore } from 'pinia'
import { computed, ref, shallowRef, triggerRef } from 'vue'
import { api } from '@/api'
import { intent } from '@/api/client'
import { SEVERITIES, type Alarm } from '@/api/types'
import { useLive } from './live'

/** How long an alarm whose cause has ended is still held, so that it doesn't vanish under somebody's finger, ms. */
const CLEARED_FOR = 60_000

/** What hurts most first: not acknowledged before acknowledged, the worse severity, then the longer wait; equal ones by id. */
export function byUrgency(a: Alarm, b: Alarm): number {
  return (
    Number(Boolean(a.acknowledged_at)) - Number(Boolean(b.acknowledged_at)) ||
    SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
    Date.parse(a.raised_at) - Date.parse(b.raised_at) ||
    a.id - b.id
  )
}

/** The alarms of the live stream, and what can be done with them. */
export const useAlarms = defineStore('alarms', () => {
  const live = useLive()
  const all = shallowRef(new Map<number, Alarm>())
  const loaded = ref(false)
  /** Whether the list is unfolded. */
  const unfolded = ref(false)

  live.alarms.subscribe((change) => {
    for (const id of change.removed) all.value.delete(Number(id))
    for (const alarm of change.upserted) {
      all.value.set(alarm.id, alarm)
      if (alarm.cleared_at) setTimeout(() => live.alarms.remove(alarm.id), CLEARED_FOR)
    }
    if (change.snapshot) loaded.value = true
    triggerRef(all)
  })

  /** Open alarms: what hurts most first. */
  const open = computed(() => [...all.value.values()].filter((alarm) => !alarm.cleared_at).sort(byUrgency))
  /** Those that nobody has acknowledged. */
  const waiting = computed(() => open.value.filter((alarm) => !alarm.acknowledged_at))

  /** Says that one has seen to an alarm. Throws a Problem that names who was first. */
  async function acknowledge(alarm: Alarm, note: string): Promise<void> {
    const answer = await api.ask(
      api.client.POST('/api/v1/alarms/{id}/acknowledge', {
        params: { path: { id: alarm.id }, header: intent() },
        body: { version: alarm.version, ...(note ? { note } : {}) },
      }),
    )
    live.alarms.apply([answer])
  }

  /** The newest alarms that are over. */
  async function history(): Promise<Alarm[]> {
    const page = await api.ask(api.client.GET('/api/v1/alarms', { params: { query: { open: false, limit: 50 } } }))
    return page.items
  }

  return { all, open, waiting, loaded, unfolded, acknowledge, history }
})
