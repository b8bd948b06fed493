import { DISTRICT_SOURCE, removeFrom, type MapLayer } from '../layer'

const LANE = 'street-lane'
const SECONDARY = 'street-secondary'
const MAIN = 'street-main'
const NAME = 'street-name'

/** Streets by class, and their names along them. */
export const streets: MapLayer = {
  switches: { streets: [LANE, SECONDARY, MAIN, NAME] },
  add(map, palette) {
    const base = { source: DISTRICT_SOURCE, 'source-layer': 'street' } as const
    const layout = { 'line-cap': 'round', 'line-join': 'round' } as const
    map.addLayer({
      id: LANE,
      type: 'line',
      ...base,
      minzoom: 14,
      filter: ['==', ['get', 'class'], 'lane'],
      layout,
      paint: { 'line-width': ['interpolate', ['exponential', 1.6], ['zoom'], 14, 0.6, 18, 8] },
    })
    map.addLayer({
      id: SECONDARY,
      type: 'line',
      ...base,
      minzoom: 12,
      filter: ['==', ['get', 'class'], 'secondary'],
      layout,
      paint: { 'line-width': ['interpolate', ['exponential', 1.6], ['zoom'], 12, 0.6, 18, 13] },
    })
    map.addLayer({
      id: MAIN,
      type: 'line',
      ...base,
      minzoom: 10,
      filter: ['==', ['get', 'class'], 'main'],
      layout,
      paint: { 'line-width': ['interpolate', ['exponential', 1.6], ['zoom'], 10, 0.6, 18, 18] },
    })
    map.addLayer({
      id: NAME,
      type: 'symbol',
      ...base,
      minzoom: 14,
      filter: ['has', 'name'],
      layout: {
        'symbol-placement': 'line',
        'symbol-spacing': 420,
        'text-field': ['get', 'name'],
        'text-size': 11,
        'text-letter-spacing': 0.1,
        'text-max-angle': 30,
      },
      paint: { 'text-halo-width': 1.2 },
    })
    streets.paint(map, palette)
  },
  paint(map, palette) {
    map.setPaintProperty(LANE, 'line-color', palette.streetLane)
    map.setPaintProperty(SECONDARY, 'line-color', palette.streetSecondary)
    map.setPaintProperty(MAIN, 'line-color', palette.streetMain)
    map.setPaintProperty(NAME, 'text-color', palette.streetLabel)
    map.setPaintProperty(NAME, 'text-halo-color', palette.halo)
  },
  remove(map) {
    removeFrom(map, [NAME, MAIN, SECONDARY, LANE])
  },
}
