import type { GeoJSONSource, Map as MapLibreMap } from 'maplibre-gl'
import { latOf, lonOf, mercatorX, mercatorY } from '../../tracks/mercator'
import type { Tracks } from '../../tracks/tracks'
import { removeFrom, type MapLayer } from '../layer'
import type { Palette } from '../palette'

const SOURCE = 'names'
/** The layer with the names that found a place. */
export const NAMES_LAYER = 'worker-name'
/** From this zoom on there is room for names. */
export const NAMES_FROM = 15
/** How often names follow their markers, ms: a walker makes less than a pixel meanwhile. */
const EVERY = 250
/** As many names as are offered at once; the map shows those that don't overlap. */
const MOST = 160
/** Of several workers in a cell of the screen only one name is offered, CSS pixels. */
const CELL = { width: 56, height: 18 }

/**
 * Names of workers. Which ones are offered is decided four times a second outside of the framework, a bounded number however many walk;
 * the map's own collision test, which knows all other labels, decides which of them are drawn.
 */
export class NamesLayer implements MapLayer {
  readonly switches = { names: [NAMES_LAYER] }
  /** Handle of the selected worker, whose name comes first; 0 for none. */
  chosen = 0
  private map: MapLibreMap | undefined
  private timer: ReturnType<typeof setInterval> | undefined
  private drawnAs = ''
  private empty = true

  /** `name` tells what a worker is called; undefined while that isn't known. */
  constructor(
    private readonly tracks: Tracks,
    private readonly now: () => number,
    private readonly name: (handle: number) => string | undefined,
  ) {}

  add(map: MapLibreMap, palette: Palette): void {
    this.map = map
    map.addSource(SOURCE, { type: 'geojson', data: nothing })
    map.addLayer({
      id: NAMES_LAYER,
      type: 'symbol',
      source: SOURCE,
      minzoom: NAMES_FROM,
      layout: {
        'text-field': ['get', 'name'],
        'text-size': 12,
        'text-anchor': 'top',
        'text-offset': [0, 0.95],
        'text-max-width': 20,
        'symbol-sort-key': ['get', 'rank'],
      },
      paint: { 'text-halo-width': 1.5 },
    })
    this.paint(map, palette)
    this.timer = setInterval(() => this.update(), EVERY)
  }

  paint(map: MapLibreMap, palette: Palette): void {
    map.setPaintProperty(NAMES_LAYER, 'text-color', palette.text)
    map.setPaintProperty(NAMES_LAYER, 'text-halo-color', palette.halo)
  }

  remove(map: MapLibreMap): void {
    clearInterval(this.timer)
    removeFrom(map, [NAMES_LAYER], [SOURCE])
    this.map = undefined
  }

  /** Fades while the connection is lost. */
  fade(opacity: number): void {
    this.map?.setPaintProperty(NAMES_LAYER, 'text-opacity', opacity)
  }

  /** Offers the names of those in view, if anything has moved since. */
  update(): void {
    const map = this.map
    if (!map) return
    if (document.hidden || map.getZoom() < NAMES_FROM || map.getLayoutProperty(NAMES_LAYER, 'visibility') === 'none') return this.clear()
    const bounds = map.getBounds()
    const moving = this.tracks.movingUntil > this.now()
    const as = `${this.tracks.revision} ${this.chosen} ${bounds.toString()}`
    if (!moving && as === this.drawnAs) return
    this.drawnAs = as
    this.empty = false
    map.getSource<GeoJSONSource>(SOURCE)?.setData({ type: 'FeatureCollection', features: this.choose(map) })
  }

  private choose(map: MapLibreMap): GeoJSON.Feature[] {
    const bounds = map.getBounds()
    const [west, north] = [mercatorX(bounds.getWest()), mercatorY(bounds.getNorth())]
    const scale = 512 * 2 ** map.getZoom()
    const features: GeoJSON.Feature[] = []
    const taken = new Set<number>()
    let first = this.chosen
    const offer = (handle: number, x: number, y: number): boolean => {
      if (handle === this.chosen && handle !== first) return true
      first = 0
      const column = Math.floor(((x - west) * scale) / CELL.width)
      const row = Math.floor(((y - north) * scale) / CELL.height)
      const cell = row * 4096 + column
      const name = taken.has(cell) ? undefined : this.name(handle)
      if (!name) return true
      taken.add(cell)
      features.push({
        type: 'Feature',
        properties: { id: handle, name, rank: features.length },
        geometry: { type: 'Point', coordinates: [lonOf(x), latOf(y)] },
      })
      return features.length < MOST
    }
    const chosen = this.chosen ? this.tracks.get(this.chosen) : undefined
    if (chosen) offer(this.chosen, mercatorX(chosen.drawnLon), mercatorY(chosen.drawnLat))
    else first = 0
    this.tracks.forEachWithin(west, north, mercatorX(bounds.getEast()), mercatorY(bounds.getSouth()), offer)
    return features
  }

  private clear(): void {
    if (this.empty) return
    this.empty = true
    this.drawnAs = ''
    this.map?.getSource<GeoJSONSource>(SOURCE)?.setData(nothing)
  }
}

const nothing: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] }
