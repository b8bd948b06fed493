import { expect, test } from 'vitest'
import type { Facility } from '@/api/types'
import { metresBetween, nearestFacilities } from './near'

test('a degree of latitude on a sphere of 6371.0088 km is 111.195 km, of longitude less by the cosine', () => {
  const degree = (Math.PI / 180) * 6_371_008.8
  expect(metresBetween(116, 37, 116, 38)).toBeCloseTo(degree, 3)
  expect(metresBetween(116, 0, 117, 0)).toBeCloseTo(degree, 3)
  expect(metresBetween(116, 60, 116.001, 60)).toBeCloseTo(degree * 0.001 * Math.cos(Math.PI / 3), 3)
})

test('the nearest come first, and a facility is not near itself', () => {
  const at = (id: number, lon: number): Facility => ({ id, code: `F${id}`, kind: 'park', name: `${id}`, grid: '3714020010011001', at: [lon, 37.4] })
  const all = [at(1, 116.303), at(2, 116.301), at(3, 116.302), at(4, 116.3)]
  expect(nearestFacilities(all, 116.3, 37.4, 2, 4).map((near) => near.facility.id)).toEqual([2, 3])
})
