/**
 * Who is in which section of the view. A worker may be in a cell and among the followed at once and is on the map as long as any
 * section holds it; `count` tells how many do.
 */
export class Sections {
  private readonly members = new Map<number, Set<number>>()
  private readonly counts = new Map<number, number>()

  /** How many sections hold a worker. */
  count(handle: number): number {
    return this.counts.get(handle) ?? 0
  }

  /** Puts a worker into a section; true when it wasn't in it. */
  add(section: number, handle: number): boolean {
    let members = this.members.get(section)
    if (!members) this.members.set(section, (members = new Set()))
    if (members.has(handle)) return false
    members.add(handle)
    this.counts.set(handle, this.count(handle) + 1)
    return true
  }

  /** Takes a worker out of a section; true when no section holds it any more. */
  delete(section: number, handle: number): boolean {
    if (!this.members.get(section)?.delete(handle)) return false
    return this.release(handle)
  }

  /** Takes a worker out of all sections. */
  deleteEverywhere(handle: number): void {
    for (const members of this.members.values()) members.delete(handle)
    this.counts.delete(handle)
  }

  /** Empties a section and calls back for each worker that no section holds any more. */
  clear(section: number, orphan: (handle: number) => void): void {
    const members = this.members.get(section)
    if (!members) return
    this.members.delete(section)
    for (const handle of members) if (this.release(handle)) orphan(handle)
  }

  /** The sections that hold anybody, or did. */
  keys(): number[] {
    return [...this.members.keys()]
  }

  private release(handle: number): boolean {
    const left = this.count(handle) - 1
    if (left > 0) this.counts.set(handle, left)
    else this.counts.delete(handle)
    return left <= 0
  }
}
