/** One fix of a trail. */
export interface TrailPoint {
  lon: number
  lat: number
  /** When it was made, ms. */
  at: number
}

/** How long a trail is, ms. */
export const TRAIL_FOR = 600_000
/** Two fixes farther apart than this have a gap between them: where the worker went meanwhile is not known, ms. */
const GAP = 60_000

/** A trail as short lines, each with the `opacity` of its age at `now`, and `gap` where the way between is a guess. */
export function trailSegments(points: readonly TrailPoint[], now: number): GeoJSON.Feature<GeoJSON.LineString>[] {
  const segments: GeoJSON.Feature<GeoJSON.LineString>[] = []
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1]!, points[i]!]
    const age = now - b.at
    if (age > TRAIL_FOR) continue
    segments.push({
      type: 'Feature',
      properties: { opacity: 1 - 0.85 * Math.min(1, Math.max(0, age / TRAIL_FOR)), gap: b.at - a.at > GAP },
      geometry: { type: 'LineString', coordinates: [[a.lon, a.lat], [b.lon, b.lat]] }, // prettier-ignore
    })
  }
  return segments
}

const METRES_PER_DEGREE = 111_320

/** A circle of so many metres as a polygon; exact enough for a phone's accuracy. */
export function accuracyRing(lon: number, lat: number, metres: number): GeoJSON.Polygon {
  const dLat = metres / METRES_PER_DEGREE
  const dLon = dLat / Math.cos((lat * Math.PI) / 180)
  const ring = Array.from({ length: 65 }, (_, i) => {
    const angle = (i % 64) * (Math.PI / 32)
    return [lon + dLon * Math.cos(angle), lat + dLat * Math.sin(angle)]
  })
  return { type: 'Polygon', coordinates: [ring] }
}
