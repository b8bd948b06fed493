import { Handles } from '../realtime/handles'

/**
 * Who is in which section of the view. A worker may be in a cell and among the followed at once and is on the map as long as any
 * section holds it; `count` tells how many do.
 */
export class Sections {
  private readonly members = new Map<number, Handles>()
  private readonly counts = new Handles()
  /** The section that was asked for last: a frame tells of thousands of one after another. */
  private current: Handles | undefined
  private currentSection = -1

  /** How many sections hold a worker. */
  count(handle: number): number {
    return this.counts.get(handle) + 1
  }

  /** Puts a worker into a section; true when it wasn't in it. */
  add(section: number, handle: number): boolean {
    const members = this.of(section)
    if (members.get(handle) === 0) return false
    members.set(handle, 0)
    this.counts.set(handle, this.counts.get(handle) + 1)
    return true
  }

  /** Takes a worker out of a section; true when no section holds it any more. */
  delete(section: number, handle: number): boolean {
    const members = this.of(section)
    if (members.get(handle) !== 0) return false
    members.set(handle, -1)
    return this.release(handle)
  }

  /** Takes a worker out of all sections. */
  deleteEverywhere(handle: number): void {
    for (const members of this.members.values()) if (members.get(handle) === 0) members.set(handle, -1)
    this.counts.set(handle, -1)
  }

  /** Empties a section and calls back for each worker that no section holds any more. */
  clear(section: number, orphan: (handle: number) => void): void {
    const members = this.members.get(section)
    if (!members) return
    this.members.delete(section)
    this.currentSection = -1
    members.forEach((_, handle) => {
      if (this.release(handle)) orphan(handle)
    })
  }

  /** The sections that hold anybody, or did. */
  keys(): number[] {
    return [...this.members.keys()]
  }

  private of(section: number): Handles {
    if (section === this.currentSection) return this.current!
    let members = this.members.get(section)
    if (!members) this.members.set(section, (members = new Handles()))
    this.current = members
    this.currentSection = section
    return members
  }

  private release(handle: number): boolean {
    const left = this.counts.get(handle)
    this.counts.set(handle, left - 1)
    return left <= 0
  }
}
