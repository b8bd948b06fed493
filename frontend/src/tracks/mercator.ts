/** Web Mercator as MapLibre uses it: the world is the square [0, 1] × [0, 1], x eastwards, y southwards. */

const DEGREES = 180 / Math.PI

/** Longitude in degrees to x. */
export function mercatorX(lon: number): number {
  return (180 + lon) / 360
}

/** Latitude in degrees to y. */
export function mercatorY(lat: number): number {
  return (180 - DEGREES * Math.log(Math.tan(Math.PI / 4 + lat / DEGREES / 2))) / 360
}

/** x to longitude in degrees. */
export function lonOf(x: number): number {
  return x * 360 - 180
}

/** y to latitude in degrees. */
export function latOf(y: number): number {
  return 2 * DEGREES * Math.atan(Math.exp((180 - y * 360) / DEGREES)) - 90
}

/** Length of a Mercator unit at the equator, where it is longest, metres. */
export const EQUATOR = 40_075_016.686

/** Length of a Mercator unit at a latitude, metres. */
export function metresPerUnit(lat: number): number {
  return EQUATOR * Math.cos(lat / DEGREES)
}
