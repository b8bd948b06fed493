import { COURSE_UNIT, SPEED_UNIT, UNITS_PER_DEGREE, UNKNOWN } from '../realtime/codec'
import type { ViewedPositionSink } from '../realtime/client'
import { Handles } from '../realtime/handles'
import { LagMeter } from './lag'
import { EQUATOR, latOf, lonOf, mercatorX, mercatorY, metresPerUnit } from './mercator'
import { Sections } from './sections'

/** How far behind the server's clock the map is drawn, ms: time for the next fix to arrive, so that markers glide between fixes. */
export const DRAWN_BEHIND = 1000

/** Bytes per worker in {@link Tracks.records}: the layout that the graphics card reads. */
export const RECORD_BYTES = 32
/** Offsets within a record. */
export const RECORD = {
  /** Two float32: where the glide begins, Mercator relative to `origin`. */
  from: 0,
  /** Two float32: where it ends: the newest fix. */
  to: 8,
  /** Two float32: when it begins and ends, seconds after `epoch`. */
  times: 16,
  /** Four bytes: course (255 unknown), speed (255 unknown), state, mark (what a layer wants to tell apart). */
  look: 24,
  /** uint32: the worker's handle. */
  handle: 28,
} as const

/** The shortest glide, ms: a fix that comes late is still shown as a movement, not as a jump. */
const SHORTEST_GLIDE = 250
/** A farther way than this isn't a movement that we saw: the marker is put there, metres. */
const LONGEST_GLIDE = 400
/** Two tellings of one fix differ by less than one unit of age, ms. */
const SAME_FIX = 100

/** What is known of one worker's position. */
export interface Track {
  handle: number
  /** The newest fix, degrees. */
  lon: number
  lat: number
  /** When it was made, ms, server's clock. */
  fixTime: number
  /** 0 live, 1 stale, 2 lost. */
  state: number
  /** Degrees clockwise from north; undefined when unknown. */
  course: number | undefined
  /** m/s; undefined when unknown. */
  speed: number | undefined
  /** Where the marker is drawn at this moment, degrees. */
  drawnLon: number
  drawnLat: number
}

/**
 * The positions of everybody on the map, in typed arrays. Each worker has two points and two times: the marker is drawn on the straight
 * way between them, about a second behind, and never beyond the newest fix. Decoded frames are written into `records` in the layout in
 * which the graphics card reads them, so a frame on the screen costs no work per worker here.
 *
 * A glide begins where the marker is drawn when the fix arrives, not at the fix before: what was drawn is never taken back by a jump.
 */
export class Tracks implements ViewedPositionSink {
  /** All records, densely packed: worker i begins at byte `i * RECORD_BYTES`. Replaced when it grows. */
  records = new ArrayBuffer(1024 * RECORD_BYTES)
  /** How many workers there are. */
  count = 0
  /** Mercator position to which records are relative: float32 is then exact to a millimetre. */
  origin: readonly [number, number] = [0, 0]
  /** Time to which records are relative, ms, server's clock. */
  epoch = 0
  /** Grows with every change: a layer that has drawn this revision need not upload. */
  revision = 0
  /** Until when something is gliding, ms, server's clock; the map rests when that is over. */
  movingUntil = 0
  /** From the fix to the screen. */
  readonly lag = new LagMeter()
  /** Called after every frame that changed something. */
  onChange: (() => void) | undefined
  /** Gives each worker its `mark` when it appears, for layers to tell duties apart. */
  markOf: (handle: number) => number = () => 0

  private floats = new Float32Array(this.records)
  private bytes = new Uint8Array(this.records)
  private handles = new Uint32Array(this.records)
  private lons = new Int32Array(1024)
  private lats = new Int32Array(1024)
  private fixTimes = new Float64Array(1024)
  private readonly slots = new Handles()
  private readonly sections = new Sections()
  private readonly orphans: number[] = []
  private shown: (section: number) => boolean = () => true
  private section_ = 0
  private ignoring = false
  private everything = false
  private repeated = false
  private drawTime = 0

  /** `now` reads the server's clock in ms. */
  constructor(private readonly now: () => number) {}

  /** The worker's position, or undefined when it isn't on the map. */
  get(handle: number): Track | undefined {
    const slot = this.slots.get(handle)
    return slot < 0 ? undefined : this.at(slot)
  }

  /** The worker in a slot, 0 ≤ slot < `count`. */
  at(slot: number): Track {
    const bytes = slot * RECORD_BYTES + RECORD.look
    const course = this.bytes[bytes]!
    const speed = this.bytes[bytes + 1]!
    const t = this.progress(slot, this.now() - DRAWN_BEHIND)
    return {
      handle: this.handleAt(slot),
      lon: this.lons[slot]! / UNITS_PER_DEGREE,
      lat: this.lats[slot]! / UNITS_PER_DEGREE,
      fixTime: this.fixTimes[slot]!,
      state: this.bytes[bytes + 2]!,
      course: course === UNKNOWN ? undefined : course * COURSE_UNIT,
      speed: speed === UNKNOWN ? undefined : speed * SPEED_UNIT,
      drawnLon: lonOf(this.origin[0] + this.between(slot, 0, t)),
      drawnLat: latOf(this.origin[1] + this.between(slot, 1, t)),
    }
  }

