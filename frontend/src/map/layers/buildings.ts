import { DISTRICT_SOURCE, removeFrom, type MapLayer } from '../layer'

const FILL = 'building-fill'
const LINE = 'building-line'
/** The layer that answers "which house was clicked". */
export const BUILDINGS_LAYER = FILL

/** Houses, from the zoom at which a street's houses can be told apart. */
export const buildings: MapLayer = {
  switches: { buildings: [FILL, LINE] },
  add(map, palette) {
    const base = { source: DISTRICT_SOURCE, 'source-layer': 'building', minzoom: 14 } as const
    map.addLayer({ id: FILL, type: 'fill', ...base, paint: { 'fill-opacity': ['interpolate', ['linear'], ['zoom'], 14, 0.3, 15, 1] } })
    map.addLayer({ id: LINE, type: 'line', ...base, minzoom: 15, paint: { 'line-width': 0.6 } })
    buildings.paint(map, palette)
  },
  paint(map, palette) {
    map.setPaintProperty(FILL, 'fill-color', palette.building)
    map.setPaintProperty(LINE, 'line-color', palette.buildingLine)
  },
  remove(map) {
    removeFrom(map, [FILL, LINE])
  },
}

const NAME = 'building-name'

/** Names of houses, close up: above the houses and below everything that moves. */
export const buildingNames: MapLayer = {
  switches: { buildings: [NAME] },
  add(map, palette) {
    map.addLayer({
      id: NAME,
      type: 'symbol',
      source: DISTRICT_SOURCE,
      'source-layer': 'building',
      minzoom: 17,
      layout: { 'text-field': ['get', 'name'], 'text-size': 10.5, 'text-padding': 4 },
    })
    buildingNames.paint(map, palette)
  },
  paint(map, palette) {
    map.setPaintProperty(NAME, 'text-color', palette.facilityLabel)
  },
  remove(map) {
    removeFrom(map, [NAME])
  },
}
