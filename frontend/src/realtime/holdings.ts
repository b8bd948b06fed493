/**
 * What a connection has been sent: per section the last coordinates of each worker, in parallel arrays. A slot is taken on the first
 * full position and given back on removal, so nothing is allocated while workers move.
 */
export class Holdings {
  /** Longitude by slot, 1e-6 degree. */
  lon = new Int32Array(1024)
  /** Latitude by slot, 1e-6 degree. */
  lat = new Int32Array(1024)

  private readonly sections = new Map<number, Map<number, number>>()
  private readonly free: number[] = []
  private used = 0

  /** The slot of a worker in a section, −1 when the section doesn't hold it. */
  find(c: number, handle: number): number {
    return this.sections.get(c)?.get(handle) ?? -1
  }

  /** The slot of a worker in a section, made when it isn't there yet. */
  take(c: number, handle: number): number {
    let section = this.sections.get(c)
    if (!section) this.sections.set(c, (section = new Map()))
    let slot = section.get(handle)
    if (slot === undefined) section.set(handle, (slot = this.free.pop() ?? this.grow()))
    return slot
  }

  /** Forgets one worker of a section; nothing happens when it isn't there. */
  remove(c: number, handle: number): void {
    const section = this.sections.get(c)
    const slot = section?.get(handle)
    if (slot === undefined) return
    section!.delete(handle)
    this.free.push(slot)
  }

  /** Forgets a whole section. */
  forget(c: number): void {
    const section = this.sections.get(c)
    if (!section) return
    for (const slot of section.values()) this.free.push(slot)
    section.clear()
  }

  /** Forgets everything. */
  clear(): void {
    this.sections.clear()
    this.free.length = 0
    this.used = 0
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
