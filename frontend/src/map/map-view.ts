import { Map as MapLibreMap, ScaleControl, setWorkerUrl, type MapMouseEvent } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url'
import type { Bbox } from '@/realtime/protocol'
import { mercatorX, mercatorY } from '@/tracks/mercator'
import type { Tracks } from '@/tracks/tracks'
import type { Basemap } from '@/api/types'
import { CameraHistory } from './camera-history'
import { DISTRICT_SOURCE, type MapLayer, type Switch } from './layer'
import { areaGround, areaLabels, areas } from './layers/areas'
import { BaseLayer } from './layers/base'
import { buildingNames, buildings } from './layers/buildings'
import { CountsLayer } from './layers/counts'
import { facilities } from './layers/facilities'
import { IncidentsLayer } from './layers/incidents'
import { NamesLayer } from './layers/names'
import { PlacesLayer, type Place } from './layers/places'
import { SelectionLayer } from './layers/selection'
import { SketchLayer } from './layers/sketch'
import { streets } from './layers/streets'
import { WorkersLayer } from './layers/workers'
import { palettes, type Theme } from './palette'
import { Sketching, type Sketch } from './sketching'

setWorkerUrl(workerUrl)

/** How near to a marker a click counts, CSS pixels. */
const REACH = 14
/** Zoom to which the map goes for a thing that is out of view. */
const CLOSE_UP = 15.5
/** Opacity of what moves while the connection is lost. */
const FADED = 0.35

/** How far an arrow key moves the map, CSS pixels. */
const PAN = 120

/** What was clicked. */
export type Hit = { kind: 'incident' | 'worker'; id: number } | Place | { kind: 'place'; lon: number; lat: number }

export interface MapViewOptions {
  container: HTMLElement
  theme: Theme
  tracks: Tracks
  /** The server's clock, ms. */
  now: () => number
  /** What a worker is called; undefined while that isn't known. */
  nameOf: (handle: number) => string | undefined
  /** Where to look at first. */
  camera: { lon: number; lat: number; zoom: number } | { bounds: Bbox }
  onClick: (hit: Hit) => void
  /** The view has come to rest, or has moved a good deal. */
  onView: (view: { bbox: Bbox; zoom: number }) => void
  /** The person drags the map. */
  onDrag?: () => void
  /** Camera after each movement, for the address bar. */
  onCamera: (camera: { lon: number; lat: number; zoom: number }) => void
  /** What is being drawn; undefined when nothing is any more. */
  onSketch: (sketch: Sketch | undefined) => void
}

/** The map of the console: the base, its layers in drawing order, and the gestures. Knows nothing of the framework. */
export class MapView {
  readonly map: MapLibreMap
  readonly counts = new CountsLayer()
  readonly incidents = new IncidentsLayer()
  readonly selection = new SelectionLayer()
  readonly places = new PlacesLayer()
  readonly base = new BaseLayer('street-lane')
  readonly sketch = new SketchLayer()
  readonly workers: WorkersLayer
  readonly names: NamesLayer
  readonly sketching: Sketching
  readonly history = new CameraHistory()
  /** Resolves when all layers are there. */
  readonly ready: Promise<void>
  private readonly layers: readonly MapLayer[]
  private theme: Theme
  private padding = { left: 0, right: 0, top: 0, bottom: 0 }
  private picking = false
  private hovering = 0

  constructor(private readonly options: MapViewOptions) {
    this.theme = options.theme
    this.workers = new WorkersLayer(options.tracks, options.now)
    this.workers.onDrawn = (now) => options.tracks.lag.drawn(now)
    options.tracks.onChange = () => this.workers.refresh()
    this.names = new NamesLayer(options.tracks, options.now, options.nameOf)
    this.layers = [
      areaGround, this.base, streets, buildings, areas, this.places, buildingNames, facilities, areaLabels,
      this.selection, this.counts, this.workers, this.names, this.incidents, this.sketch,
    ] // prettier-ignore
    this.map = this.createMap()
    this.sketching = new Sketching(this.map, () => {
      const { lon, lat } = this.centre()
      return [lon, lat]
    })
    this.sketching.onChange = (sketch) => {
      this.sketch.show(sketch)
      options.onSketch(sketch)
    }
    this.ready = new Promise((resolve) => {
      this.map.once('style.load', () => {
        for (const layer of this.layers) layer.add(this.map, palettes[this.theme])
        resolve()
      })
    })
    this.listen()
    // The view that the page was opened with is the first to come back to; one that is still being fitted counts when it rests.
    void this.ready.then(() => this.map.isMoving() || this.history.visit(this.camera(), performance.now()))
  }

