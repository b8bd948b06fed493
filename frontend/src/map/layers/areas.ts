import type { ExpressionSpecification, LineLayerSpecification, Map as MapLibreMap } from 'maplibre-gl'
import { DISTRICT_SOURCE, removeFrom, type MapLayer } from '../layer'

const FILL = 'area-fill'
const LINES = ['area-line-grid', 'area-line-community', 'area-line-subdistrict', 'area-line-district'] as const
const LABELS = ['area-label-grid', 'area-label-community', 'area-label-subdistrict'] as const

/** The district's ground, below everything but a base map. */
export const areaGround: MapLayer = {
  add(map, palette) {
    map.addLayer({ id: FILL, type: 'fill', source: DISTRICT_SOURCE, 'source-layer': 'area', filter: ['==', ['get', 'level'], 'district'] })
    areaGround.paint(map, palette)
  },
  paint(map, palette) {
    map.setPaintProperty(FILL, 'fill-color', palette.district)
  },
  remove(map) {
    removeFrom(map, [FILL])
  },
}

/**
 * Boundaries of district, subdistricts, communities and grids. Each level comes in where the eye can use it. They lie above streets,
 * since boundaries follow these.
 */
export const areas: MapLayer = {
  switches: { grids: [LINES[0]], communities: [LINES[1]] },
  add(map, palette) {
    line(map, LINES[0], 'grid', 13, ['interpolate', ['linear'], ['zoom'], 13, 0.4, 17, 1.4], [3, 2])
    line(map, LINES[1], 'community', 10, ['interpolate', ['linear'], ['zoom'], 10, 0.4, 15, 1.6])
    line(map, LINES[2], 'subdistrict', 0, ['interpolate', ['linear'], ['zoom'], 9, 0.8, 15, 2.2])
    line(map, LINES[3], 'district', 0, ['interpolate', ['linear'], ['zoom'], 9, 1.2, 15, 3])
    areas.paint(map, palette)
  },
  paint(map, palette) {
    map.setPaintProperty(LINES[0], 'line-color', palette.areaLine)
    map.setPaintProperty(LINES[1], 'line-color', palette.areaLine)
    map.setPaintProperty(LINES[2], 'line-color', palette.areaLineStrong)
    map.setPaintProperty(LINES[3], 'line-color', palette.areaLineStrong)
  },
  remove(map) {
    removeFrom(map, LINES)
  },
}

type Width = NonNullable<LineLayerSpecification['paint']>['line-width']

function line(map: MapLibreMap, id: string, level: string, minzoom: number, width: Width, dash?: number[]): void {
  map.addLayer({
    id,
    type: 'line',
    source: DISTRICT_SOURCE,
    'source-layer': 'area',
    minzoom,
    filter: ['==', ['get', 'level'], level],
    layout: { 'line-join': 'round' },
    paint: { 'line-width': width, ...(dash ? { 'line-dasharray': dash } : {}) },
  })
}

/** Names of areas: a layer of its own, since names lie above streets and buildings. */
export const areaLabels: MapLayer = {
  switches: { grids: [LABELS[0]], communities: [LABELS[1]] },
  add(map, palette) {
    label(map, LABELS[0], 'grid', 14.6, 24, 11, shortName)
    label(map, LABELS[1], 'community', 12, 16, 12)
    label(map, LABELS[2], 'subdistrict', 9, 12.5, 13)
    areaLabels.paint(map, palette)
  },
  paint(map, palette) {
    for (const id of LABELS) {
      map.setPaintProperty(id, 'text-color', id === LABELS[2] ? palette.areaLabelStrong : palette.areaLabel)
      map.setPaintProperty(id, 'text-halo-color', palette.halo)
    }
  },
  remove(map) {
    removeFrom(map, LABELS)
  },
}

/** A grid's name without its community's, which stands beside it: 岔河社区第3网格 is 第3网格. */
const shortName: ExpressionSpecification = [
  'case',
  ['>', ['index-of', '第', ['get', 'name']], 0],
  ['slice', ['get', 'name'], ['index-of', '第', ['get', 'name']]],
  ['get', 'name'],
]

function label(map: MapLibreMap, id: string, level: string, minzoom: number, maxzoom: number, size: number, name: ExpressionSpecification = ['get', 'name']): void {
  map.addLayer({
    id,
    type: 'symbol',
    source: DISTRICT_SOURCE,
    'source-layer': 'area_label',
    minzoom,
    maxzoom,
    filter: ['==', ['get', 'level'], level],
    layout: {
      'text-field': name,
      'text-size': size,
      'text-max-width': 8,
      'text-padding': 6,
      // Counts and markers stand where they must; a name finds a place beside them.
      'text-variable-anchor': ['center', 'bottom', 'top', 'left', 'right'],
      'text-radial-offset': 1.3,
    },
    paint: { 'text-halo-width': 1.4, 'text-halo-blur': 0.4 },
  })
}

