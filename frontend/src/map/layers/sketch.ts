import type { GeoJSONSource, Map as MapLibreMap } from 'maplibre-gl'
import { cumulative, enclosed, type LonLat } from '../geodesic'
import { removeFrom, type MapLayer } from '../layer'
import type { Palette } from '../palette'
import { outline, type Sketch } from '../sketching'

const SOURCE = 'sketch'
const FILL = 'sketch-fill'
const LINE = 'sketch-line'
const POINT = 'sketch-point'
const LABEL = 'sketch-label'

/** How figures are written on the map, in the reader's language. */
export interface MeasureWords {
  length(metres: number): string
  area(squareMetres: number): string
}

/** What is being measured or drawn around, with its figures. */
export class SketchLayer implements MapLayer {
  words: MeasureWords = { length: (m) => `${m.toFixed(0)} m`, area: (m) => `${m.toFixed(0)} m²` }
  private map: MapLibreMap | undefined
  private sketch: Sketch | undefined

  add(map: MapLibreMap, palette: Palette): void {
    this.map = map
    map.addSource(SOURCE, { type: 'geojson', data: this.features() })
    map.addLayer({ id: FILL, type: 'fill', source: SOURCE, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-opacity': 0.1 } })
    map.addLayer({
      id: LINE,
      type: 'line',
      source: SOURCE,
      filter: ['!=', ['geometry-type'], 'Point'],
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-width': 2 },
    })
    map.addLayer({
      id: POINT,
      type: 'circle',
      source: SOURCE,
      filter: ['all', ['==', ['geometry-type'], 'Point'], ['get', 'dot']],
      paint: { 'circle-radius': 4, 'circle-stroke-width': 2 },
    })
    map.addLayer({
      id: LABEL,
      type: 'symbol',
      source: SOURCE,
      filter: ['has', 'label'],
      layout: { 'text-field': ['get', 'label'], 'text-size': 13, 'text-anchor': 'bottom', 'text-offset': [0, -0.7], 'symbol-sort-key': ['get', 'rank'] },
      paint: { 'text-halo-width': 2 },
    })
    this.paint(map, palette)
  }

  paint(map: MapLibreMap, palette: Palette): void {
    map.setPaintProperty(FILL, 'fill-color', palette.accent)
    map.setPaintProperty(LINE, 'line-color', palette.accent)
    map.setPaintProperty(POINT, 'circle-color', palette.halo)
    map.setPaintProperty(POINT, 'circle-stroke-color', palette.accent)
    map.setPaintProperty(LABEL, 'text-color', palette.text)
    map.setPaintProperty(LABEL, 'text-halo-color', palette.halo)
  }

  remove(map: MapLibreMap): void {
    removeFrom(map, [LABEL, POINT, LINE, FILL], [SOURCE])
    this.map = undefined
  }

  /** Shows what is drawn; undefined for nothing. */
  show(sketch: Sketch | undefined): void {
    this.sketch = sketch
    this.map?.getSource<GeoJSONSource>(SOURCE)?.setData(this.features())
  }

  private features(): GeoJSON.FeatureCollection {
    const sketch = this.sketch
    if (!sketch) return { type: 'FeatureCollection', features: [] }
    const ring = outline(sketch)
    const features: GeoJSON.Feature[] = sketch.tool === 'ruler' ? this.ruler(ring) : shape(ring)
    if (sketch.tool === 'area') features.push(...this.measured(ring, sketch))
    if (sketch.byKeys && sketch.cursor) features.push(dot(sketch.cursor))
    return { type: 'FeatureCollection', features }
  }

  private ruler(line: readonly LonLat[]): GeoJSON.Feature[] {
    const sums = cumulative(line)
    const dots = line.map((at, i) => dot(at, i === 0 ? undefined : this.words.length(sums[i]!), -i))
    return line.length > 1 ? [feature({ type: 'LineString', coordinates: line as [number, number][] }), ...dots] : dots
  }

  private measured(ring: readonly LonLat[], sketch: Sketch): GeoJSON.Feature[] {
    const middle: LonLat = [mean(ring.map((p) => p[0])), mean(ring.map((p) => p[1]))]
    const figure = ring.length < 3 ? [] : [feature({ type: 'Point', coordinates: [...middle] }, { dot: false, rank: 0, label: this.words.area(enclosed(ring)) })]
    return [...sketch.points.map((at) => dot(at)), ...figure]
  }
}

function shape(ring: readonly LonLat[]): GeoJSON.Feature[] {
  if (ring.length < 2) return []
  const corners = ring as [number, number][]
  if (ring.length === 2) return [feature({ type: 'LineString', coordinates: corners })]
  return [feature({ type: 'Polygon', coordinates: [[...corners, corners[0]!]] })]
}

function dot(at: LonLat, label?: string, rank = 0): GeoJSON.Feature {
  return feature({ type: 'Point', coordinates: [...at] }, { dot: true, rank, ...(label ? { label } : {}) })
}

function feature(geometry: GeoJSON.Geometry, properties: Record<string, unknown> = {}): GeoJSON.Feature {
  return { type: 'Feature', properties, geometry }
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0) / numbers.length
}
