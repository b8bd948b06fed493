import type { ExpressionSpecification, GeoJSONSource, Map as MapLibreMap, PointLike } from 'maplibre-gl'
import { SEVERITIES, type Incident, type Severity } from '@/api/types'
import { iconKey, iconOf } from '@/features/incident/icons'
import { removeFrom, type MapLayer } from '../layer'
import { drawCluster, drawMarker, MARKER_RATIO } from '../marker-image'
import type { Palette } from '../palette'
import { Pulse } from '../pulse'

/** Urgent and critical incidents, and the selected one: each by itself at every zoom. */
const APART = 'incidents'
/** The others: where many stand together, they are counted. */
const COUNTED = 'incidents-counted'
const MARKERS = ['incident-counted', 'incident-marker'] as const
const LABELS = ['incident-counted-label', 'incident-label'] as const
const CLUSTER = 'incident-cluster'
const CLUSTER_COUNT = 'incident-cluster-count'
const PULSE = 'incident-pulse'
const CHOSEN = 'incident-chosen'
/** Below them all, so that what is urgent lies on top. */
const ALL = [CLUSTER, CLUSTER_COUNT, PULSE, CHOSEN, MARKERS[0], LABELS[0], MARKERS[1], LABELS[1]] as const

/** Urgent (2) and critical (3) are never counted together with others. */
const NEVER_COUNTED = SEVERITIES.indexOf('urgent')

/** A number is quieter than what is urgent. */
const CLUSTER_SIZE: ExpressionSpecification = ['interpolate', ['linear'], ['zoom'], 10, 0.58, 13, 0.8]

/** What lies at a point: one incident, or several that are shown as a number. */
export type IncidentHit = { id: number } | { cluster: number; lon: number; lat: number }

/** Open incidents as markers: class icon in the shape of the severity, and how old. */
export class IncidentsLayer implements MapLayer {
  readonly switches = { incidents: ALL }
  private map: MapLibreMap | undefined
  private palette: Palette | undefined
  private incidents: readonly Incident[] = []
  private name: (code: string) => string = (code) => code
  private age: (incident: Incident) => string = () => ''
  private chosen = 0
  private readonly pulse = new Pulse(PULSE)

  add(map: MapLibreMap, palette: Palette): void {
    this.map = map
    this.palette = palette
    map.addSource(APART, { type: 'geojson', data: this.features(true) })
    const clusters = { cluster: true, clusterRadius: 34, clusterMaxZoom: 14, clusterMinPoints: 3, clusterProperties: { worst: ['max', ['get', 'rank']] } }
    map.addSource(COUNTED, { type: 'geojson', data: this.features(false), ...(clusters as object) })
    this.addClusters(map)
    map.addLayer({ id: PULSE, type: 'circle', source: APART, filter: ['==', ['get', 'severity'], 'critical'], paint: { 'circle-opacity': 0 } })
    map.addLayer({ id: CHOSEN, type: 'circle', source: APART, paint: { 'circle-radius': 19, 'circle-opacity': 0, 'circle-stroke-width': 2 } })
    this.addMarkers(map, COUNTED, MARKERS[0], LABELS[0])
    this.addMarkers(map, APART, MARKERS[1], LABELS[1])
    this.paint(map, palette)
    this.choose(this.chosen)
    this.pulse.start(map)
  }

  paint(map: MapLibreMap, palette: Palette): void {
    this.palette = palette
    for (const id of map.listImages()) if (id.startsWith(IMAGE_PREFIX)) map.removeImage(id)
    for (const severity of ['normal', 'attention'] as const)
      map.addImage(CLUSTER_PREFIX + severity, drawCluster(severity, palette), { pixelRatio: MARKER_RATIO })
    map.setPaintProperty(CLUSTER_COUNT, 'text-color', palette.onSeverity)
    map.setPaintProperty(PULSE, 'circle-color', palette.severity.critical)
    map.setPaintProperty(CHOSEN, 'circle-stroke-color', palette.accent)
    for (const label of LABELS) {
      map.setPaintProperty(label, 'text-color', palette.text)
      map.setPaintProperty(label, 'text-halo-color', palette.halo)
    }
    this.update()
  }

  remove(map: MapLibreMap): void {
    this.pulse.stop()
    removeFrom(map, [...ALL].reverse(), [APART, COUNTED])
    this.map = undefined
  }

  /** The incidents to show, how classes are called, and how old one is in words. */
  show(incidents: readonly Incident[], name: (code: string) => string, age: (incident: Incident) => string): void {
    this.incidents = incidents
    this.name = name
    this.age = age
    this.update()
  }

  /** Rings one incident, and takes it out of what is counted; 0 rings none. */
  choose(id: number): void {
    const before = this.chosen
    this.chosen = id
    if (!this.map?.getLayer(CHOSEN)) return
    this.map.setFilter(CHOSEN, ['==', ['get', 'id'], id])
    if (before !== id) this.update()
  }

