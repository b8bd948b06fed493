import type { ExpressionSpecification, FilterSpecification, Map as MapLibreMap } from 'maplibre-gl'
import { DISTRICT_SOURCE, removeFrom, type MapLayer } from '../layer'
import { drawPlace, MARKER_RATIO } from '../marker-image'
import type { Palette } from '../palette'
import { MAJOR_KINDS, PLACE_KINDS, placeIcon } from '../place-icons'

const MINOR = 'facility-minor'
const MAJOR = 'facility-major'
const PREFIX = 'place/'
const OTHER = 'other'

/** The layers that answer "which place was clicked". */
export const FACILITY_LAYERS = [MAJOR, MINOR] as const

const image: ExpressionSpecification = ['concat', PREFIX, ['match', ['get', 'kind'], PLACE_KINDS, ['get', 'kind'], OTHER]]
const isMajor: ExpressionSpecification = ['in', ['get', 'kind'], ['literal', MAJOR_KINDS]]

/** Places that serve the district, by kind: the ones that people look for first, the many small ones only close up. Names where there is room. */
export const facilities: MapLayer = {
  switches: { facilities: [MINOR, MAJOR] },
  add(map, palette) {
    draw(map, palette)
    add(map, MINOR, 16, ['!', isMajor], 17)
    add(map, MAJOR, 14.2, isMajor, 15.6)
    facilities.paint(map, palette)
  },
  paint(map, palette) {
    draw(map, palette)
    for (const id of FACILITY_LAYERS) {
      map.setPaintProperty(id, 'text-color', palette.facilityLabel)
      map.setPaintProperty(id, 'text-halo-color', palette.halo)
    }
  },
  remove(map) {
    removeFrom(map, FACILITY_LAYERS)
  },
}

/** Draws the images anew in a palette. */
function draw(map: MapLibreMap, palette: Palette): void {
  for (const kind of [...PLACE_KINDS, OTHER]) {
    const id = PREFIX + kind
    const drawn = drawPlace(placeIcon(kind), palette)
    if (map.hasImage(id)) map.updateImage(id, drawn)
    else map.addImage(id, drawn, { pixelRatio: MARKER_RATIO })
  }
}

function add(map: MapLibreMap, id: string, minzoom: number, filter: FilterSpecification, namesFrom: number): void {
  map.addLayer({
    id,
    type: 'symbol',
    source: DISTRICT_SOURCE,
    'source-layer': 'facility',
    minzoom,
    filter,
    layout: {
      'icon-image': image,
      'icon-padding': 3,
      'text-field': ['step', ['zoom'], '', namesFrom, ['get', 'name']],
      'text-size': 11,
      'text-anchor': 'left',
      'text-offset': [1, 0],
      'text-max-width': 9,
      'text-optional': true,
    },
    paint: { 'text-halo-width': 1.2 },
  })
}
