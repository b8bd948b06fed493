import { describe, expect, it } from 'vitest'
import { metresPerPixel, roundLength } from './picture'

describe('scale of a picture', () => {
  it.each([
    [1, 1],
    [1.9, 1],
    [2, 2],
    [4.99, 2],
    [5, 5],
    [99, 50],
    [100, 100],
    [1499, 1000],
    [0.7, 0.5],
  ])('%d m is written as %d', (metres, round) => expect(roundLength(metres)).toBeCloseTo(round, 9))

  it('halves with every zoom, and is the circumference at zoom 0 over 512 pixels', () => {
    expect(metresPerPixel(0, 0) * 512).toBeCloseTo(2 * Math.PI * 6378137, 3)
    expect(metresPerPixel(37.45, 14)).toBeCloseTo(metresPerPixel(37.45, 13) / 2, 9)
    expect(metresPerPixel(60, 10)).toBeCloseTo(metresPerPixel(0, 10) / 2, 6)
  })
})
