import { describe, expect, it } from 'vitest'
import { dayBounds, districtDay, pattern, wallClock } from './pattern'

describe('a pattern of shifts', () => {
  it('has the same hours of the district on each day', () => {
    expect(pattern('2026-11-23', [2, 0], '08:00', '16:00')).toEqual([
      { from: '2026-11-23T00:00:00.000Z', to: '2026-11-23T08:00:00.000Z' },
      { from: '2026-11-25T00:00:00.000Z', to: '2026-11-25T08:00:00.000Z' },
    ])
  })

  it('goes on into the next day when it ends before it begins, across a month too', () => {
    expect(pattern('2026-11-30', [0], '22:00', '06:00')).toEqual([{ from: '2026-11-30T14:00:00.000Z', to: '2026-11-30T22:00:00.000Z' }])
  })

  it('lasts a whole day when both hours are the same', () => {
    expect(pattern('2026-11-23', [0], '08:00', '08:00')).toEqual([{ from: '2026-11-23T00:00:00.000Z', to: '2026-11-24T00:00:00.000Z' }])
  })
})

describe('days of the district', () => {
  it('begin at 16:00 UTC', () => {
    expect(districtDay(Date.parse('2026-11-22T15:59:59Z'))).toBe('2026-11-22')
    expect(districtDay(Date.parse('2026-11-22T16:00:00Z'))).toBe('2026-11-23')
    expect(dayBounds('2026-11-23')).toEqual({ from: '2026-11-22T16:00:00.000Z', to: '2026-11-23T16:00:00.000Z' })
    expect(wallClock(Date.parse('2026-11-22T16:05:00Z'))).toEqual({ day: '2026-11-23', time: '00:05' })
  })
})
