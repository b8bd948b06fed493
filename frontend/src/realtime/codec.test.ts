import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameDecoder, FrameError, type PositionSink } from './codec'
import { encodeFrame, type TestFrame, type TestUpsert } from './frames.testing'

/** Keeps what a frame says, in the plainest form. */
class Recorder implements PositionSink {
  readonly said: unknown[] = []
  begin(now: number, tick: number, everything: boolean) {
    this.said.push({ now, tick, everything })
  }
  section(c: number, keyframe: boolean) {
    this.said.push({ c, keyframe })
  }
  upsert(handle: number, lon: number, lat: number, fixTime: number, state: number, course: number, speed: number) {
    this.said.push({ handle, lon, lat, fixTime, state, course, speed })
  }
  remove(handle: number, off: boolean) {
    this.said.push({ handle, off })
  }
  end() {
    this.said.push('end')
  }
}

function decode(...frames: Uint8Array[]): unknown[] {
  const decoder = new FrameDecoder()
  const recorder = new Recorder()
  for (const frame of frames) decoder.decode(frame, recorder)
  return recorder.said
}

const lon = fc.integer({ min: -180_000_000, max: 180_000_000 })
const lat = fc.integer({ min: -90_000_000, max: 90_000_000 })
const byte = fc.integer({ min: 0, max: 255 })
const look = { state: fc.integer({ min: 0, max: 2 }), age: fc.nat(10_000_000), course: byte, speed: byte }
const handles = fc.uniqueArray(fc.integer({ min: 1, max: 2 ** 20 - 1 }), { maxLength: 40 })
const clock = fc.integer({ min: 1_000_000_000_000, max: 4_000_000_000_000 })

/** What the sink must be told of an upsert whose coordinates come out as `at`. */
function told(u: TestUpsert, at: { lon: number; lat: number }, now: number) {
  const { handle, state, course, speed } = u
  return { handle, lon: at.lon, lat: at.lat, fixTime: now - u.age * 100, state, course, speed }
}