  /** What lies at a point of the screen; one incident goes before several. */
  at(point: PointLike): IncidentHit | undefined {
    const map = this.map
    if (!map?.getLayer(CLUSTER)) return undefined
    const found = map.queryRenderedFeatures(point, { layers: [...MARKERS, CLUSTER] })
    const one = found.find((f) => f.layer.id !== CLUSTER)
    if (one) return { id: Number(one.properties.id) }
    const several = found[0]
    if (!several) return undefined
    const [lon, lat] = (several.geometry as GeoJSON.Point).coordinates
    return { cluster: Number(several.properties.cluster_id), lon: lon!, lat: lat! }
  }

  /** The zoom at which several incidents come apart. */
  async comesApartAt(cluster: number): Promise<number> {
    return (await this.map?.getSource<GeoJSONSource>(COUNTED)?.getClusterExpansionZoom(cluster)) ?? 15
  }

  /** Fades while the connection is lost. */
  fade(opacity: number): void {
    for (const id of [...MARKERS, CLUSTER]) this.map?.setPaintProperty(id, 'icon-opacity', opacity)
    for (const id of [...LABELS, CLUSTER_COUNT]) this.map?.setPaintProperty(id, 'text-opacity', opacity)
    this.pulse.fade(opacity)
  }

  private addClusters(map: MapLibreMap): void {
    const several = { source: COUNTED, filter: ['has', 'point_count'] as ExpressionSpecification }
    const image: ExpressionSpecification = ['match', ['get', 'worst'], 0, `${CLUSTER_PREFIX}normal`, `${CLUSTER_PREFIX}attention`]
    map.addLayer({ id: CLUSTER, type: 'symbol', ...several, layout: { 'icon-image': image, 'icon-allow-overlap': true, 'icon-size': CLUSTER_SIZE } })
    map.addLayer({
      id: CLUSTER_COUNT,
      type: 'symbol',
      ...several,
      layout: { 'text-field': ['get', 'point_count_abbreviated'], 'text-size': ['interpolate', ['linear'], ['zoom'], 10, 10, 13, 12], 'text-allow-overlap': true, 'text-ignore-placement': true, 'text-offset': [0, 0.08] },
    })
  }

  private addMarkers(map: MapLibreMap, source: string, marker: string, label: string): void {
    const apart = source === APART
    const single: ExpressionSpecification = ['!', ['has', 'point_count']]
    map.addLayer({
      id: marker,
      type: 'symbol',
      source,
      filter: single,
      layout: {
        'icon-image': ['get', 'image'],
        'icon-size': ['interpolate', ['linear'], ['zoom'], 10, apart ? 0.62 : 0.5, 12, apart ? 0.76 : 0.68, 14, 0.9, 17, 1.05],
        'icon-allow-overlap': true,
        'symbol-sort-key': ['get', 'rank'],
      },
    })
    map.addLayer({
      id: label,
      type: 'symbol',
      source,
      filter: single,
      minzoom: 14.5,
      layout: {
        'text-field': ['format', ['get', 'name'], {}, '\n', {}, ['get', 'age'], { 'font-scale': 0.85 }],
        'text-size': 12,
        'text-anchor': 'top',
        'text-offset': [0, 1.5],
        'text-optional': true,
        'symbol-sort-key': ['-', ['get', 'rank']],
      },
      paint: { 'text-halo-width': 1.5 },
    })
  }

  private update(): void {
    if (!this.map || !this.palette) return
    for (const incident of this.incidents) this.supply(this.map, this.palette, incident)
    this.map.getSource<GeoJSONSource>(APART)?.setData(this.features(true))
    this.map.getSource<GeoJSONSource>(COUNTED)?.setData(this.features(false))
    this.pulse.wanted = this.incidents.some((incident) => incident.severity === 'critical')
  }

  /** Draws the image of an incident's marker, if there is none yet. */
  private supply(map: MapLibreMap, palette: Palette, { severity, class: code }: Incident): void {
    const id = imageId(severity, code)
    if (!map.hasImage(id)) map.addImage(id, drawMarker(iconOf(code), severity, palette), { pixelRatio: MARKER_RATIO })
  }

  private features(apart: boolean): GeoJSON.FeatureCollection {
    const shown = this.incidents.filter((incident) => (SEVERITIES.indexOf(incident.severity) >= NEVER_COUNTED || incident.id === this.chosen) === apart)
    return {
      type: 'FeatureCollection',
      features: shown.map((incident) => ({
        type: 'Feature',
        properties: {
          id: incident.id,
          name: this.name(incident.class),
          age: this.age(incident),
          severity: incident.severity,
          rank: SEVERITIES.indexOf(incident.severity),
          image: imageId(incident.severity, incident.class),
        },
        geometry: { type: 'Point', coordinates: [incident.lon, incident.lat] },
      })),
    }
  }
}

const IMAGE_PREFIX = 'incident/'
const CLUSTER_PREFIX = `${IMAGE_PREFIX}cluster/`

function imageId(severity: Severity, code: string): string {
  return `${IMAGE_PREFIX}${severity}/${iconKey(code)}`
}
