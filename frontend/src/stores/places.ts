import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { api } from '@/api'
import type { Area, AreaDetail, AreaRef, IncidentClass } from '@/api/types'
import { usePreferences } from './preferences'

/** The district's areas and the catalogue of classes: what names and codes mean. Read once per sign-in. */
export const usePlaces = defineStore('places', () => {
  const preferences = usePreferences()
  const areas = shallowRef<ReadonlyMap<string, Area>>(new Map())
  const classes = shallowRef<readonly IncidentClass[]>([])
  const scope = shallowRef<AreaDetail | null>(null)

  /** Whether what is shown is demonstration geometry. */
  const demo = computed(() => [...areas.value.values()].some((area) => area.demo))
  const classByCode = computed(() => new Map(classes.value.map((c) => [c.code, c])))
  /** Where to write something about an area, by code. */
  const labels = computed(() => new Map([...areas.value].map(([code, area]) => [code, area.label as [number, number]])))

  /** Reads areas, classes and the scope's extent. */
  async function load(scopeCode: string): Promise<void> {
    const [list, catalogue, detail] = await Promise.all([
      api.ask(api.client.GET('/api/v1/areas')),
      api.ask(api.client.GET('/api/v1/classes')),
      api.ask(api.client.GET('/api/v1/areas/{code}', { params: { path: { code: scopeCode } } })),
    ])
    areas.value = new Map(list.items.map((area) => [area.code, area]))
    classes.value = catalogue.items
    scope.value = detail
  }

  /** A class's name in the reader's language; its code when the catalogue doesn't have it. */
  function className(code: string): string {
    const found = classByCode.value.get(code)
    if (!found) return code
    return preferences.locale === 'en' ? found.name_en : found.name
  }

  /** An area's name; its code when it is unknown. */
  function areaName(code: string): string {
    return areas.value.get(code)?.name ?? code
  }

  /** The community that an area code lies in, by name; empty for what lies above communities. */
  function communityName(code: string): string {
    return code.length >= 12 ? areaName(code.slice(0, 12)) : ''
  }

  /** An area's name where its community is known: "第 3 网格". */
  function shortName(code: string): string {
    const [own, community] = [areaName(code), communityName(code)]
    return community && own !== community && own.startsWith(community) ? own.slice(community.length) : own
  }

  /** "岔河社区 · 第 3 网格" */
  function fullName(code: string): string {
    const community = communityName(code)
    const own = areaName(code)
    if (!community || community === own) return own
    return own.startsWith(community) ? own : `${community} · ${own}`
  }

  /** Which areas a point lies in, from the district down. */
  async function locate(lon: number, lat: number): Promise<{ inside: boolean; path: AreaRef[] }> {
    return api.ask(api.client.GET('/api/v1/locate', { params: { query: { lon, lat } } }))
  }

  return { areas, classes, scope, demo, labels, load, className, areaName, communityName, shortName, fullName, locate, classByCode }
})
