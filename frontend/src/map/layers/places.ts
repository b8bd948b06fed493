import type { Map as MapLibreMap, PointLike } from 'maplibre-gl'
import { DISTRICT_SOURCE, removeFrom, type MapLayer } from '../layer'
import type { Palette } from '../palette'
import { BUILDINGS_LAYER } from './buildings'
import { FACILITY_LAYERS } from './facilities'

/** A thing of the district's own map. */
export type Place = { kind: 'area'; code: string } | { kind: 'building' | 'facility'; id: number }

/** Which level of area a click on plain ground means, from which zoom to which. */
const LEVELS = [
  ['grid', 14, 24],
  ['community', 11, 14],
  ['subdistrict', 8, 11],
] as const
const AREA_HITS = LEVELS.map(([level]) => `place-hit-${level}`)
const AREA_LINE = 'place-area-line'
const AREA_FILL = 'place-area-fill'
const BUILDING_LINE = 'place-building-line'
const FACILITY_RING = 'place-facility-ring'

/**
 * What of the district is pointed at and what is selected: outlines by the state of features, so that neither loads a tile anew, and
 * the invisible ground that answers "which area was clicked".
 */
export class PlacesLayer implements MapLayer {
  /** The number of an area, which its features in the tiles have; undefined when there is no such area. */
  numberOf: (code: string) => number | undefined = () => undefined
  private map: MapLibreMap | undefined
  private hovered: Place | undefined
  private chosen: Place | undefined

  add(map: MapLibreMap, palette: Palette): void {
    this.map = map
    const area = { source: DISTRICT_SOURCE, 'source-layer': 'area' } as const
    for (const [level, minzoom, maxzoom] of LEVELS)
      map.addLayer({ id: `place-hit-${level}`, type: 'fill', ...area, minzoom, maxzoom, filter: ['==', ['get', 'level'], level], paint: { 'fill-opacity': 0 } })
    map.addLayer({ id: AREA_FILL, type: 'fill', ...area, paint: { 'fill-opacity': byState(0.07, 0.035) } })
    map.addLayer({ id: AREA_LINE, type: 'line', ...area, layout: { 'line-join': 'round' }, paint: { 'line-width': 2, 'line-opacity': byState(1, 0.55) } })
    map.addLayer({
      id: BUILDING_LINE,
      type: 'line',
      source: DISTRICT_SOURCE,
      'source-layer': 'building',
      minzoom: 14,
      paint: { 'line-width': 2, 'line-opacity': byState(1, 0.6) },
    })
    map.addLayer({
      id: FACILITY_RING,
      type: 'circle',
      source: DISTRICT_SOURCE,
      'source-layer': 'facility',
      minzoom: 14,
      paint: { 'circle-radius': 13, 'circle-opacity': 0, 'circle-stroke-width': 2, 'circle-stroke-opacity': byState(1, 0.5) },
    })
    this.paint(map, palette)
    this.mark(this.chosen, 'selected', true)
  }

  paint(map: MapLibreMap, palette: Palette): void {
    map.setPaintProperty(AREA_FILL, 'fill-color', palette.accent)
    map.setPaintProperty(AREA_LINE, 'line-color', palette.accent)
    map.setPaintProperty(BUILDING_LINE, 'line-color', palette.accent)
    map.setPaintProperty(FACILITY_RING, 'circle-stroke-color', palette.accent)
  }

  remove(map: MapLibreMap): void {
    removeFrom(map, [FACILITY_RING, BUILDING_LINE, AREA_LINE, AREA_FILL, ...AREA_HITS])
    this.map = undefined
  }

  /** What lies at a point of the screen: a facility before a building before the area that is large enough to be meant at this zoom. */
  at(point: PointLike): Place | undefined {
    const map = this.map
    if (!map) return undefined
    const layers = [...FACILITY_LAYERS, BUILDINGS_LAYER, ...AREA_HITS]
    const found = map.queryRenderedFeatures(point, { layers })
    const nearest = layers.map((id) => found.find((feature) => feature.layer.id === id)).find((feature) => feature)
    if (!nearest) return undefined
    if (AREA_HITS.includes(nearest.layer.id)) return { kind: 'area', code: String(nearest.properties.code) }
    return { kind: nearest.layer.id === BUILDINGS_LAYER ? 'building' : 'facility', id: Number(nearest.id) }
  }

  /** Outlines what is pointed at; undefined for nothing. */
  hover(place: Place | undefined): void {
    if (samePlace(place, this.hovered)) return
    this.mark(this.hovered, 'hovered', false)
    this.hovered = place
    this.mark(place, 'hovered', true)
  }

  /** Outlines what is selected; undefined for nothing. */
  choose(place: Place | undefined): void {
    this.mark(this.chosen, 'selected', false)
    this.chosen = place
    this.mark(place, 'selected', true)
  }

  private mark(place: Place | undefined, state: 'hovered' | 'selected', on: boolean): void {
    if (!place || !this.map?.getSource(DISTRICT_SOURCE)) return
    const id = place.kind === 'area' ? this.numberOf(place.code) : place.id
    if (id !== undefined) this.map.setFeatureState({ source: DISTRICT_SOURCE, sourceLayer: place.kind, id }, { [state]: on })
  }
}

/** Whether two are the same thing. */
export function samePlace(a: Place | undefined, b: Place | undefined): boolean {
  if (!a || !b) return a === b
  return a.kind === 'area' ? b.kind === 'area' && a.code === b.code : b.kind === a.kind && a.id === b.id
}

function byState(selected: number, hovered: number) {
  return [
    'case',
    ['boolean', ['feature-state', 'selected'], false],
    selected,
    ['boolean', ['feature-state', 'hovered'], false],
    hovered,
    0,
  ] as never
}
