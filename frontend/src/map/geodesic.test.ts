import { describe, expect, it } from 'vitest'
import { cumulative, distance, enclosed, type LonLat } from './geodesic'

/** Semi-axes of WGS-84, metres. */
const A = 6378137
const F = 1 / 298.257223563

describe('geodesic', () => {
  it('measures a degree along the equator as the circle that it is', () => {
    expect(distance([116, 0], [117, 0])).toBeCloseTo((Math.PI / 180) * A, 6)
  })

  it('measures a meridian from the equator to the pole as its length', () => {
    // The quarter meridian by its series in the third flattening n (Helmert).
    const n = F / (2 - F)
    const quarter = ((Math.PI / 2) * A * (1 + n ** 2 / 4 + n ** 4 / 64 + n ** 6 / 256)) / (1 + n)
    expect(distance([116, 0], [116, 90])).toBeCloseTo(quarter, 3)
  })

  it('adds up along a line', () => {
    const line: LonLat[] = [[116.3, 37.45], [116.31, 37.45], [116.31, 37.46]] // prettier-ignore
    const sums = cumulative(line)
    expect(sums[0]).toBe(0)
    expect(sums[2]).toBeCloseTo(distance(line[0]!, line[1]!) + distance(line[1]!, line[2]!), 9)
    expect(cumulative([])).toEqual([])
  })

  it('measures the whole northern half of the earth', () => {
    const e = Math.sqrt(F * (2 - F))
    const half = Math.PI * A * A * (1 + ((1 - e * e) / e) * Math.atanh(e))
    const equator = Array.from({ length: 4 }, (_, i): LonLat => [i * 90 - 180, 0])
    expect(enclosed(equator) / half).toBeCloseTo(1, 9)
  })

  it('takes no notice of the direction of drawing', () => {
    const ring: LonLat[] = [[116.3, 37.45], [116.31, 37.45], [116.31, 37.46], [116.3, 37.46]] // prettier-ignore
    expect(enclosed([...ring].reverse())).toBeCloseTo(enclosed(ring), 6)
    expect(enclosed(ring.slice(0, 2))).toBe(0)
  })
})
