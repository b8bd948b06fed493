import type { SearchResult } from '@/api/types'

/** How many choices are remembered. */
const MOST = 8

/** What identifies a result among others. */
export const keyOf = (result: SearchResult) => `${result.kind}-${result.id ?? result.code}`

/** What was chosen lately in this browser by this account, the newest first. */
export function readRecent(account: string): SearchResult[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(`wangge.recent.${account}`) ?? '[]')
    return Array.isArray(kept) ? (kept as SearchResult[]).slice(0, MOST) : []
  } catch {
    return []
  }
}

/** The list with one more choice at its top; a choice that is in it moves up. */
export function withRecent(list: readonly SearchResult[], chosen: SearchResult): SearchResult[] {
  return [chosen, ...list.filter((one) => keyOf(one) !== keyOf(chosen))].slice(0, MOST)
}

/** Remembers the list. What moves (whether a worker is on shift, where, an incident's state) is not worth remembering. */
export function keepRecent(account: string, list: readonly SearchResult[]): void {
  try {
    const lasting = list.map((one) => ({ ...one, on_shift: undefined, state: undefined, ...(one.kind === 'worker' ? { lon: undefined, lat: undefined } : {}) }))
    localStorage.setItem(`wangge.recent.${account}`, JSON.stringify(lasting))
  } catch {
    // A browser that keeps nothing has no recent searches.
  }
}
