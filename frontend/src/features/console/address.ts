import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import { SWITCHES, type Switch } from '@/map/layer'
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
  /** What of the map is switched off, in the panel's order. */
  off: readonly Switch[]
  /** Name of the base map; "none" for the offline one. */
  base: string
  /** The incident list's filter, as features/incident/filter.ts writes it; empty for everything. */
  filter: string
}

/**
 * Reads `?at=116.30120,37.45210,14.20&select=incident-42&off=names,streets&base=city&filter=severity:urgent`; what doesn't make sense
 * counts as absent.
 */
export function readAddress(query: LocationQuery): Address {
  return {
    camera: readCamera(query.at),
    selected: readSelection(query.select),
    off: readOff(query.off),
    base: readBase(query.base),
    filter: typeof query.filter === 'string' ? query.filter : '',
  }
}

/** Writes what {@link readAddress} reads. */
export function writeAddress({ camera, selected, off, base, filter }: Address): LocationQueryRaw {
  return {
    ...(camera ? { at: `${camera.lon.toFixed(5)},${camera.lat.toFixed(5)},${camera.zoom.toFixed(2)}` } : {}),
    ...(selected ? { select: `${selected.kind}-${selected.kind === 'area' ? selected.code : selected.id}` } : {}),
    ...(off.length > 0 ? { off: off.join(',') } : {}),
    ...(base === 'none' ? {} : { base }),
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

function readOff(off: LocationQuery[string] | undefined): readonly Switch[] {
  const names = typeof off === 'string' ? off.split(',') : []
  return SWITCHES.filter((name) => names.includes(name))
}

function readBase(base: LocationQuery[string] | undefined): string {
  return typeof base === 'string' && /^[a-z0-9][a-z0-9-]{0,39}$/.test(base) ? base : 'none'
}
