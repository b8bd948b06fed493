import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import type { Selection } from '@/stores/selection'

/** Place and zoom of the map. */
export interface Camera {
  lon: number
  lat: number
  zoom: number
}

/** What the address bar holds of a console: a link reproduces it. */
export interface Address {
  camera: Camera | undefined
  selected: Selection | null
  /** The incident list's filter, as features/incident/filter.ts writes it; empty for everything. */
  filter: string
}

/** Reads `?at=116.30120,37.45210,14.20&select=incident-42&filter=severity:urgent`; what doesn't make sense counts as absent. */
export function readAddress(query: LocationQuery): Address {
  return { camera: readCamera(query.at), selected: readSelection(query.select), filter: typeof query.filter === 'string' ? query.filter : '' }
}

/** Writes what {@link readAddress} reads. */
export function writeAddress({ camera, selected, filter }: Address): LocationQueryRaw {
  return {
    ...(camera ? { at: `${camera.lon.toFixed(5)},${camera.lat.toFixed(5)},${camera.zoom.toFixed(2)}` } : {}),
    ...(selected ? { select: `${selected.kind}-${selected.kind === 'area' ? selected.code : selected.id}` } : {}),
    ...(filter ? { filter } : {}),
  }
}

function readCamera(at: LocationQuery[string] | undefined): Camera | undefined {
  if (typeof at !== 'string') return undefined
  const numbers = at.split(',').map((n) => (n.trim() === '' ? NaN : Number(n)))
  const [lon, lat, zoom] = numbers
  if (numbers.length !== 3 || numbers.some((n) => !Number.isFinite(n))) return undefined
  if (Math.abs(lon!) > 180 || Math.abs(lat!) > 85 || zoom! < 0 || zoom! > 22) return undefined
  return { lon: lon!, lat: lat!, zoom: zoom! }
}

function readSelection(select: LocationQuery[string] | undefined): Selection | null {
  if (typeof select !== 'string') return null
  const area = /^area-(\d{6}|\d{9}|\d{12}|\d{16})$/.exec(select)
  if (area) return { kind: 'area', code: area[1]! }
  const other = /^(incident|worker|building|facility)-([1-9]\d{0,14})$/.exec(select)
  return other ? { kind: other[1] as 'incident' | 'worker' | 'building' | 'facility', id: Number(other[2]) } : null
}
