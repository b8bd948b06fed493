import { DISTRICT_SOURCE, removeFrom, type MapLayer } from '../layer'

const POINT = 'facility-point'
const NAME = 'facility-name'

/** Places that serve the district: a quiet square, and the name where there is room. */
export const facilities: MapLayer = {
  add(map, palette) {
    const base = { source: DISTRICT_SOURCE, 'source-layer': 'facility' } as const
    map.addLayer({ id: POINT, type: 'circle', ...base, minzoom: 14, paint: { 'circle-radius': 2.5, 'circle-stroke-width': 1 } })
    map.addLayer({
      id: NAME,
      type: 'symbol',
      ...base,
      minzoom: 15.5,
      layout: {
        'text-field': ['get', 'name'],
        'text-size': 11,
        'text-anchor': 'left',
        'text-offset': [0.7, 0],
        'text-max-width': 9,
        'text-optional': true,
      },
      paint: { 'text-halo-width': 1.2 },
    })
    facilities.paint(map, palette)
  },
  paint(map, palette) {
    map.setPaintProperty(POINT, 'circle-color', palette.facility)
    map.setPaintProperty(POINT, 'circle-stroke-color', palette.halo)
    map.setPaintProperty(NAME, 'text-color', palette.facilityLabel)
    map.setPaintProperty(NAME, 'text-halo-color', palette.halo)
  },
  remove(map) {
    removeFrom(map, [NAME, POINT])
  },
}
