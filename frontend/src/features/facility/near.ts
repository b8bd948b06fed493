import type { Facility } from '@/api/types'

/** Mean radius of the earth, metres. */
const EARTH_RADIUS = 6_371_008.8

/** A facility with its straight-line distance to a place, metres. */
export interface NearFacility {
  facility: Facility
  metres: number
}

/** The facilities nearest to a place, the nearest first; `except` is the facility whose neighbours are asked for. */
export function nearestFacilities(facilities: readonly Facility[], lon: number, lat: number, count: number, except = 0): NearFacility[] {
  return facilities
    .filter((facility) => facility.id !== except)
    .map((facility) => ({ facility, metres: metresBetween(lon, lat, facility.at[0]!, facility.at[1]!) }))
    .sort((a, b) => a.metres - b.metres || a.facility.id - b.facility.id)
    .slice(0, count)
}

/** Great-circle distance on the mean sphere (haversine), metres. */
export function metresBetween(lon1: number, lat1: number, lon2: number, lat2: number): number {
  const radian = Math.PI / 180
  const s = Math.sin(((lat2 - lat1) * radian) / 2)
  const c = Math.sin(((lon2 - lon1) * radian) / 2)
  return 2 * EARTH_RADIUS * Math.asin(Math.sqrt(s * s + Math.cos(lat1 * radian) * Math.cos(lat2 * radian) * c * c))
}
