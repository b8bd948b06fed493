import { onBeforeUnmount, ref, shallowRef, watch, type Ref } from 'vue'
import { api } from '@/api'
import { Problem } from '@/api/problem'
import type { AreaBrief } from '@/api/types'
import { useIncidents } from '@/stores/incidents'
import { useLive } from '@/stores/live'

/** How often an area's brief is read anew though nothing was told, ms: signs of life age. */
const REFRESH = 20_000
/** News come in bursts: one look for all of a burst, ms. */
const PAUSE = 400

/** The brief of an area while a component shows it: read at once, then when shifts or incidents change, and now and then. */
export function useBrief(code: () => string) {
  const live = useLive()
  const incidents = useIncidents()
  const brief = shallowRef<AreaBrief | null>(null)
  const sentence = ref('')
  const missing = ref(false)
  let alive = true
  let soon: ReturnType<typeof setTimeout> | undefined

  async function load(): Promise<void> {
    const wanted = code()
    if (!wanted) return
    try {
      const read = await api.ask(api.client.GET('/api/v1/areas/{code}/brief', { params: { path: { code: wanted } } }))
      if (!alive || wanted !== code()) return
      brief.value = read
      sentence.value = ''
    } catch (error) {
      if (!alive) return
      missing.value = error instanceof Problem && error.status === 404
      sentence.value = error instanceof Problem ? error.message : String(error)
    }
  }

  function news(): void {
    clearTimeout(soon)
    soon = setTimeout(() => void load(), PAUSE)
  }

  watch(code, () => {
    brief.value = null
    void load()
  }, { immediate: true }) // prettier-ignore
  watch(() => incidents.open.filter((i) => i.area.startsWith(code())).map((i) => `${i.id}:${i.version}`).join(), news) // prettier-ignore
  const unsubscribe = live.shifts.subscribe(({ upserted }) => {
    if (upserted.some((shift) => shift.area.startsWith(code()))) news()
  })
  const timer = setInterval(() => document.hidden || void load(), REFRESH)
  onBeforeUnmount(() => {
    alive = false
    clearTimeout(soon)
    clearInterval(timer)
    unsubscribe()
  })
  return { brief: brief as Readonly<Ref<AreaBrief | null>>, sentence, missing, load }
}
