/**
 * Position frames: the binary half of `wangge.live.v1` (docs/protocol.md §4).
 *
 *     frame   = 0x01  flags:byte  now:uvarint  tick:uvarint  section*
 *     section = c << 1 | keyframe : uvarint   upserts:uvarint  removals:uvarint  upsert*  removal*
 *     upsert  = head:uvarint  [ lon:zigzag  lat:zigzag ]  age:uvarint  course:byte  speed:byte
 *     head      gap << 4 | state << 2 | moved << 1 | full     (in a view: handle << 4 | …)
 *     removal = gap << 1 | off : uvarint
 *
 * The decoder hands plain numbers to a sink and makes no object per position: a page that looks at everything decodes ten thousand
 * of them each second, and garbage would show as stutter.
 */

import { MAX_HANDLE } from './handles'
import { Holdings } from './holdings'

/** First byte of a position frame. */
export const FRAME_POSITIONS = 0x01

/** Flag: forget all positions held before applying this frame. */
export const FLAG_EVERYTHING = 0x01

/** Sections: which part of the map is told of. */
export const SECTION_SCOPE = 0
export const SECTION_FOLLOWED = 1
export const SECTION_VIEW = 2

/** One unit of `age`, ms. */
export const AGE_UNIT = 100
/** Coordinates travel as integers, so many to a degree. */
export const UNITS_PER_DEGREE = 1e6
/** `course` and `speed` of a position that doesn't know its own. */
export const UNKNOWN = 255
/** One unit of `course`, degrees clockwise from north. */
export const COURSE_UNIT = 360 / 255
/** One unit of `speed`, m/s; the largest number (254) means that or more. */
export const SPEED_UNIT = 0.25

/** Takes what a frame says, in the frame's order. */
export interface PositionSink {
  /** A frame begins. `now` is the server's clock, ms. With `everything` all positions held are void. */
  begin(now: number, tick: number, everything: boolean): void
  /** A section begins. With `keyframe` whatever was held for section `c` is void. */
  section(c: number, keyframe: boolean): void
  /**
   * A worker of the current section. `lon` and `lat` in 1e-6 degree, `fixTime` in ms, `state` a `WorkerState`, `course` and `speed`
   * in the protocol's units (255 unknown).
   */
  upsert(handle: number, lon: number, lat: number, fixTime: number, state: number, course: number, speed: number): void
  /** A worker is no longer in the current section; with `off` no longer on the map at all. */
  remove(handle: number, off: boolean): void
  /** The frame is complete. */
  end(): void
}

/** A frame that cannot be what the protocol says: the connection's state can't be trusted any more, so connect again. */
export class FrameError extends Error {
  constructor(what: string) {
    super(`position frame: ${what}`)
    this.name = 'FrameError'
  }
}

/**
 * Decodes the frames of one connection. It keeps the last coordinates of every worker per section, since frames carry differences to
 * them; a new connection needs a new decoder.
 */
export class FrameDecoder {
  private readonly holdings = new Holdings()
  private bytes: Uint8Array = new Uint8Array(0)
  private at = 0
  private frames = 0

  /** Whether a frame has been decoded. */
  get used(): boolean {
    return this.frames > 0
  }

  /**
   * Applies one frame to the sink. Throws {@link FrameError} when it is malformed or speaks of a position that was never sent; the
   * sink may then have taken a part of it, and the decoder must not be used again.
   */
  decode(frame: ArrayBuffer | Uint8Array, sink: PositionSink): void {
    this.bytes = frame instanceof Uint8Array ? frame : new Uint8Array(frame)
    this.at = 0
    if (this.byte() !== FRAME_POSITIONS) throw new FrameError('unknown kind')
    // Whatever an earlier connection brought is void with the first frame of this one.
    const everything = (this.byte() & FLAG_EVERYTHING) !== 0 || this.frames === 0
    this.frames++
    const now = this.uvarint()
    const tick = this.uvarint()
    if (everything) this.holdings.clear()
    sink.begin(now, tick, everything)
    while (this.at < this.bytes.length) this.decodeSection(now, sink)
    sink.end()
  }

  private decodeSection(now: number, sink: PositionSink): void {
    const head = this.uvarint()
    const c = Math.floor(head / 2)
    const keyframe = head % 2 === 1
    const upserts = this.uvarint()
    const removals = this.uvarint()
    if (keyframe) this.holdings.forget(c)
    sink.section(c, keyframe)
    let handle = 0
    for (let i = 0; i < upserts; i++) handle = this.decodeUpsert(c, c === SECTION_VIEW ? 0 : handle, now, sink)
    handle = 0
    for (let i = 0; i < removals; i++) {
      const removal = this.uvarint()
      handle += Math.floor(removal / 2)
      if (handle > MAX_HANDLE) throw new FrameError(`the handle ${handle} is too large`)
      this.holdings.remove(c, handle)
      sink.remove(handle, removal % 2 === 1)
    }
  }

  private decodeUpsert(c: number, before: number, now: number, sink: PositionSink): number {
    const head = this.uvarint()
    const handle = before + Math.floor(head / 16)
    if (handle > MAX_HANDLE) throw new FrameError(`the handle ${handle} is too large`)
    const state = (head >>> 2) & 3
    const full = (head & 1) !== 0
    const moved = (head & 2) !== 0
    const holdings = this.holdings
    const slot = full ? holdings.take(c, handle) : holdings.find(c, handle)
    if (slot < 0) throw new FrameError(`a difference for worker ${handle} in section ${c}, which holds none`)
    if (full) {
      holdings.lon[slot] = this.zigzag()
      holdings.lat[slot] = this.zigzag()
    } else if (moved) {
      holdings.lon[slot] = holdings.lon[slot]! + this.zigzag()
      holdings.lat[slot] = holdings.lat[slot]! + this.zigzag()
    }
    const fixTime = now - this.uvarint() * AGE_UNIT
    const course = this.byte()
    const speed = this.byte()
    sink.upsert(handle, holdings.lon[slot]!, holdings.lat[slot]!, fixTime, state, course, speed)
    return handle
  }

  private byte(): number {
    const value = this.bytes[this.at++]
    if (value === undefined) throw new FrameError('cut short')
    return value
  }

  /** Unsigned LEB128 up to 2^53. The first four groups use shifts; only clocks and broken frames go beyond. */
  private uvarint(): number {
    let value = this.byte()
    if (value < 0x80) return value
    value &= 0x7f
    for (let shift = 7, scale = 0x80; ; shift += 7, scale *= 0x80) {
      const group = this.byte()
      value += shift < 28 ? (group & 0x7f) << shift : (group & 0x7f) * scale
      if (group < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) throw new FrameError('a number too large')
        return value
      }
      if (shift > 49) throw new FrameError('a number too long')
    }
  }

  private zigzag(): number {
    const value = this.uvarint()
    if (value < 0x8000_0000) return (value >>> 1) ^ -(value & 1)
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
}
