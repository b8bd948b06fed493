import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl'
import type { Palette } from './palette'

/** Layers of a tile by their names in the two open schemas: OpenMapTiles first, Protomaps second. What a tile doesn't have isn't drawn. */
const GREEN = ['landcover', 'landuse'] as const
const WATER = 'water'
const ROADS = ['transportation', 'roads'] as const
const HOUSES = ['building', 'buildings'] as const
const PLACES = ['place', 'places'] as const

const green: ExpressionSpecification = ['in', ['coalesce', ['get', 'class'], ['get', 'kind']], ['literal', ['wood', 'grass', 'park', 'forest', 'farmland', 'garden']]]
const large: ExpressionSpecification = [
  'in',
  ['coalesce', ['get', 'class'], ['get', 'kind']],
  ['literal', ['motorway', 'trunk', 'primary', 'secondary', 'highway', 'major_road']],
]

/** A quiet style for a vector base map, in the page's own colours: the district's things must stand out from it. */
export function vectorLayers(source: string, palette: Palette): LayerSpecification[] {
  const id = (name: string) => `${source}-${name}`
  return [
    ...GREEN.map((layer): LayerSpecification => ({ id: id(layer), type: 'fill', source, 'source-layer': layer, filter: green, paint: { 'fill-color': palette.green } })), // prettier-ignore
    { id: id(WATER), type: 'fill', source, 'source-layer': WATER, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': palette.water } },
    ...HOUSES.map((layer): LayerSpecification => ({ id: id(layer), type: 'fill', source, 'source-layer': layer, minzoom: 14, paint: { 'fill-color': palette.building } })), // prettier-ignore
    ...ROADS.map((layer): LayerSpecification => ({
      id: id(layer),
      type: 'line',
      source,
      'source-layer': layer,
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': ['case', large, palette.streetMain, palette.streetLane], 'line-width': ['interpolate', ['exponential', 1.6], ['zoom'], 9, 0.5, 18, 12] },
    })),
    ...PLACES.map((layer): LayerSpecification => ({
      id: id(layer),
      type: 'symbol',
      source,
      'source-layer': layer,
      layout: { 'text-field': ['coalesce', ['get', 'name:zh'], ['get', 'name']], 'text-size': 12 },
      paint: { 'text-color': palette.areaLabel, 'text-halo-color': palette.halo, 'text-halo-width': 1.2 },
    })),
  ]
}
