import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { DRAWN_BEHIND, RECORD_BYTES, Tracks } from './tracks'

/** A clock that tests move, and tracks that read it. */
let now = 0
let tracks: Tracks

beforeEach(() => {
  now = 1_763_892_000_000
  tracks = new Tracks(() => now)
})

interface Told {
  handle: number
  lon?: number
  lat?: number
  age?: number
  state?: number
}

const LON = 116_300_000
const LAT = 37_450_000
/** About 8.9 m eastwards at this latitude. */
const STEP = 100

function frame(c: number, told: Told[], options: { keyframe?: boolean; everything?: boolean; gone?: [number, boolean][] } = {}) {
  tracks.begin(now, 1, options.everything ?? false)
  tracks.section(c, options.keyframe ?? false)
  for (const t of told) tracks.upsert(t.handle, t.lon ?? LON, t.lat ?? LAT, now - (t.age ?? 0), t.state ?? 0, 255, 255)
  for (const [handle, off] of options.gone ?? []) tracks.remove(handle, off)
  tracks.end()
}

const handles = () => {
  const all: number[] = []
  tracks.forEach((handle) => all.push(handle))
  return all.sort((a, b) => a - b)
}

describe('Tracks: drawing', () => {
  it('puts a worker that appears where its fix says', () => {
    frame(2, [{ handle: 7, age: 40_000, state: 1 }])
    expect(tracks.get(7)).toMatchObject({ lon: 116.3, lat: 37.45, fixTime: now - 40_000, state: 1, course: undefined, speed: undefined })
    expect(tracks.get(7)!.drawnLon).toBeCloseTo(116.3, 7)
    expect(tracks.get(7)!.drawnLat).toBeCloseTo(37.45, 7)
  })

  it('glides from where it is drawn to the fix, and is there a second after the fix was made', () => {
    frame(2, [{ handle: 7 }])
    now += 1000
    frame(2, [{ handle: 7, lon: LON + STEP }])
    expect(tracks.get(7)!.drawnLon).toBeCloseTo(116.3, 7)
    now += DRAWN_BEHIND / 2
    expect(tracks.get(7)!.drawnLon).toBeCloseTo(116.3 + STEP / 2e6, 7)
    now += DRAWN_BEHIND / 2
    expect(tracks.get(7)!.drawnLon).toBeCloseTo(116.3 + STEP / 1e6, 7)
  })

  it('never goes beyond the newest fix, however long none comes', () => {
    frame(2, [{ handle: 7 }])
    now += 1000
    frame(2, [{ handle: 7, lon: LON + STEP }])
    fc.assert(
      fc.property(fc.nat(10_000_000), (later) => {
        const before = now
        now += later
        const { drawnLon } = tracks.get(7)!
        now = before
        expect(drawnLon).toBeGreaterThanOrEqual(116.3 - 1e-9)
        expect(drawnLon).toBeLessThanOrEqual(116.3 + STEP / 1e6 + 1e-9)
      }),
    )
  })

  it('never jumps while it walks: between two moments it goes no farther than the fixes it was told', () => {
    frame(2, [{ handle: 7 }])
    fc.assert(
      fc.property(fc.array(fc.record({ wait: fc.integer({ min: 1, max: 3000 }), step: fc.integer({ min: -200, max: 200 }), age: fc.nat(900) }), { maxLength: 30 }), (fixes) => {
        let lon = tracks.get(7)!.lon * 1e6
        for (const { wait, step, age } of fixes) {
          now += wait
          const before = tracks.get(7)!.drawnLon
          lon = Math.round(lon + step)
          frame(2, [{ handle: 7, lon, age }])
          expect(tracks.get(7)!.drawnLon).toBeCloseTo(before, 7)
        }
      }),
    )
  })

  it('puts it down when it is too far away to have been a movement', () => {
    frame(2, [{ handle: 7 }])
    now += 1000
    frame(2, [{ handle: 7, lon: LON + 10_000 }])
    expect(tracks.get(7)!.drawnLon).toBeCloseTo(116.31, 7)
  })

  it('is in motion until the glide is over, and at rest when somebody stands', () => {
    frame(2, [{ handle: 7 }])
    expect(tracks.movingUntil).toBe(0)
    now += 1000
    frame(2, [{ handle: 7, lon: LON + STEP }])
    expect(tracks.movingUntil).toBe(now + DRAWN_BEHIND)
    const until = tracks.movingUntil
    now += 5000
    frame(2, [{ handle: 7, lon: LON + STEP }])
    expect(tracks.movingUntil).toBe(until)
  })

  it('draws the same after hours: records follow the epoch', () => {
    frame(2, [{ handle: 7 }])
    now += 5 * 3_600_000
    frame(2, [{ handle: 7, lon: LON + STEP }])
    now += DRAWN_BEHIND / 2
    expect(tracks.get(7)!.drawnLon).toBeCloseTo(116.3 + STEP / 2e6, 7)
    expect(now - tracks.epoch).toBeLessThan(3_600_000)
  })

  it('finds the nearest drawn worker within reach', () => {
    frame(2, [{ handle: 7 }, { handle: 8, lon: LON + STEP }])
    const x = (180 + 116.3 + (STEP * 0.8) / 1e6) / 360
    const y = tracks.origin[1]
    expect(tracks.nearest(x, y, 1e-6)).toBe(8)
    expect(tracks.nearest(x, y, 1e-12)).toBe(-1)
  })
})