describe('FrameDecoder', () => {
  it('reads the example that can be checked by hand', () => {
    // now = 1000, tick = 3; c = 7 (nothing this client knows of), keyframe; worker 17, live, full, 116.3 / 37.45, age 0.2 s, course unknown, 1.25 m/s
    const bytes = [0x01, 0x00, 0xe8, 0x07, 0x03, 0x0f, 0x01, 0x00, 0x91, 0x02, 0xc0, 0xe3, 0xf4, 0x6e, 0xa0, 0xc4, 0xdb, 0x23, 0x02, 0xff, 0x05]
    expect(decode(Uint8Array.from(bytes))).toEqual([
      { now: 1000, tick: 3, everything: true },
      { c: 7, keyframe: true },
      { handle: 17, lon: 116_300_000, lat: 37_450_000, fixTime: 800, state: 0, course: 255, speed: 5 },
      'end',
    ])
  })

  it('takes the heads of a view for the handles themselves, in any order', () => {
    const upsert = (handle: number): TestUpsert => ({ handle, state: 0, mode: 'full', lon: handle, lat: -handle, age: 0, course: 255, speed: 255 })
    const workers = [204, 17, 9000, 18]
    const frame = (c: number) => encodeFrame({ everything: true, now: 1e12, tick: 1, sections: [{ c, keyframe: true, upserts: workers.map(upsert), removals: [] }] })
    const read = (c: number) => decode(frame(c)).flatMap((said) => (said as { handle?: number }).handle ?? [])
    expect(read(2)).toEqual(workers)
    expect(read(0)).toEqual([17, 18, 204, 9000])
  })

  it('says of any keyframe followed by any differences what the server meant', () => {
    const first = fc.tuple(handles, clock, fc.nat(5000))
    fc.assert(
      fc.property(first, fc.infiniteStream(fc.record({ lon, lat, ...look, mode: fc.constantFrom('full', 'moved', 'still', 'gone') })), ([ids, now, c], stream) => {
        const next = () => stream.next().value
        const sorted = [...ids].sort((a, b) => a - b)
        const held = new Map<number, { lon: number; lat: number }>()
        const full: TestUpsert[] = sorted.map((handle) => ({ ...next(), handle, mode: 'full' }))
        for (const u of full) held.set(u.handle, { lon: u.lon!, lat: u.lat! })
        const removals: { handle: number; off: boolean }[] = []
        const changes: TestUpsert[] = []
        const expected: unknown[] = []
        for (const handle of sorted) {
          const { mode, ...u } = next()
          if (mode === 'gone') {
            removals.push({ handle, off: u.age % 2 === 0 })
            continue
          }
          const before = held.get(handle)!
          const at = mode === 'still' ? before : { lon: u.lon, lat: u.lat }
          const sent = mode === 'moved' ? { lon: at.lon - before.lon, lat: at.lat - before.lat } : at
          changes.push({ ...u, ...sent, handle, mode })
          expected.push(told({ ...u, handle, mode }, at, now + 250))
        }
        const one: TestFrame = { everything: true, now, tick: 1, sections: [{ c, keyframe: true, upserts: full, removals: [] }] }
        const two: TestFrame = { everything: false, now: now + 250, tick: 2, sections: [{ c, keyframe: false, upserts: changes, removals }] }
        expect(decode(encodeFrame(one), encodeFrame(two))).toEqual([
          { now, tick: 1, everything: true },
          { c, keyframe: true },
          ...full.map((u) => told(u, { lon: u.lon!, lat: u.lat! }, now)),
          'end',
          { now: now + 250, tick: 2, everything: false },
          { c, keyframe: false },
          ...expected,
          ...removals,
          'end',
        ])
      }),
    )
  })

  it('keeps the coordinates of a worker apart per section', () => {
    const at = (c: number, mode: TestUpsert['mode'], x: number): TestFrame['sections'][number] => ({
      c,
      keyframe: false,
      upserts: [{ handle: 9, mode, lon: x, lat: x, state: 0, age: 0, course: 0, speed: 0 }],
      removals: [],
    })
    const said = decode(
      encodeFrame({ everything: true, now: 1000, tick: 1, sections: [at(1, 'full', 500), at(4, 'full', 500)] }),
      encodeFrame({ everything: false, now: 1000, tick: 2, sections: [at(1, 'moved', 7)] }),
      encodeFrame({ everything: false, now: 1000, tick: 3, sections: [at(4, 'moved', 20)] }),
    )
    expect(said.filter((s) => (s as { handle?: number }).handle === 9).map((s) => (s as { lon: number }).lon)).toEqual([500, 500, 507, 520])
  })

  it('refuses a difference to nothing: after "everything", after a keyframe, after a removal', () => {
    const one = (mode: TestUpsert['mode'], keyframe: boolean, everything = false) =>
      encodeFrame({
        everything,
        now: 1000,
        tick: 1,
        sections: [{ c: 2, keyframe, upserts: [{ handle: 1, mode, lon: 1, lat: 1, state: 0, age: 0, course: 0, speed: 0 }], removals: [] }],
      })
    const removal = encodeFrame({
      everything: false,
      now: 1000,
      tick: 1,
      sections: [{ c: 2, keyframe: false, upserts: [], removals: [{ handle: 1, off: false }] }],
    })
    expect(() => decode(one('moved', false))).toThrow(FrameError)
    expect(() => decode(one('full', true), one('moved', false, true))).toThrow(FrameError)
    expect(() => decode(one('full', true), one('still', true))).toThrow(FrameError)
    expect(() => decode(one('full', true), removal, one('still', false))).toThrow(FrameError)
  })

  it('answers any bytes with a frame or a FrameError, and ends', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decode(Uint8Array.from([1, ...bytes]))
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('notices every frame that is cut short', () => {
    const upserts: TestUpsert[] = [3, 900, 70_000].map((handle) => ({
      handle,
      mode: 'full',
      lon: -116_300_000,
      lat: 37_450_000,
      state: 2,
      age: 700,
      course: 12,
      speed: 34,
    }))
    const frame = encodeFrame({ everything: true, now: 1_763_892_000_123, tick: 9, sections: [{ c: 0, keyframe: true, upserts, removals: [] }] })
    const header = encodeFrame({ everything: true, now: 1_763_892_000_123, tick: 9, sections: [] }).length
    for (let length = 0; length < frame.length; length++) {
      // Behind the header a frame without sections is complete.
      if (length === header) continue
      expect(() => decode(frame.subarray(0, length)), `${length} bytes`).toThrow(FrameError)
    }
  })
})
