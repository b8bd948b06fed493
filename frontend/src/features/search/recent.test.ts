import { expect, test } from 'vitest'
import type { SearchResult } from '@/api/types'
import { withRecent } from './recent'

const found = (kind: SearchResult['kind'], id: number): SearchResult => ({ kind, id, code: `c${id}`, name: `n${id}`, area: '', area_name: '', reason: 'name' })

test('what is chosen again moves to the top, and eight are kept', () => {
  let list: SearchResult[] = []
  for (let id = 1; id <= 9; id++) list = withRecent(list, found('building', id))
  expect(list.map((one) => one.id)).toEqual([9, 8, 7, 6, 5, 4, 3, 2])
  list = withRecent(list, found('building', 5))
  expect(list.map((one) => one.id)).toEqual([5, 9, 8, 7, 6, 4, 3, 2])
  expect(withRecent(list, found('facility', 5))).toHaveLength(8)
})
