import { CloseCode } from './protocol'

/** What to do after a connection has ended (docs/protocol.md §5). */
export interface Verdict {
  /** Whether to connect again at all. */
  reconnect: boolean
  /** Whether to resume at the cursor; otherwise everything held is dropped. */
  keepCursor: boolean
  /** Connect without waiting, once. */
  atOnce: boolean
}

const RESUME: Verdict = { reconnect: true, keepCursor: true, atOnce: false }
const STOP: Verdict = { reconnect: false, keepCursor: true, atOnce: false }

/** Says what a close code asks for. A code that isn't in the table, such as a cut line (1006), is "reconnect and resume". */
export function verdict(code: number): Verdict {
  switch (code) {
    case CloseCode.GoingAway:
      return { ...RESUME, atOnce: true }
    case CloseCode.Rights:
      return { reconnect: true, keepCursor: false, atOnce: true }
    case CloseCode.Protocol:
    case CloseCode.Session:
    case CloseCode.TooMany:
      return STOP
    default:
      return RESUME
  }
}

const FIRST_DELAY = 250
const LONGEST_DELAY = 10_000
/** A connection that lived longer than this counts as a good one, ms. */
const GOOD_AFTER = 10_000

/**
 * How long to wait before each try: doubling from 250 ms to 10 s, plus up to half of it at random, so that pages don't return in step.
 * The first try after a connection that had lived for more than 10 s, or after a code that says so, is made at once; only the first, so
 * that a node which says goodbye to everyone who comes isn't hammered.
 */
export class Backoff {
  private tries = 0

  /** `random` gives [0, 1); only tests give another than the system's. */
  constructor(private readonly random: () => number = Math.random) {}

  /** The delay in ms after a connection that lived for `lived` ms (0 when it never opened). */
  next(lived: number, atOnce: boolean): number {
    const wasGood = lived > GOOD_AFTER
    if (wasGood) this.tries = 0
    const tries = this.tries++
    if (tries === 0 && (wasGood || atOnce)) return 0
    return Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** tries) * (1 + this.random() / 2)
  }
}
