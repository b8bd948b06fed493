import type { GeoJSONSource, Map as MapLibreMap } from 'maplibre-gl'
import { SEVERITIES, type Incident, type Severity } from '@/api/types'
import { iconKey, iconOf } from '@/features/incident/icons'
import { removeFrom, type MapLayer } from '../layer'
import { drawMarker, MARKER_RATIO } from '../marker-image'
import type { Palette } from '../palette'

const SOURCE = 'incidents'
/** The layer that answers "what was clicked". */
export const INCIDENTS_LAYER = 'incident-marker'
const CHOSEN = 'incident-chosen'
const LABEL = 'incident-label'

/** Open incidents as markers; they stay at every zoom. The worse ones lie on top. */
export class IncidentsLayer implements MapLayer {
  private map: MapLibreMap | undefined
  private palette: Palette | undefined
  private incidents: readonly Incident[] = []
  private name: (code: string) => string = (code) => code
  private chosen = 0

  add(map: MapLibreMap, palette: Palette): void {
    this.map = map
    this.palette = palette
    map.addSource(SOURCE, { type: 'geojson', data: this.features() })
    map.addLayer({
      id: CHOSEN,
      type: 'circle',
      source: SOURCE,
      paint: { 'circle-radius': 19, 'circle-opacity': 0, 'circle-stroke-width': 2 },
    })
    map.addLayer({
      id: INCIDENTS_LAYER,
      type: 'symbol',
      source: SOURCE,
      layout: {
        'icon-image': ['get', 'image'],
        'icon-size': ['interpolate', ['linear'], ['zoom'], 10, 0.5, 12, 0.68, 14, 0.9, 17, 1.05],
        'icon-allow-overlap': true,
        'symbol-sort-key': ['get', 'rank'],
      },
    })
    map.addLayer({
      id: LABEL,
      type: 'symbol',
      source: SOURCE,
      minzoom: 15,
      layout: {
        'text-field': ['get', 'name'],
        'text-size': 12,
        'text-anchor': 'top',
        'text-offset': [0, 1.6],
        'text-optional': true,
        'symbol-sort-key': ['-', ['get', 'rank']],
      },
      paint: { 'text-halo-width': 1.5 },
    })
    this.paint(map, palette)
    this.choose(this.chosen)
  }

  paint(map: MapLibreMap, palette: Palette): void {
    this.palette = palette
    for (const id of map.listImages()) if (id.startsWith(IMAGE_PREFIX)) map.removeImage(id)
    map.setPaintProperty(CHOSEN, 'circle-stroke-color', palette.accent)
    map.setPaintProperty(LABEL, 'text-color', palette.text)
    map.setPaintProperty(LABEL, 'text-halo-color', palette.halo)
    this.update()
  }

  remove(map: MapLibreMap): void {
    removeFrom(map, [LABEL, INCIDENTS_LAYER, CHOSEN], [SOURCE])
    this.map = undefined
  }

  /** The incidents to show, and how classes are called. */
  show(incidents: readonly Incident[], name: (code: string) => string): void {
    this.incidents = incidents
    this.name = name
    this.update()
  }

  /** Rings one incident; 0 rings none. */
  choose(id: number): void {
    this.chosen = id
    if (this.map?.getLayer(CHOSEN)) this.map.setFilter(CHOSEN, ['==', ['get', 'id'], id])
  }

  /** Fades while the connection is lost. */
  fade(opacity: number): void {
    this.map?.setPaintProperty(INCIDENTS_LAYER, 'icon-opacity', opacity)
    this.map?.setPaintProperty(LABEL, 'text-opacity', opacity)
  }

  private update(): void {
    if (!this.map || !this.palette) return
    for (const incident of this.incidents) this.supply(this.map, this.palette, incident)
    this.map.getSource<GeoJSONSource>(SOURCE)?.setData(this.features())
  }

  /** Draws the image of an incident's marker, if there is none yet. */
  private supply(map: MapLibreMap, palette: Palette, { severity, class: code }: Incident): void {
    const id = imageId(severity, code)
    if (!map.hasImage(id)) map.addImage(id, drawMarker(iconOf(code), severity, palette), { pixelRatio: MARKER_RATIO })
  }

  private features(): GeoJSON.FeatureCollection {
    return {
      type: 'FeatureCollection',
      features: this.incidents.map((incident) => ({
        type: 'Feature',
        properties: {
          id: incident.id,
          name: this.name(incident.class),
          rank: SEVERITIES.indexOf(incident.severity),
          image: imageId(incident.severity, incident.class),
        },
        geometry: { type: 'Point', coordinates: [incident.lon, incident.lat] },
      })),
    }
  }
}

const IMAGE_PREFIX = 'incident/'

function imageId(severity: Severity, code: string): string {
  return `${IMAGE_PREFIX}${severity}/${iconKey(code)}`
}