describe('Tracks: who is on the map', () => {
  it('keeps a worker as long as any section holds it', () => {
    frame(1, [{ handle: 7 }])
    frame(5, [{ handle: 7 }])
    frame(5, [], { gone: [[7, false]] })
    expect(handles()).toEqual([7])
    frame(1, [], { gone: [[7, false]] })
    expect(handles()).toEqual([])
  })

  it('takes a worker who goes off shift out of every section', () => {
    frame(1, [{ handle: 7 }])
    frame(5, [{ handle: 7 }])
    frame(5, [], { gone: [[7, true]] })
    expect(tracks.get(7)).toBeUndefined()
    expect(tracks.count).toBe(0)
  })

  it('goes on gliding when a worker crosses from one cell into another', () => {
    frame(5, [{ handle: 7 }])
    now += 1000
    tracks.begin(now, 2, false)
    tracks.section(5, false)
    tracks.remove(7, false)
    tracks.section(6, false)
    tracks.upsert(7, LON + STEP, LAT, now, 0, 255, 255)
    tracks.end()
    expect(tracks.get(7)!.drawnLon).toBeCloseTo(116.3, 7)
  })

  it('holds after a keyframe exactly those who are in it', () => {
    frame(5, [{ handle: 1 }, { handle: 2 }, { handle: 3 }])
    frame(5, [{ handle: 2 }, { handle: 4 }], { keyframe: true })
    expect(handles()).toEqual([2, 4])
  })

  it('forgets everybody with "everything"', () => {
    frame(5, [{ handle: 1 }])
    frame(1, [{ handle: 2 }])
    frame(6, [{ handle: 3 }], { everything: true })
    expect(handles()).toEqual([3])
  })

  it('forgets sections that are not shown any more and ignores what still comes of them', () => {
    frame(5, [{ handle: 1 }])
    frame(6, [{ handle: 2 }])
    tracks.show((section) => section === 6)
    expect(handles()).toEqual([2])
    frame(5, [{ handle: 1 }])
    expect(handles()).toEqual([2])
  })

  it('agrees with a plain model over any history', () => {
    const sections = [1, 2, 3]
    const step = fc.record({
      c: fc.constantFrom(...sections),
      keyframe: fc.boolean(),
      everything: fc.boolean().map((b) => b),
      up: fc.uniqueArray(fc.integer({ min: 1, max: 2000 }), { maxLength: 60 }),
      gone: fc.uniqueArray(fc.integer({ min: 1, max: 2000 }), { maxLength: 30 }),
      off: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        tracks = new Tracks(() => now)
        const model = new Map<number, Map<number, number>>(sections.map((c) => [c, new Map()]))
        for (const [i, s] of steps.entries()) {
          now += 250
          if (s.everything) for (const members of model.values()) members.clear()
          if (s.keyframe) model.get(s.c)!.clear()
          for (const handle of s.up) model.get(s.c)!.set(handle, LON + handle + i)
          for (const handle of s.gone) for (const [c, members] of model) if (s.off || c === s.c) members.delete(handle)
          frame(s.c, s.up.map((handle) => ({ handle, lon: LON + handle + i })), { ...s, gone: s.gone.map((h) => [h, s.off]) })
          const expected = new Set([...model.values()].flatMap((members) => [...members.keys()]))
          expect(handles()).toEqual([...expected].sort((a, b) => a - b))
          for (const handle of s.up) if (expected.has(handle)) expect(tracks.get(handle)!.lon).toBeCloseTo((LON + handle + i) / 1e6, 9)
        }
        expect(tracks.records.byteLength).toBeGreaterThanOrEqual(tracks.count * RECORD_BYTES)
      }),
    )
  })
})

describe('Tracks: lag', () => {
  it('is measured from the fix to the frame that draws it, for new fixes only', () => {
    frame(5, [{ handle: 1, age: 90_000 }], { keyframe: true })
    tracks.lag.drawn(now)
    expect(tracks.lag.median()).toBeUndefined()
    for (const age of [200, 300, 700]) {
      now += 5000
      frame(5, [{ handle: 1, age, lon: LON + age }])
      now += 16
      tracks.lag.drawn(now)
    }
    expect(tracks.lag.median()).toBe(316)
  })

  it('does not take a fix that is told again for a new one', () => {
    frame(5, [{ handle: 1, age: 150 }])
    now += 250
    frame(5, [{ handle: 1, age: 350, state: 0 }])
    tracks.lag.drawn(now)
    expect(tracks.lag.median()).toBeUndefined()
  })
})
