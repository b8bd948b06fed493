import type { Map as MapLibreMap, MapMouseEvent, MapTouchEvent } from 'maplibre-gl'
import type { LonLat } from './geodesic'

/** What is drawn: a line that is measured, an area that is measured, a box or a lasso around things. */
export type Tool = 'ruler' | 'area' | 'box' | 'lasso'

/** What has been drawn so far. */
export interface Sketch {
  tool: Tool
  points: readonly LonLat[]
  /** Where the next point would be; undefined while nobody points at the map. */
  cursor: LonLat | undefined
  /** Whether the next point is put by the keyboard, in the middle of the map. */
  byKeys: boolean
  done: boolean
}

/** Points of a lasso nearer to each other than this are one, CSS pixels. */
const STEP = 4

/**
 * Drawing on the map. Rulers and areas are made of clicks and end with a double click; boxes and lassos are dragged. By the keyboard
 * each of them is made of points in the middle of the map, which is moved under it. The map's own gestures stay, but for dragging
 * while a box or a lasso is drawn.
 */
export class Sketching {
  /** Told of every change; undefined when drawing has ended. */
  onChange: (sketch: Sketch | undefined) => void = () => {}
  private sketch: Sketch | undefined
  private dragging = false

  /** `centre` is the middle of what panels don't cover. */
  constructor(
    private readonly map: MapLibreMap,
    private readonly centre: () => LonLat,
  ) {
    map.on('click', (event) => this.click(event))
    map.on('dblclick', (event) => this.doubleClick(event))
    map.on('mousemove', (event) => this.point(event))
    map.on('mousedown', (event) => this.press(event))
    map.on('mouseup', (event) => this.release(event))
    map.on('touchstart', (event) => this.press(event))
    map.on('touchmove', (event) => this.point(event))
    map.on('touchend', (event) => this.release(event))
    map.on('move', () => this.follow())
  }

  /** Whether clicks belong to a drawing. */
  get active(): boolean {
    return this.sketch !== undefined && !this.sketch.done
  }

  /** Begins a drawing; what was drawn before is forgotten. */
  start(tool: Tool): void {
    this.drags(tool, false)
    this.map.doubleClickZoom.disable()
    this.map.getCanvas().style.cursor = 'crosshair'
    this.set({ tool, points: [], cursor: undefined, byKeys: false, done: false })
  }

  /** Ends drawing and forgets what was drawn. */
  stop(): void {
    if (!this.sketch) return
    this.rest()
    this.sketch = undefined
    this.onChange(undefined)
  }

  /** Puts a point in the middle of the map. */
  putInMiddle(): void {
    if (!this.sketch || !this.active) return
    this.add(this.centre(), true)
  }

  /** Takes the last point back. */
  takeBack(): void {
    if (this.sketch && this.active) this.set({ ...this.sketch, points: this.sketch.points.slice(0, -1) })
  }

  /** Ends the drawing with the points that there are; one that isn't enough yet goes on. */
  finish(): void {
    const sketch = this.sketch
    if (!sketch || !this.active || sketch.points.length < (sketch.tool === 'ruler' || sketch.tool === 'box' ? 2 : 3)) return
    this.rest()
    this.set({ ...sketch, cursor: undefined, done: true })
  }

  private add(point: LonLat, byKeys: boolean): void {
    const sketch = this.sketch!
    this.set({ ...sketch, points: [...sketch.points, point], byKeys, cursor: byKeys ? this.centre() : sketch.cursor })
    if (sketch.tool === 'box' && this.sketch!.points.length === 2) this.finish()
  }

  private click(event: MapMouseEvent): void {
    if (this.active && !this.dragged) this.add(at(event), false)
  }

  /** Both clicks of a double click have put a point already, the second onto the first. */
  private doubleClick(event: MapMouseEvent): void {
    if (!this.active || this.dragged) return
    event.preventDefault()
    this.takeBack()
    this.finish()
  }

  private point(event: MapMouseEvent | MapTouchEvent): void {
    const sketch = this.sketch
    if (!sketch || !this.active) return
    if (this.dragging) this.drag(event)
    else this.set({ ...sketch, cursor: at(event), byKeys: false })
  }

  private press(event: MapMouseEvent | MapTouchEvent): void {
    if (!this.active || !this.dragged || ('originalEvent' in event && event.originalEvent instanceof MouseEvent && event.originalEvent.button > 0)) return
    event.preventDefault()
    this.dragging = true
    this.set({ ...this.sketch!, points: [at(event)], byKeys: false })
  }

  private drag(event: MapMouseEvent | MapTouchEvent): void {
    const sketch = this.sketch!
    if (sketch.tool === 'box') return this.set({ ...sketch, cursor: at(event) })
    const last = this.map.project(sketch.points.at(-1) as [number, number])
    if (last.dist(event.point) >= STEP) this.set({ ...sketch, points: [...sketch.points, at(event)], cursor: undefined })
  }

  private release(event: MapMouseEvent | MapTouchEvent): void {
    if (!this.dragging) return
    this.dragging = false
    const sketch = this.sketch!
    const far = this.map.project(sketch.points[0] as [number, number]).dist(event.point) >= STEP
    if (sketch.tool === 'box' && far) this.add(at(event), false)
    else if (sketch.tool === 'lasso' && sketch.points.length >= 3) this.finish()
    else this.set({ ...sketch, points: [], cursor: undefined })
  }

  /** The map has moved under the middle. */
  private follow(): void {
    if (this.sketch?.byKeys && this.active) this.set({ ...this.sketch, cursor: this.centre() })
  }

  private get dragged(): boolean {
    return this.sketch?.tool === 'box' || this.sketch?.tool === 'lasso'
  }

  private drags(tool: Tool, on: boolean): void {
    if (on || (tool !== 'box' && tool !== 'lasso')) this.map.dragPan.enable()
    else this.map.dragPan.disable()
  }

  private rest(): void {
    this.dragging = false
    this.map.dragPan.enable()
    this.map.getCanvas().style.cursor = ''
    // The second click of the double click that ended the drawing must not zoom.
    setTimeout(() => this.active || this.map.doubleClickZoom.enable(), 400)
  }

  private set(sketch: Sketch): void {
    this.sketch = sketch
    this.onChange(sketch)
  }
}

/** The outline of what was drawn, as a polygon's corners: boxes have two points, everything else has all of them. */
export function outline({ tool, points, cursor }: Pick<Sketch, 'tool' | 'points' | 'cursor'>): LonLat[] {
  const all = cursor ? [...points, cursor] : [...points]
  if (tool !== 'box') return all
  const [a, b] = all
  return a && b ? [a, [b[0], a[1]], b, [a[0], b[1]]] : []
}

function at(event: MapMouseEvent | MapTouchEvent): LonLat {
  return [event.lngLat.lng, event.lngLat.lat]
}