  /** The handle of the worker drawn nearest to a Mercator position within `radius` Mercator units; −1 for none. */
  nearest(x: number, y: number, radius: number): number {
    const time = this.now() - DRAWN_BEHIND
    let best = radius * radius
    let found = -1
    for (let slot = 0; slot < this.count; slot++) {
      const t = this.progress(slot, time)
      const dx = this.origin[0] + this.between(slot, 0, t) - x
      const dy = this.origin[1] + this.between(slot, 1, t) - y
      const distance = dx * dx + dy * dy
      if (distance > best) continue
      best = distance
      found = this.handleAt(slot)
    }
    return found
  }

  /**
   * Calls back with everybody drawn within a box of Mercator coordinates, until the callback answers false. The order stays the same as
   * long as nobody leaves.
   */
  forEachWithin(west: number, north: number, east: number, south: number, call: (handle: number, x: number, y: number) => boolean): void {
    const time = this.now() - DRAWN_BEHIND
    for (let slot = 0; slot < this.count; slot++) {
      const t = this.progress(slot, time)
      const x = this.origin[0] + this.between(slot, 0, t)
      if (x < west || x > east) continue
      const y = this.origin[1] + this.between(slot, 1, t)
      if (y < north || y > south) continue
      if (!call(this.handleAt(slot), x, y)) return
    }
  }

  /** Calls back with each handle. */
  forEach(call: (handle: number) => void): void {
    for (let slot = 0; slot < this.count; slot++) call(this.handleAt(slot))
  }

  /** Asks `markOf` anew for these workers. */
  remark(handles: Iterable<number>): void {
    for (const handle of handles) {
      const slot = this.slots.get(handle)
      if (slot >= 0) this.bytes[slot * RECORD_BYTES + RECORD.look + 3] = this.markOf(handle)
    }
    this.changed()
  }

  // What frames say (PositionSink).

  begin(_now: number, _tick: number, everything: boolean): void {
    this.drawTime = this.now() - DRAWN_BEHIND
    this.everything = everything
    if (everything) for (const section of this.sections.keys()) this.forget(section)
  }

  section(c: number, keyframe: boolean): void {
    this.section_ = c
    this.repeated = keyframe || this.everything
    this.ignoring = !this.shown(c)
    if (this.ignoring) return
    if (keyframe) this.forget(c)
  }

  upsert(handle: number, lon: number, lat: number, fixTime: number, state: number, course: number, speed: number): void {
    if (this.ignoring) return
    this.sections.add(this.section_, handle)
    let slot = this.slots.get(handle)
    if (slot < 0) slot = this.appear(handle, lon, lat, fixTime)
    else this.move(slot, lon, lat, fixTime)
    const look = slot * RECORD_BYTES + RECORD.look
    this.bytes[look] = course
    this.bytes[look + 1] = speed
    this.bytes[look + 2] = state
  }

  remove(handle: number, off: boolean): void {
    if (off) this.sections.deleteEverywhere(handle)
    else if (this.ignoring || !this.sections.delete(this.section_, handle)) return
    this.orphans.push(handle)
  }

  end(): void {
    this.sweep()
    this.changed()
  }

  show(shown: (section: number) => boolean): void {
    this.shown = shown
    for (const section of this.sections.keys()) if (!shown(section)) this.forget(section)
    this.sweep()
    this.changed()
  }

  clear(): void {
    for (const section of this.sections.keys()) this.forget(section)
    this.sweep()
    this.lag.clear()
    this.changed()
  }

  // Slots.

  private appear(handle: number, lon: number, lat: number, fixTime: number): number {
    if (this.count === this.lons.length) this.grow()
    if (this.count === 0) this.settle(lon, lat)
    const slot = this.count++
    this.slots.set(handle, slot)
    this.handles[(slot * RECORD_BYTES + RECORD.handle) / 4] = handle
    this.bytes[slot * RECORD_BYTES + RECORD.look + 3] = this.markOf(handle)
    this.aim(slot, lon, lat, fixTime)
    this.jump(slot, fixTime)
    return slot
  }

