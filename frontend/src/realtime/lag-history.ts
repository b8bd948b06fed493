/** How long lags are kept, ms. */
export const LAG_HISTORY = 600_000
/** Length of one step of the chart, ms. */
export const LAG_STEP = 10_000

/** What a step of the chart shows; undefined for a time from which there is nothing. */
export type LagStep = { p50: number; p99: number } | undefined

/**
 * The lags of the last ten minutes, one about every second. Nothing is allocated while they come in; the chart asks for its steps now and
 * then.
 */
export class LagHistory {
  private readonly at = new Float64Array(1024)
  private readonly lag = new Float64Array(1024)
  private count = 0

  /**
   * Takes what was made at `made` and seen at `now`, both by the server's clock, which this machine knows to half of `roundTrip`, ms. A lag
   * that is no longer than that says nothing: while the page is still loading, the first round trips are long and would make it 0.
   */
  take(made: number, now: number, roundTrip: number): void {
    if (now - made > roundTrip / 2) this.add(now, now - made)
  }

  /** Takes a lag that was measured at `at`, ms. */
  add(at: number, lag: number): void {
    const i = this.count++ % this.at.length
    this.at[i] = at
    this.lag[i] = lag
  }

  /** Forgets everything. */
  clear(): void {
    this.count = 0
  }

  /** The share `p` (0 … 1) of the lags since `since` is at most so long; undefined when there is none. */
  quantile(p: number, since: number): number | undefined {
    return quantileOf(this.between(since, Infinity), p)
  }

  /** The ten minutes before `now` in steps, oldest first. Steps begin at whole multiples, so that a drawn one stays as it is. */
  steps(now: number): LagStep[] {
    const end = Math.floor(now / LAG_STEP) * LAG_STEP + LAG_STEP
    return Array.from({ length: LAG_HISTORY / LAG_STEP }, (_, i) => {
      const from = end - LAG_HISTORY + i * LAG_STEP
      const lags = this.between(from, from + LAG_STEP)
      return lags.length === 0 ? undefined : { p50: quantileOf(lags, 0.5)!, p99: quantileOf(lags, 0.99)! }
    })
  }

  /** The lags measured in [from, to), ascending. */
  private between(from: number, to: number): number[] {
    const lags: number[] = []
    for (let i = 0; i < Math.min(this.count, this.at.length); i++) {
      if (this.at[i]! >= from && this.at[i]! < to) lags.push(this.lag[i]!)
    }
    return lags.sort((a, b) => a - b)
  }
}

/** By the nearest rank: an actual lag, never one between two. */
function quantileOf(ascending: readonly number[], p: number): number | undefined {
  return ascending[Math.max(0, Math.ceil(p * ascending.length) - 1)]
}
