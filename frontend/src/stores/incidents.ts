import { defineStore } from 'pinia'
import { computed, ref, shallowRef, triggerRef } from 'vue'
import { api } from '@/api'
import { intent } from '@/api/client'
import type { Incident, IncidentDetail, IncidentState, ReportIncident } from '@/api/types'
import { bySeverityThenAge } from '@/features/incident/order'
import { useLive } from './live'

/** The incidents of the live stream, and what can be done with them. */
export const useIncidents = defineStore('incidents', () => {
  const live = useLive()
  const all = shallowRef(new Map<number, Incident>())
  /** Whether the first snapshot has come. */
  const loaded = ref(false)
  /** Ids of incidents that came while the page was open, newest last; the queue says so instead of jumping. */
  const arrived = shallowRef<number[]>([])

  live.incidents.subscribe((change) => {
    for (const id of change.removed) all.value.delete(Number(id))
    const fresh: number[] = []
    for (const incident of change.upserted) {
      if (!all.value.has(incident.id) && !change.snapshot) fresh.push(incident.id)
      all.value.set(incident.id, incident)
    }
    if (change.snapshot) loaded.value = true
    if (fresh.length > 0) arrived.value = [...arrived.value, ...fresh]
    triggerRef(all)
  })

  /** Open incidents: what hurts most first. */
  const open = computed(() => [...all.value.values()].filter((i) => i.state !== 'closed').sort(bySeverityThenAge))

  /** Newest version that is known, from the stream or from an answer. */
  function take(incident: Incident): void {
    live.incidents.apply([incident])
  }

  async function detail(id: number): Promise<IncidentDetail> {
    return api.ask(api.client.GET('/api/v1/incidents/{id}', { params: { path: { id } } }))
  }

  async function report(body: ReportIncident): Promise<Incident> {
    const incident = await api.ask(api.client.POST('/api/v1/incidents', { params: { header: intent() }, body }))
    take(incident)
    return incident
  }

  async function move(id: number, to: IncidentState, note: string, version: number): Promise<Incident> {
    const incident = await api.ask(
      api.client.POST('/api/v1/incidents/{id}/moves', {
        params: { path: { id }, header: intent() },
        body: { to, version, ...(note ? { note } : {}) },
      }),
    )
    take(incident)
    return incident
  }

  /** The person has looked at the new ones. */
  function seen(): void {
    arrived.value = []
  }

  return { all, open, loaded, arrived, detail, report, move, seen }
})
