import type { GeoJSONSource, Map as MapLibreMap } from 'maplibre-gl'
import { removeFrom, type MapLayer } from '../layer'
import type { Palette } from '../palette'
import { accuracyRing, trailSegments, type TrailPoint } from '../trail'

const TRAIL = 'trail'
const TRAIL_LINE = 'trail-line'
const TRAIL_GAP = 'trail-gap'
const ACCURACY = 'accuracy'
const ACCURACY_FILL = 'accuracy-fill'
const ACCURACY_LINE = 'accuracy-line'
const PIN = 'pin'
const PIN_RING = 'pin-ring'
const PIN_DOT = 'pin-dot'

/** What belongs to the selected thing: a worker's trail and accuracy, and the place of a report that is being written. */
export class SelectionLayer implements MapLayer {
  readonly switches = { trails: [TRAIL_LINE, TRAIL_GAP] }
  private map: MapLibreMap | undefined

  add(map: MapLibreMap, palette: Palette): void {
    this.map = map
    for (const id of [TRAIL, ACCURACY, PIN]) map.addSource(id, { type: 'geojson', data: nothing })
    map.addLayer({ id: ACCURACY_FILL, type: 'fill', source: ACCURACY, paint: { 'fill-opacity': 0.1 } })
    map.addLayer({ id: ACCURACY_LINE, type: 'line', source: ACCURACY, paint: { 'line-width': 1, 'line-opacity': 0.5 } })
    const layout = { 'line-cap': 'round', 'line-join': 'round' } as const
    const paint = { 'line-width': 2.5, 'line-opacity': ['get', 'opacity'] } as const
    map.addLayer({ id: TRAIL_LINE, type: 'line', source: TRAIL, filter: ['!', ['get', 'gap']], layout, paint: { ...paint } as never })
    map.addLayer({
      id: TRAIL_GAP,
      type: 'line',
      source: TRAIL,
      filter: ['get', 'gap'],
      paint: { ...paint, 'line-width': 1.5, 'line-dasharray': [2, 2.5] } as never,
    })
    map.addLayer({ id: PIN_RING, type: 'circle', source: PIN, paint: { 'circle-radius': 14, 'circle-opacity': 0.15, 'circle-stroke-width': 2 } })
    map.addLayer({ id: PIN_DOT, type: 'circle', source: PIN, paint: { 'circle-radius': 3.5 } })
    this.paint(map, palette)
  }

  paint(map: MapLibreMap, palette: Palette): void {
    map.setPaintProperty(ACCURACY_FILL, 'fill-color', palette.accent)
    for (const id of [ACCURACY_LINE, TRAIL_LINE, TRAIL_GAP]) map.setPaintProperty(id, 'line-color', palette.accent)
    for (const id of [PIN_RING, PIN_DOT]) map.setPaintProperty(id, 'circle-color', palette.accent)
    map.setPaintProperty(PIN_RING, 'circle-stroke-color', palette.accent)
  }

  remove(map: MapLibreMap): void {
    const layers = [PIN_DOT, PIN_RING, TRAIL_GAP, TRAIL_LINE, ACCURACY_LINE, ACCURACY_FILL]
    removeFrom(map, layers, [TRAIL, ACCURACY, PIN])
    this.map = undefined
  }

  /** The trail of the selected worker as of `now` (ms); no points for none. */
  showTrail(points: readonly TrailPoint[], now: number): void {
    this.set(TRAIL, { type: 'FeatureCollection', features: trailSegments(points, now) })
  }

  /** How far from its fix the worker may be, metres; undefined for none. */
  showAccuracy(at: { lon: number; lat: number; metres: number } | undefined): void {
    this.set(ACCURACY, at ? accuracyRing(at.lon, at.lat, at.metres) : nothing)
  }

  /** The place of a report that is being written. */
  showPin(pin: { lon: number; lat: number } | null): void {
    this.set(PIN, pin ? { type: 'Point', coordinates: [pin.lon, pin.lat] } : nothing)
  }

  private set(source: string, data: GeoJSON.GeoJSON): void {
    this.map?.getSource<GeoJSONSource>(source)?.setData(data)
  }
}

const nothing: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] }