  /** Paints everything in another theme. */
  async setTheme(theme: Theme): Promise<void> {
    this.theme = theme
    await this.ready
    this.map.setPaintProperty('ground', 'background-color', palettes[theme].ground)
    for (const layer of this.layers) layer.paint(this.map, palettes[theme])
  }

  /** How much of the map's edges panels cover, CSS pixels: "in view" means beside them. */
  setPadding(padding: { left: number; right: number; top: number; bottom: number }): void {
    this.padding = padding
  }

  /** While a place is being picked, a click means the place and not what lies there. */
  setPicking(picking: boolean): void {
    this.picking = picking
    this.map.getCanvas().style.cursor = picking ? 'crosshair' : ''
  }

  /** Fades what comes from the server while the connection is lost. */
  async setLost(lost: boolean): Promise<void> {
    await this.ready
    this.workers.opacity = lost ? FADED : 1
    this.names.fade(lost ? FADED : 1)
    this.incidents.fade(lost ? FADED : 1)
    this.counts.fade(lost ? FADED : 1)
    this.workers.refresh()
  }

  /** Shows or hides what a switch stands for. */
  async setSwitch(name: Switch, on: boolean): Promise<void> {
    await this.ready
    for (const layer of this.layers)
      for (const id of layer.switches?.[name] ?? []) this.map.setLayoutProperty(id, 'visibility', on ? 'visible' : 'none')
  }

  /** Puts a base map under the district; undefined for none. Throws when it cannot be read. */
  async setBase(base: Basemap | undefined): Promise<void> {
    await this.ready
    await this.base.show(base)
  }

  /** Moves the map, but only if the place is out of view; `always` goes close in any case. */
  reveal(lon: number, lat: number, always = false): void {
    const { x, y } = this.map.project([lon, lat])
    const { clientWidth, clientHeight } = this.map.getContainer()
    const margin = 40
    const { left, right, top, bottom } = this.padding
    const inView = x > left + margin && x < clientWidth - right - margin && y > top + margin && y < clientHeight - bottom - margin
    if (inView && !always) return
    const zoom = always || this.map.getZoom() < 11 ? Math.max(this.map.getZoom(), CLOSE_UP) : this.map.getZoom()
    this.map.easeTo({ center: [lon, lat], zoom, offset: [(left - right) / 2, (top - bottom) / 2], duration: this.still() ? 0 : 500 })
  }

  /** Shows a whole extent, unless it is in view as it is and not tiny. */
  revealExtent([west, south, east, north]: Bbox, always = false): void {
    const bounds = this.map.getBounds()
    const inView = bounds.contains([west, south]) && bounds.contains([east, north])
    const share = (east - west) / (bounds.getEast() - bounds.getWest())
    if (always || !inView || share < 0.05) this.fit([west, south, east, north])
  }

  /** Glides after what moves, once a second, until the returned function is called; the person's own zooming isn't disturbed. */
  follow(where: () => { lon: number; lat: number } | undefined): () => void {
    const glide = () => {
      const at = where()
      if (!at || this.map.isZooming()) return
      const { left, right, top, bottom } = this.padding
      this.map.easeTo({ center: [at.lon, at.lat], offset: [(left - right) / 2, (top - bottom) / 2], duration: this.still() ? 0 : 1000, easing: (t) => t })
    }
    glide()
    const timer = setInterval(glide, 1000)
    return () => clearInterval(timer)
  }

  /** Shows a whole extent. */
  fit([west, south, east, north]: Bbox): void {
    const padding = { left: this.padding.left + 24, right: this.padding.right + 24, top: this.padding.top + 24, bottom: this.padding.bottom + 24 }
    this.map.fitBounds([[west, south], [east, north]], { padding, duration: this.still() ? 0 : 500 }) // prettier-ignore
  }

  zoomBy(steps: number): void {
    this.map.easeTo({ zoom: this.map.getZoom() + steps, duration: this.still() ? 0 : 200 })
  }

  /** Moves the map by so many steps eastwards and southwards. */
  pan(east: number, south: number): void {
    this.map.panBy([east * PAN, south * PAN], { duration: this.still() ? 0 : 200 })
  }

  /** Goes to the view before (−1) or after (1) this one, if there is one. */
  travel(step: -1 | 1): void {
    const view = step < 0 ? this.history.back() : this.history.forward()
    if (view) this.map.easeTo({ center: [view.lon, view.lat], zoom: view.zoom, duration: this.still() ? 0 : 350 })
  }

  /** The middle of what isn't covered by panels. */
  centre(): { lon: number; lat: number } {
    const { clientWidth, clientHeight } = this.map.getContainer()
    const { left, right, top, bottom } = this.padding
    const { lng, lat } = this.map.unproject([(left + clientWidth - right) / 2, (top + clientHeight - bottom) / 2])
    return { lon: lng, lat }
  }

