import type { GeoJSONSource, Map as MapLibreMap } from 'maplibre-gl'
import type { AreaCount } from '../../realtime/protocol'
import { removeFrom, type MapLayer } from '../layer'

const SOURCE = 'counts'
const DISC = 'count-disc'
const TEXT = 'count-text'

/** Where a count is written, by area code: longitude and latitude. */
export type LabelPoints = ReadonlyMap<string, readonly [number, number]>

/** How many workers are on shift per area, where single ones would be a swarm of dots: the server counts, this draws. */
export class CountsLayer implements MapLayer {
  readonly switches = { counts: [DISC, TEXT] }
  private map: MapLibreMap | undefined
  private points: LabelPoints = new Map()
  private counts: readonly AreaCount[] = []

  add(map: MapLibreMap, palette: Parameters<MapLayer['add']>[1]): void {
    this.map = map
    map.addSource(SOURCE, { type: 'geojson', data: this.features() })
    map.addLayer({
      id: DISC,
      type: 'circle',
      source: SOURCE,
      maxzoom: 13,
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['sqrt', ['get', 'total']], 1, 9, 10, 15, 30, 26],
        'circle-stroke-width': 1.5,
        'circle-opacity': 0.92,
      },
    })
    map.addLayer({
      id: TEXT,
      type: 'symbol',
      source: SOURCE,
      maxzoom: 13,
      // Always drawn itself; names of areas keep clear of it.
      layout: { 'text-field': ['to-string', ['get', 'total']], 'text-size': 12, 'text-allow-overlap': true, 'text-padding': 7 },
    })
    this.paint(map, palette)
  }

  paint(map: MapLibreMap, palette: Parameters<MapLayer['paint']>[1]): void {
    map.setPaintProperty(DISC, 'circle-color', palette.countFill)
    map.setPaintProperty(DISC, 'circle-stroke-color', ['case', ['>', ['get', 'lost'], 0], palette.severity.attention, palette.countLine])
    map.setPaintProperty(TEXT, 'text-color', palette.text)
  }

  remove(map: MapLibreMap): void {
    removeFrom(map, [TEXT, DISC], [SOURCE])
    this.map = undefined
  }

  /** Where areas are written. */
  place(points: LabelPoints): void {
    this.points = points
    this.update()
  }

  /** The newest counts; an empty list when single workers are shown. */
  show(counts: readonly AreaCount[]): void {
    this.counts = counts
    this.update()
  }

  /** Fades while the connection is lost. */
  fade(opacity: number): void {
    this.map?.setPaintProperty(DISC, 'circle-opacity', 0.92 * opacity)
    this.map?.setPaintProperty(DISC, 'circle-stroke-opacity', opacity)
    this.map?.setPaintProperty(TEXT, 'text-opacity', opacity)
  }

  private update(): void {
    this.map?.getSource<GeoJSONSource>(SOURCE)?.setData(this.features())
  }

  private features(): GeoJSON.FeatureCollection {
    return {
      type: 'FeatureCollection',
      features: this.counts.flatMap((count) => {
        const point = this.points.get(count.code)
        const total = count.live + count.stale + count.lost
        if (!point || total === 0) return []
        return [
          {
            type: 'Feature' as const,
            properties: { code: count.code, total, lost: count.lost },
            geometry: { type: 'Point' as const, coordinates: [...point] },
          },
        ]
      }),
    }
  }
}
