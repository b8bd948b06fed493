import { describe, expect, it } from 'vitest'
import { accuracyRing, TRAIL_FOR, trailSegments } from './trail'

const NOW = 1_763_892_000_000
const point = (secondsAgo: number, lon: number) => ({ lon, lat: 37.45, at: NOW - secondsAgo * 1000 })

describe('trailSegments', () => {
  it('joins neighbours, fades with age and marks what was not seen', () => {
    const segments = trailSegments([point(300, 116.3), point(200, 116.301), point(150, 116.302), point(0, 116.303)], NOW)
    expect(segments.map((s) => s.properties!.gap)).toEqual([true, false, true])
    const opacities = segments.map((s) => s.properties!.opacity as number)
    expect(opacities).toEqual([...opacities].sort((a, b) => a - b))
    expect(opacities.at(-1)).toBe(1)
  })

  it('ends after ten minutes and needs two fixes', () => {
    expect(trailSegments([point(5, 116.3)], NOW)).toEqual([])
    expect(trailSegments([point(900, 116.3), point(TRAIL_FOR / 1000 + 1, 116.4), point(10, 116.5)], NOW)).toHaveLength(1)
  })
})

describe('accuracyRing', () => {
  it('is closed and lies at the asked distance all around', () => {
    const ring = accuracyRing(116.3, 37.45, 25).coordinates[0]!
    expect(ring[0]).toEqual(ring.at(-1))
    for (const [lon, lat] of ring) {
      const north = (lat! - 37.45) * 111_320
      const east = (lon! - 116.3) * 111_320 * Math.cos((37.45 * Math.PI) / 180)
      expect(Math.hypot(north, east)).toBeCloseTo(25, 3)
    }
  })
})