  /** Takes the map away. */
  destroy(): void {
    cancelAnimationFrame(this.hovering)
    this.options.tracks.onChange = undefined
    for (const layer of [this.names, this.incidents]) layer.remove(this.map)
    this.map.remove()
  }

  private createMap(): MapLibreMap {
    const { camera, container } = this.options
    const start =
      'bounds' in camera
        ? { bounds: camera.bounds, fitBoundsOptions: { padding: 24 } }
        : { center: [camera.lon, camera.lat] as [number, number], zoom: camera.zoom }
    return new MapLibreMap({
      container,
      ...start,
      minZoom: 7,
      maxZoom: 19,
      dragRotate: false,
      pitchWithRotate: false,
      attributionControl: false,
      fadeDuration: this.still() ? 0 : 150,
      // Labels are drawn with the system's fonts: nothing is fetched from elsewhere.
      localIdeographFontFamily: 'system-ui, "Noto Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif',
      style: {
        version: 8,
        sources: {
          [DISTRICT_SOURCE]: { type: 'vector', tiles: [`${location.origin}/api/v1/tiles/{z}/{x}/{y}`], minzoom: 8, maxzoom: 16 },
        },
        layers: [{ id: 'ground', type: 'background', paint: { 'background-color': palettes[this.theme].ground } }],
      },
    })
  }

  private listen(): void {
    const map = this.map
    map.touchZoomRotate.disableRotation()
    map.keyboard.disableRotation()
    map.addControl(new ScaleControl({ maxWidth: 96 }), 'bottom-left')
    map.on('click', (event) => this.click(event))
    map.on('mousemove', (event) => this.hover(event))
    map.on('mouseout', () => this.places.hover(undefined))
    map.on('dragstart', () => this.options.onDrag?.())
    map.on('move', () => this.tellView())
    map.on('moveend', () => {
      const camera = this.camera()
      this.history.visit(camera, performance.now())
      this.options.onCamera(camera)
      this.tellView()
    })
    map.once('load', () => this.tellView())
  }

  private camera(): { lon: number; lat: number; zoom: number } {
    const { lng, lat } = this.map.getCenter()
    return { lon: lng, lat, zoom: this.map.getZoom() }
  }

  private tellView(): void {
    const bounds = this.map.getBounds()
    this.options.onView({
      bbox: [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()],
      zoom: Math.round(this.map.getZoom() * 100) / 100,
    })
  }

  private click(event: MapMouseEvent): void {
    if (this.sketching.active) return
    const hit = this.hit(event)
    if (hit.kind === 'cluster') void this.open(hit)
    else this.options.onClick(hit)
  }

  /** Goes so close that incidents which are counted together come apart. */
  private async open({ id, lon, lat }: { id: number; lon: number; lat: number }): Promise<void> {
    const zoom = await this.incidents.comesApartAt(id)
    this.map.easeTo({ center: [lon, lat], zoom: Math.min(zoom + 0.2, 19), duration: this.still() ? 0 : 500 })
  }

  private hit(event: MapMouseEvent): Hit | { kind: 'cluster'; id: number; lon: number; lat: number } {
    const place = { kind: 'place', lon: event.lngLat.lng, lat: event.lngLat.lat } as const
    if (this.picking) return place
    const incident = this.incidents.at(event.point)
    if (incident) return 'id' in incident ? { kind: 'incident', id: incident.id } : { kind: 'cluster', ...incident, id: incident.cluster }
    const worker = this.workerAt(event)
    return worker > 0 ? { kind: 'worker', id: worker } : (this.places.at(event.point) ?? place)
  }

  private workerAt(event: MapMouseEvent): number {
    if (!this.map.getLayer('workers') || this.map.getLayoutProperty('workers', 'visibility') === 'none') return 0
    const world = 512 * 2 ** this.map.getZoom()
    return this.options.tracks.nearest(mercatorX(event.lngLat.lng), mercatorY(event.lngLat.lat), REACH / world)
  }

  /** What is pointed at is looked for once per frame at most, however fast the mouse is. */
  private hover(event: MapMouseEvent): void {
    if (this.picking || this.sketching.active) return this.places.hover(undefined)
    cancelAnimationFrame(this.hovering)
    this.hovering = requestAnimationFrame(() => {
      if (this.sketching.active || this.map.isMoving()) return
      const hit = this.hit(event)
      const district = hit.kind === 'area' || hit.kind === 'building' || hit.kind === 'facility'
      this.places.hover(district ? hit : undefined)
      this.map.getCanvas().style.cursor = hit.kind === 'place' || hit.kind === 'area' ? '' : 'pointer'
    })
  }

  private still(): boolean {
    return matchMedia('(prefers-reduced-motion: reduce)').matches
  }
}
