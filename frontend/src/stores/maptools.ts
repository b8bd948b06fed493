import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { api } from '@/api'
import { Problem } from '@/api/problem'
import type { Survey } from '@/api/types'
import { cumulative, enclosed } from '@/map/geodesic'
import { outline, type Sketch, type Tool } from '@/map/sketching'

/** The tools of the map: what is being drawn, and what lies within what was drawn. The map draws; this only knows. */
export const useMapTools = defineStore('map-tools', () => {
  /** The tool that is wanted; the map starts and stops drawing by it. `asked` grows so that the same tool can begin anew. */
  const tool = ref<Tool | null>(null)
  const asked = ref(0)
  const sketch = shallowRef<Sketch | undefined>()
  const survey = shallowRef<Survey | null>(null)
  const problem = ref('')
  const loading = ref(false)
  const layersOpen = ref(false)
  let turn = 0

  const drawing = computed(() => tool.value !== null && !sketch.value?.done)
  const surveys = computed(() => tool.value === 'box' || tool.value === 'lasso')
  /** Length of what was drawn, metres. */
  const length = computed(() => (sketch.value ? (cumulative(line(sketch.value)).at(-1) ?? 0) : 0))
  /** Area of what was drawn, square metres. */
  const area = computed(() => (sketch.value ? enclosed(outline(sketch.value)) : 0))

  /** Begins with a tool; the same tool again puts it away. */
  function use(wanted: Tool): void {
    if (tool.value === wanted) return putAway()
    forget()
    tool.value = wanted
    asked.value++
  }

  /** Puts the tool and what was drawn away. */
  function putAway(): void {
    forget()
    tool.value = null
    asked.value++
  }

  /** The map tells what has been drawn. A box or a lasso that is done is looked into. */
  function drawn(now: Sketch | undefined): void {
    const finished = now?.done && !sketch.value?.done
    sketch.value = now
    if (finished && surveys.value) void look()
  }

  /** Asks what lies within; also after a failure. */
  async function look(): Promise<void> {
    const mine = ++turn
    loading.value = true
    problem.value = ''
    try {
      const polygon = outline(sketch.value!).map(([lon, lat]) => [lon, lat])
      const found = await api.ask(api.client.POST('/api/v1/survey', { body: { polygon: thinned(polygon) } }))
      if (mine === turn) survey.value = found
    } catch (error) {
      if (mine === turn) problem.value = error instanceof Problem ? error.message : String(error)
    } finally {
      if (mine === turn) loading.value = false
    }
  }

  function forget(): void {
    turn++
    sketch.value = undefined
    survey.value = null
    problem.value = ''
    loading.value = false
  }

  return { tool, asked, sketch, survey, problem, loading, layersOpen, drawing, surveys, length, area, use, putAway, drawn, look }
})

function line({ points, cursor }: Sketch) {
  return cursor ? [...points, cursor] : points
}

/** As many corners as a survey takes: of a very long lasso, every so many. */
const MOST = 1000

function thinned<T>(ring: readonly T[]): T[] {
  const step = Math.ceil(ring.length / MOST)
  return ring.filter((_, i) => i % step === 0)
}
