/** Writes position frames as docs/protocol.md §4 says, for tests: plain and slow on purpose, so that it can be compared with the text. */

export interface TestUpsert {
  handle: number
  state: number
  /** Absolute 1e-6 degrees when `full`, differences when `moved`, nothing otherwise. */
  mode: 'full' | 'moved' | 'still'
  lon?: number
  lat?: number
  /** Units of 100 ms. */
  age: number
  course: number
  speed: number
}

export interface TestSection {
  c: number
  keyframe: boolean
  upserts: TestUpsert[]
  removals: { handle: number; off: boolean }[]
}

export interface TestFrame {
  everything: boolean
  now: number
  tick: number
  sections: TestSection[]
}

/** The frame's bytes. Upserts and removals are sorted here, but for the upserts of a view, which come as they are. */
export function encodeFrame(frame: TestFrame): Uint8Array {
  const out: number[] = [0x01, frame.everything ? 1 : 0]
  uvarint(out, frame.now)
  uvarint(out, frame.tick)
  for (const section of frame.sections) encodeSection(out, section)
  return Uint8Array.from(out)
}

function encodeSection(out: number[], section: TestSection): void {
  uvarint(out, section.c * 2 + (section.keyframe ? 1 : 0))
  uvarint(out, section.upserts.length)
  uvarint(out, section.removals.length)
  let before = 0
  const view = section.c === 2
  for (const u of view ? section.upserts : [...section.upserts].sort((a, b) => a.handle - b.handle)) {
    const bits = u.state * 4 + (u.mode === 'moved' ? 2 : 0) + (u.mode === 'full' ? 1 : 0)
    uvarint(out, (u.handle - before) * 16 + bits)
    if (!view) before = u.handle
    if (u.mode !== 'still') {
      zigzag(out, u.lon!)
      zigzag(out, u.lat!)
    }
    uvarint(out, u.age)
    out.push(u.course, u.speed)
  }
  before = 0
  for (const r of [...section.removals].sort((a, b) => a.handle - b.handle)) {
    uvarint(out, (r.handle - before) * 2 + (r.off ? 1 : 0))
    before = r.handle
  }
}

function uvarint(out: number[], value: number): void {
  let rest = BigInt(value)
  for (; rest >= 0x80n; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80)
  out.push(Number(rest))
}

function zigzag(out: number[], value: number): void {
  uvarint(out, value >= 0 ? value * 2 : -value * 2 - 1)
}
