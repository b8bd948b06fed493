import type { Map as MapLibreMap } from 'maplibre-gl'

/** One beat a second: fast enough to be noticed, slow enough to be borne for eight hours. */
const EVERY = 1000
/** The ring at the beginning and at the end of a beat: radius in CSS pixels, opacity. */
const BEGIN = { radius: 12, opacity: 0.55 }
const END = { radius: 27, opacity: 0 }
/** Without motion there is a ring that stands still. */
const STILL = { radius: 19, opacity: 0.3 }

/** Lets a circle layer beat once a second; a ring that stands still for those who want no motion. */
export class Pulse {
  private map: MapLibreMap | undefined
  private timer: ReturnType<typeof setInterval> | undefined
  private still = matchMedia('(prefers-reduced-motion: reduce)')
  private opacity = 1
  private wanted_ = false

  constructor(private readonly layer: string) {}

  /** Whether there is anything that should beat. */
  set wanted(wanted: boolean) {
    if (wanted === this.wanted_) return
    this.wanted_ = wanted
    this.rest()
  }

  start(map: MapLibreMap): void {
    this.map = map
    this.timer = setInterval(() => this.beat(), EVERY)
    this.rest()
  }

  stop(): void {
    clearInterval(this.timer)
    this.map = undefined
  }

  /** Fades while the connection is lost. */
  fade(opacity: number): void {
    this.opacity = opacity
    this.rest()
  }

  private beat(): void {
    if (!this.wanted_ || document.hidden) return
    if (this.still.matches || this.map?.getLayoutProperty(this.layer, 'visibility') === 'none') return this.rest()
    this.draw(BEGIN, 0)
    // The beginning must have been drawn before the way to the end begins.
    setTimeout(() => this.draw(END, EVERY * 0.75), 60)
  }

  private rest(): void {
    this.draw(this.wanted_ ? STILL : END, 0)
  }

  private draw({ radius, opacity }: typeof BEGIN, duration: number): void {
    if (!this.map?.getLayer(this.layer)) return
    for (const [property, value] of [['circle-radius', radius], ['circle-opacity', opacity * this.opacity]] as const) { // prettier-ignore
      this.map.setPaintProperty(this.layer, `${property}-transition` as 'circle-radius', { duration, delay: 0 } as never)
      this.map.setPaintProperty(this.layer, property, value)
    }
  }
}
