/** Place and zoom of the map. */
export interface View {
  lon: number
  lat: number
  zoom: number
}

/** As many views as are kept. */
const MOST = 50
/** Movements that follow each other faster than this are one, ms: somebody turns the wheel. */
const ONE_MOVEMENT = 700

/** Where the map has been looked at, to go back and forth between. A new movement after going back forgets what was ahead. */
export class CameraHistory {
  private readonly views: View[] = []
  private place = -1
  private lastAt = -Infinity

  /** The map has come to rest at a view at a time (ms). */
  visit(view: View, at: number): void {
    const here = this.views[this.place]
    if (here && same(here, view)) return
    const goesOn = at - this.lastAt < ONE_MOVEMENT && this.place > 0
    this.lastAt = at
    if (goesOn) this.views.length = this.place
    else this.views.length = this.place + 1
    this.views.push(view)
    if (this.views.length > MOST) this.views.shift()
    this.place = this.views.length - 1
  }

  /** The view before this one; undefined when there is none. */
  back(): View | undefined {
    return this.go(-1)
  }

  /** The view after this one; undefined when there is none. */
  forward(): View | undefined {
    return this.go(1)
  }

  /** Whether there is one before, and one after. */
  get ways(): { back: boolean; forward: boolean } {
    return { back: this.place > 0, forward: this.place < this.views.length - 1 }
  }

  private go(step: number): View | undefined {
    const view = this.views[this.place + step]
    if (!view) return undefined
    this.place += step
    this.lastAt = -Infinity
    return view
  }
}

/** Whether two views are the same to the eye: to a tenth of a pixel. */
function same(a: View, b: View): boolean {
  const pixel = 360 / (512 * 2 ** a.zoom)
  return Math.abs(a.lon - b.lon) < pixel / 10 && Math.abs(a.lat - b.lat) < pixel / 10 && Math.abs(a.zoom - b.zoom) < 0.005
}
