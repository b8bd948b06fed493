/** How far two samples may lie apart beyond what their round trips explain before a clock must have been set, ms. */
const STEP = 500

/**
 * The difference between the server's clock and this machine's, from pings: the server's `now` was read somewhere between sending and
 * receiving, so half the round trip is the best guess and the quickest round trip the best sample.
 */
export class ServerClock {
  private readonly samples: { offset: number; roundTrip: number }[] = []
  private best = { offset: 0, roundTrip: Infinity }

  /** `local` reads this machine's clock in ms; only tests give another than the system's. */
  constructor(private readonly local: () => number = Date.now) {}

  /** Server minus local, ms; 0 before the first sample. */
  get offset(): number {
    return this.best.offset
  }

  /** Round trip of the best recent sample, ms; infinite before the first. */
  get roundTrip(): number {
    return this.best.roundTrip
  }

  /** What the server's clock shows now, ms. */
  now(): number {
    return this.local() + this.best.offset
  }

  /** Takes a first rough reading (no round trip is known), used until a ping has been answered. */
  rough(serverNow: number): void {
    if (this.samples.length === 0) this.best = { offset: serverNow - this.local(), roundTrip: Infinity }
  }

  /**
   * Takes the answer to a ping that was sent at `sentAt` (local ms). The quickest of the last eight counts, unless a clock was put right
   * meanwhile: what contradicts the best by more than both round trips allow makes all earlier samples worthless.
   */
  sample(sentAt: number, serverNow: number): void {
    const received = this.local()
    const roundTrip = Math.max(0, received - sentAt)
    const offset = serverNow - (sentAt + received) / 2
    if (this.samples.length > 0 && Math.abs(offset - this.best.offset) > (roundTrip + this.best.roundTrip) / 2 + STEP) this.samples.length = 0
    this.samples.push({ offset, roundTrip })
    if (this.samples.length > 8) this.samples.shift()
    this.best = this.samples.reduce((a, b) => (b.roundTrip <= a.roundTrip ? b : a))
  }

  /** Forgets all samples but keeps the offset: another node's clock may differ. */
  reset(): void {
    this.samples.length = 0
  }
}
