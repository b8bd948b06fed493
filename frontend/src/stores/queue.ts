import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { api } from '@/api'
import { intent } from '@/api/client'
import { SEVERITIES, type Incident, type SavedFilter } from '@/api/types'
import { everything, OPEN_STATES, passes, readFilter, writeFilter, type QueueFilter, type Sort } from '@/features/incident/filter'
import { bySeverityThenAge } from '@/features/incident/order'
import { useIncidents } from './incidents'
import { useNow } from './now'
import { usePlaces } from './places'
import { useSession } from './session'

const ORDERS: Record<Sort, (a: Incident, b: Incident) => number> = {
  urgency: bySeverityThenAge,
  newest: (a, b) => Date.parse(b.reported_at) - Date.parse(a.reported_at) || b.id - a.id,
  oldest: (a, b) => Date.parse(a.reported_at) - Date.parse(b.reported_at) || a.id - b.id,
}

/** The list of open incidents as the person wants it: filter, order, and the filters that were given a name. */
export const useQueue = defineStore('queue', () => {
  const incidents = useIncidents()
  const places = usePlaces()
  const session = useSession()
  const now = useNow()
  const filter = ref<QueueFilter>(everything())
  const saved = shallowRef<readonly SavedFilter[]>([])
  /** Counts requests to show the list's top, and to put the focus on a row: the list listens. */
  const topped = ref(0)
  const focused = ref<{ id: number } | undefined>()

  const minute = computed(() => Math.floor(now.server / 30_000))
  const around = computed(() => ({ now: minute.value * 30_000, me: session.account?.display_name ?? '', className: places.className }))

  const rows = computed(() => incidents.open.filter((i) => passes(filter.value, i, around.value)).sort(ORDERS[filter.value.sort]))

  /** How many there would be for each severity and state, with all other restrictions as they are. */
  const counts = computed(() => {
    const others = { ...filter.value, severities: [], states: [] }
    const counts: Record<string, number> = Object.fromEntries([...SEVERITIES, ...OPEN_STATES].map((key) => [key, 0]))
    const { states, severities } = filter.value
    for (const i of incidents.open) {
      if (!passes(others, i, around.value)) continue
      if (states.length === 0 || states.includes(i.state)) counts[i.severity]!++
      if (severities.length === 0 || severities.includes(i.severity)) counts[i.state]!++
    }
    return counts
  })

  async function loadSaved(): Promise<void> {
    saved.value = (await api.ask(api.client.GET('/api/v1/me/filters'))).items
  }

  /** Keeps the present filter under a name, over an earlier one. */
  async function save(name: string): Promise<void> {
    await api.ask(api.client.PUT('/api/v1/me/filters', { params: { header: intent() }, body: { name, filter: writeFilter(filter.value) || 'sort:urgency' } }))
    await loadSaved()
  }

  async function forget(name: string): Promise<void> {
    await api.ask(api.client.DELETE('/api/v1/me/filters', { params: { query: { name }, header: intent() } }))
    await loadSaved()
  }

  /** Shows what a saved filter shows. */
  function apply(one: SavedFilter): void {
    filter.value = readFilter(one.filter)
  }

  function clear(): void {
    filter.value = { ...everything(), sort: filter.value.sort }
  }

  const toTop = () => topped.value++
  const focus = (id: number) => (focused.value = { id })

  return { filter, topped, focused, toTop, focus, saved, rows, counts, loadSaved, save, forget, apply, clear }
})