  private move(slot: number, lon: number, lat: number, fixTime: number): void {
    const same = this.lons[slot] === lon && this.lats[slot] === lat
    const newer = fixTime - this.fixTimes[slot]! >= SAME_FIX
    if (newer && !this.repeated) this.lag.arrived(fixTime)
    if (same) {
      if (newer) this.fixTimes[slot] = fixTime
      return
    }
    const f = (slot * RECORD_BYTES) / 4
    const t = this.progress(slot, this.drawTime)
    const x = this.between(slot, 0, t)
    const y = this.between(slot, 1, t)
    this.floats[f] = x
    this.floats[f + 1] = y
    this.aim(slot, lon, lat, fixTime)
    const dx = this.floats[f + 2]! - x
    const dy = this.floats[f + 3]! - y
    const way = Math.sqrt(dx * dx + dy * dy)
    // Nearly every way is so short that it needn't be told in metres of its latitude.
    if (way > LONGEST_GLIDE / EQUATOR && way * metresPerUnit(lat / UNITS_PER_DEGREE) > LONGEST_GLIDE) return this.jump(slot, fixTime)
    const arrival = Math.max(fixTime, this.drawTime + SHORTEST_GLIDE)
    this.floats[f + 4] = (this.drawTime - this.epoch) / 1000
    this.floats[f + 5] = (arrival - this.epoch) / 1000
    if (arrival + DRAWN_BEHIND > this.movingUntil) this.movingUntil = arrival + DRAWN_BEHIND
  }

  /** Sets where a worker goes. */
  private aim(slot: number, lon: number, lat: number, fixTime: number): void {
    const f = (slot * RECORD_BYTES) / 4
    this.lons[slot] = lon
    this.lats[slot] = lat
    this.fixTimes[slot] = fixTime
    this.floats[f + 2] = mercatorX(lon / UNITS_PER_DEGREE) - this.origin[0]
    this.floats[f + 3] = mercatorY(lat / UNITS_PER_DEGREE) - this.origin[1]
  }

  /** Puts a worker where it goes. */
  private jump(slot: number, fixTime: number): void {
    const f = (slot * RECORD_BYTES) / 4
    this.floats[f] = this.floats[f + 2]!
    this.floats[f + 1] = this.floats[f + 3]!
    this.floats[f + 4] = this.floats[f + 5] = (fixTime - this.epoch) / 1000
  }

  /** How much of its way a worker has gone at a time (ms), 0 … 1. The vertex shader computes the same. */
  private progress(slot: number, time: number): number {
    const f = (slot * RECORD_BYTES + RECORD.times) / 4
    const begin = this.floats[f]!
    const end = this.floats[f + 1]!
    const now = (time - this.epoch) / 1000
    if (now >= end) return 1
    return now <= begin ? 0 : (now - begin) / (end - begin)
  }

  private between(slot: number, axis: 0 | 1, t: number): number {
    const f = (slot * RECORD_BYTES) / 4 + axis
    const from = this.floats[f]!
    return from + (this.floats[f + 2]! - from) * t
  }

  private handleAt(slot: number): number {
    return this.handles[(slot * RECORD_BYTES + RECORD.handle) / 4]!
  }

  /** Places origin and epoch near the first worker, while there is no record that is relative to them. */
  private settle(lon: number, lat: number): void {
    this.origin = [mercatorX(lon / UNITS_PER_DEGREE), mercatorY(lat / UNITS_PER_DEGREE)]
    this.epoch = this.drawTime
  }

  private forget(section: number): void {
    this.sections.clear(section, (handle) => this.orphans.push(handle))
  }

  /** Takes those off the map whom no section holds: only now, since a worker may leave one section and enter another in one frame. */
  private sweep(): void {
    for (const handle of this.orphans) if (this.sections.count(handle) === 0) this.free(handle)
    this.orphans.length = 0
    if (this.now() - this.epoch > EPOCH_FOR) this.moveEpoch()
  }

  private free(handle: number): void {
    const slot = this.slots.get(handle)
    if (slot < 0) return
    this.slots.set(handle, -1)
    const last = --this.count
    if (slot === last) return
    this.bytes.copyWithin(slot * RECORD_BYTES, last * RECORD_BYTES, (last + 1) * RECORD_BYTES)
    this.lons[slot] = this.lons[last]!
    this.lats[slot] = this.lats[last]!
    this.fixTimes[slot] = this.fixTimes[last]!
    this.slots.set(this.handleAt(slot), slot)
  }

  /** Seconds as float32 lose their milliseconds after some hours: the epoch follows. */
  private moveEpoch(): void {
    const by = this.now() - DRAWN_BEHIND - this.epoch
    this.epoch += by
    for (let slot = 0; slot < this.count; slot++) {
      const f = (slot * RECORD_BYTES + RECORD.times) / 4
      this.floats[f] = this.floats[f]! - by / 1000
      this.floats[f + 1] = this.floats[f + 1]! - by / 1000
    }
  }

  private grow(): void {
    const size = this.lons.length * 2
    const records = new ArrayBuffer(size * RECORD_BYTES)
    new Uint8Array(records).set(this.bytes)
    this.records = records
    this.floats = new Float32Array(records)
    this.bytes = new Uint8Array(records)
    this.handles = new Uint32Array(records)
    this.lons = enlarged(this.lons, new Int32Array(size))
    this.lats = enlarged(this.lats, new Int32Array(size))
    this.fixTimes = enlarged(this.fixTimes, new Float64Array(size))
  }

  private changed(): void {
    this.revision++
    this.onChange?.()
  }
}

/** How long one epoch lasts, ms. */
const EPOCH_FOR = 1_800_000

function enlarged<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from)
  return to
}
