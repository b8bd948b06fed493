/**
 * How long a fix takes to the screen: from the moment when it was made to the first frame drawn with it, on the server's clock. This is
 * the whole chain (device, network, server, tick, browser), told to the person at the console instead of promised.
 */
export class LagMeter {
  private readonly samples = new Float64Array(256)
  private count = 0
  private readonly waiting = new Float64Array(64)
  private waitingCount = 0
  private readonly sorted = new Float64Array(256)

  /** A fix made at `fixTime` (ms, server's clock) has arrived and will be drawn. Beyond 64 between two frames the rest isn't measured. */
  arrived(fixTime: number): void {
    if (this.waitingCount < this.waiting.length) this.waiting[this.waitingCount++] = fixTime
  }

  /** A frame was drawn at `now` (ms, server's clock). */
  drawn(now: number): void {
    for (let i = 0; i < this.waitingCount; i++) this.samples[this.count++ % this.samples.length] = now - this.waiting[i]!
    this.waitingCount = 0
  }

  /** Forgets what waits: the page was hidden and drew nothing. */
  skip(): void {
    this.waitingCount = 0
  }

  /** Forgets everything. */
  clear(): void {
    this.count = this.waitingCount = 0
  }

  /** The median of the last 256 fixes, ms; undefined before the first. */
  median(): number | undefined {
    const n = Math.min(this.count, this.samples.length)
    if (n === 0) return undefined
    const sorted = this.sorted.subarray(0, n)
    sorted.set(this.samples.subarray(0, n))
    sorted.sort()
    return sorted[n >> 1]
  }
}
