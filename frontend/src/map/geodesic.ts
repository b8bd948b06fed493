import geographic from 'geographiclib-geodesic'

const earth = geographic.Geodesic.WGS84

/** Longitude and latitude, degrees. */
export type LonLat = readonly [number, number]

/** The shortest way between two places on the WGS-84 ellipsoid, metres. */
export function distance([lon1, lat1]: LonLat, [lon2, lat2]: LonLat): number {
  return earth.Inverse(lat1, lon1, lat2, lon2, geographic.Geodesic.DISTANCE).s12 ?? 0
}

/** How long a line is from its beginning to each of its points, metres: 0 for the first. */
export function cumulative(points: readonly LonLat[]): number[] {
  let sum = 0
  return points.map((point, i) => (sum += i === 0 ? 0 : distance(points[i - 1]!, point)))
}

/** The area within a closed line of geodesics on the WGS-84 ellipsoid, square metres; 0 for fewer than three points. */
export function enclosed(ring: readonly LonLat[]): number {
  if (ring.length < 3) return 0
  const polygon = earth.Polygon(false)
  for (const [lon, lat] of ring) polygon.AddPoint(lat, lon)
  return Math.abs(polygon.Compute(false, true).area ?? 0)
}
