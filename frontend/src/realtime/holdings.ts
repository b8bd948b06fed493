import { Handles } from './handles'

/**
 * What a connection has been sent: per section the last coordinates of each worker, in parallel arrays. A slot is taken on the first
 * full position and given back on removal, so nothing is allocated while workers move.
 */
export class Holdings {
  /** Longitude by slot, 1e-6 degree. */
  lon = new Int32Array(1024)
  /** Latitude by slot, 1e-6 degree. */
  lat = new Int32Array(1024)

  private readonly sections = new Map<number, Handles>()
  private readonly free: number[] = []
  private used = 0
  private current = new Handles()
  private currentSection = -1

  /** The slot of a worker in a section, −1 when the section doesn't hold it. */
  find(c: number, handle: number): number {
    return this.section(c).get(handle)
  }

  /** The slot of a worker in a section, made when it isn't there yet. */
  take(c: number, handle: number): number {
    const section = this.section(c)
    let slot = section.get(handle)
    if (slot < 0) section.set(handle, (slot = this.free.pop() ?? this.grow()))
    return slot
  }

  /** Forgets one worker of a section; nothing happens when it isn't there. */
  remove(c: number, handle: number): void {
    const section = this.section(c)
    const slot = section.get(handle)
    if (slot < 0) return
    section.set(handle, -1)
    this.free.push(slot)
  }

  /** Forgets a whole section. */
  forget(c: number): void {
    const section = this.sections.get(c)
    if (!section) return
    section.forEach((slot) => this.free.push(slot))
    section.clear()
  }

  /** Forgets everything. */
  clear(): void {
    this.sections.clear()
    this.currentSection = -1
    this.free.length = 0
    this.used = 0
  }

  /** The section's slots; the one that was asked for last is at hand, since frames go section by section. */
  private section(c: number): Handles {
    if (c === this.currentSection) return this.current
    let section = this.sections.get(c)
    if (!section) this.sections.set(c, (section = new Handles()))
    this.current = section
    this.currentSection = c
    return section
  }

  private grow(): number {
    if (this.used === this.lon.length) {
      this.lon = doubled(this.lon)
      this.lat = doubled(this.lat)
    }
    return this.used++
  }
}

function doubled(from: Int32Array): Int32Array<ArrayBuffer> {
  const to = new Int32Array(from.length * 2)
  to.set(from)
  return to
}
