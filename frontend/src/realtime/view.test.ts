import { describe, expect, it } from 'vitest'
import { sectionsOf } from './view'

describe('sectionsOf', () => {
  it('is only the followed below zoom 13, and when counts or nothing are asked for', () => {
    for (const view of [
      { zoom: 12.99, detail: 'auto' },
      { zoom: 16, detail: 'counts' },
      { zoom: 16, detail: 'none' },
    ] as const) {
      const shown = sectionsOf(view)
      expect([shown(0), shown(1), shown(2), shown(3000)]).toEqual([false, true, false, false])
    }
  })

  it('is everything from zoom 13 on, and when positions are asked for', () => {
    for (const view of [
      { zoom: 13, detail: 'auto' },
      { zoom: 9, detail: 'positions' },
    ] as const) {
      const shown = sectionsOf(view)
      expect([shown(0), shown(1), shown(2), shown(3000)]).toEqual([true, true, true, true])
    }
  })
})
