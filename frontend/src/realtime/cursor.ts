import type { Events, Snapshot } from './protocol'

/**
 * The place in the event log up to which everything has been applied. It only ever stands for complete knowledge: a snapshot counts
 * when its very last frame has come, so a connection cut in the middle asks for a snapshot again.
 */
export class CursorKeeper {
  private value: string | undefined

  /** What to say in `{"op":"events"}`; undefined asks for a snapshot. */
  get resumeAt(): string | undefined {
    return this.value
  }

  /** Takes a snapshot frame, after its items have been applied. */
  snapshot(frame: Pick<Snapshot, 'cursor' | 'more'>): void {
    this.value = frame.more ? undefined : frame.cursor
  }

  /** Takes an events frame, after its items have been applied. */
  events(frame: Pick<Events, 'cursor'>): void {
    this.value = frame.cursor
  }

  /** Nothing is known any more: after `resync`, or when rights have changed. */
  drop(): void {
    this.value = undefined
  }
}
