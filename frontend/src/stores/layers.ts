import { defineStore } from 'pinia'
import { computed, reactive, ref, shallowRef } from 'vue'
import { api } from '@/api'
import { Problem } from '@/api/problem'
import type { Basemap } from '@/api/types'
import { SWITCHES, type Switch } from '@/map/layer'

/** What the map shows: its switches and its base. The address bar holds both. */
export const useLayers = defineStore('layers', () => {
  const on = reactive(Object.fromEntries(SWITCHES.map((name) => [name, true])) as Record<Switch, boolean>)
  /** Name of the chosen base map. */
  const base = ref('none')
  const bases = shallowRef<readonly Basemap[] | null>(null)
  /** Why there is no list of base maps, or why one cannot be shown; empty when all is well. */
  const problem = ref('')
  const chosen = computed(() => bases.value?.find((one) => one.name === base.value))
  /** Names of what is switched off, in the order of the panel. */
  const off = computed(() => SWITCHES.filter((name) => !on[name]))

  /** Takes over what a link says. */
  function take(address: { off: readonly Switch[]; base: string }): void {
    for (const name of SWITCHES) on[name] = !address.off.includes(name)
    base.value = address.base
  }

  /** Reads which base maps there are. */
  async function load(): Promise<void> {
    problem.value = ''
    try {
      bases.value = (await api.ask(api.client.GET('/api/v1/basemaps'))).items
    } catch (error) {
      problem.value = error instanceof Problem ? error.message : String(error)
    }
  }

  return { on, off, base, bases, chosen, problem, take, load }
})
