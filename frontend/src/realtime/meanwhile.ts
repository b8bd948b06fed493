import type { EventItem } from './protocol'

/** What happened while the page could not see it. */
export interface Missed {
  /** From when to when nothing came, ms, server's clock. */
  since: number
  until: number
  /** How many incidents are new, how many changed, how many alarms were raised. */
  reported: number
  changed: number
  alarms: number
}

/** Events that come this long after a connection is back are still looked at, ms; beyond it everything is live. */
const CATCH_UP = 15_000

/**
 * Counts what is caught up after a loss. An event counts when it happened before the connection was back: then it was missed; what comes
 * later is seen as it happens.
 */
export class Meanwhile {
  private since = 0
  private until = 0
  private known = new Set<string>()
  private readonly reported = new Set<string>()
  private readonly changed = new Set<string>()
  private readonly alarms = new Set<string>()

  /** The connection is lost: nothing has come since `at` (server's clock, ms). `known` are the incidents that the page has. A loss that follows another before anything was caught up goes on. */
  lost(at: number, known: Iterable<string>): void {
    if (this.since && !this.until) return
    this.forget()
    this.since = at
    this.known = new Set(known)
  }

  /** A connection is there again, as of `now` (server's clock, ms). */
  back(now: number): void {
    if (this.since && !this.until) this.until = now
  }

  /** Takes events; true when what was missed has become more. */
  events(items: readonly EventItem[]): boolean {
    const before = this.size
    if (this.until) for (const item of items) if (item.at <= this.until) this.take(item)
    return this.size > before
  }

  /** Takes the ids of incidents that a snapshot brought or took away, when events could not be caught up one by one. */
  snapshot(upserted: Iterable<string>, removed: Iterable<string>): boolean {
    const before = this.size
    if (this.until) {
      for (const id of upserted) (this.known.has(id) ? this.changed : this.reported).add(id)
      for (const id of removed) this.changed.add(id)
    }
    return this.size > before
  }

  /** What was missed; undefined when that is nothing. */
  get missed(): Missed | undefined {
    if (!this.until || this.size === 0) return undefined
    return { since: this.since, until: this.until, reported: this.reported.size, changed: this.changed.size, alarms: this.alarms.size }
  }

  /** Whether everything was caught up by `now` (server's clock, ms). */
  over(now: number): boolean {
    return this.until > 0 && now > this.until + CATCH_UP
  }

  /** Forgets everything: somebody has looked, or another account is here. */
  forget(): void {
    this.since = this.until = 0
    this.known.clear()
    this.reported.clear()
    this.changed.clear()
    this.alarms.clear()
  }

  private get size(): number {
    return this.reported.size + this.changed.size + this.alarms.size
  }

  private take(item: EventItem): void {
    if (item.kind === 'incident.reported') this.reported.add(item.id)
    else if (item.entity === 'incident' && !this.reported.has(item.id)) this.changed.add(item.id)
    else if (item.kind === 'alarm.raised') this.alarms.add(item.id)
  }
}
