import { reactive, watch } from 'vue'
import { useRoute, useRouter, type LocationQuery } from 'vue-router'

/**
 * What a list is searched and filtered by, as text; '' doesn't restrict. The address bar holds it, so that a link shows the same list; what
 * is as it is at first stays out of it.
 */
export function useFilters<K extends string>(defaults: Readonly<Record<K, string>>): Record<K, string> {
  const route = useRoute()
  const router = useRouter()
  const keys = Object.keys(defaults) as K[]
  const read = (query: LocationQuery) =>
    Object.fromEntries(keys.map((key) => [key, typeof query[key] === 'string' ? query[key] : defaults[key]])) as Record<K, string>
  const filters = reactive(read(route.query)) as Record<K, string>
  const here = route.path
  watch(filters, () => {
    const query = Object.fromEntries(keys.filter((key) => filters[key] !== defaults[key]).map((key) => [key, filters[key]]))
    if (route.path === here) void router.replace({ query })
  })
  watch(
    () => route.query,
    (query) => {
      if (route.path === here) Object.assign(filters, read(query))
    },
  )
  return filters
}

/** A choice of yes, no, or either, as the interface wants it. */
export function flag(text: string): boolean | undefined {
  return text === '' ? undefined : text === 'yes'
}
