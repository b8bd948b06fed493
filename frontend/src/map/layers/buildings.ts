import { DISTRICT_SOURCE, removeFrom, type MapLayer } from '../layer'

const FILL = 'building-fill'
const LINE = 'building-line'

/** Houses, from the zoom at which a street's houses can be told apart. */
export const buildings: MapLayer = {
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
