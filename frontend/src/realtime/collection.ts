/** What changed in a collection, told once per frame from the server. */
export interface Change<T> {
  /** New or newer. */
  upserted: T[]
  /** Ids that are gone. */
  removed: string[]
  /** True when a snapshot stood for the whole collection: rows did not "arrive", they were read. */
  snapshot: boolean
}

/** An entity as collections hold it. */
export interface Versioned {
  id: string | number
  version: number
}

/**
 * The entities of one kind: snapshot, then differences. An item is applied only when its version is newer than the one held, so an
 * event that comes twice, or an answer from the REST interface that is older than the stream, changes nothing.
 */
export class Collection<T extends Versioned> {
  private readonly items = new Map<string, T>()
  private readonly listeners = new Set<(change: Change<T>) => void>()
  private staged: Map<string, T> | undefined

  /** How many are held. */
  get size(): number {
    return this.items.size
  }

  /** One entity, or undefined. */
  get(id: string | number): T | undefined {
    return this.items.get(String(id))
  }

  /** All entities, in no particular order. */
  values(): IterableIterator<T> {
    return this.items.values()
  }

  /** Calls back after every change until the returned function is called. */
  subscribe(listener: (change: Change<T>) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Takes the items of one snapshot frame aside; nothing shows before {@link commitSnapshot}. */
  stage(items: readonly T[]): void {
    this.staged ??= new Map()
    for (const item of items) this.staged.set(String(item.id), item)
  }

  /** The snapshot is complete: what isn't in it is gone. Newer versions that are held already stay. */
  commitSnapshot(): void {
    const staged = this.staged ?? new Map<string, T>()
    this.staged = undefined
    const removed: string[] = []
    for (const id of this.items.keys()) {
      if (staged.has(id)) continue
      this.items.delete(id)
      removed.push(id)
    }
    this.tell({ upserted: [...staged.values()].filter((item) => this.put(item)), removed, snapshot: true })
  }

  /** A snapshot that never became complete is thrown away. */
  dropStaged(): void {
    this.staged = undefined
  }

  /** Applies what has happened, in order, and tells of it once. */
  apply(items: readonly T[]): void {
    const upserted = items.filter((item) => this.put(item))
    if (upserted.length > 0) this.tell({ upserted, removed: [], snapshot: false })
  }

  /** Takes out one entity, if it is there and not newer than `version`. */
  remove(id: string | number, version = Infinity): void {
    const held = this.get(id)
    if (!held || held.version > version) return
    this.items.delete(String(id))
    this.tell({ upserted: [], removed: [String(id)], snapshot: false })
  }

  /** Forgets everything. */
  clear(): void {
    const removed = [...this.items.keys()]
    this.items.clear()
    this.staged = undefined
    if (removed.length > 0) this.tell({ upserted: [], removed, snapshot: true })
  }

  private put(item: T): boolean {
    const id = String(item.id)
    const held = this.items.get(id)
    if (held && held.version >= item.version) return false
    this.items.set(id, item)
    return true
  }

  private tell(change: Change<T>): void {
    for (const listener of this.listeners) listener(change)
  }
}
