import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Backoff, verdict } from './reconnect'

describe('verdict', () => {
  it.each([
    [1001, { reconnect: true, keepCursor: true, atOnce: true }],
    [1006, { reconnect: true, keepCursor: true, atOnce: false }],
    [4400, { reconnect: false, keepCursor: true, atOnce: false }],
    [4401, { reconnect: false, keepCursor: true, atOnce: false }],
    [4403, { reconnect: true, keepCursor: false, atOnce: true }],
    [4408, { reconnect: true, keepCursor: true, atOnce: false }],
    [4413, { reconnect: true, keepCursor: true, atOnce: false }],
    [4429, { reconnect: false, keepCursor: true, atOnce: false }],
    [4500, { reconnect: true, keepCursor: true, atOnce: false }],
  ])('of %i is that of the table in docs/protocol.md', (code, expected) => {
    expect(verdict(code)).toEqual(expected)
  })
})

describe('Backoff', () => {
  it('doubles from 250 ms to 10 s while connections fail', () => {
    const backoff = new Backoff(() => 0)
    const delays = Array.from({ length: 8 }, () => backoff.next(0, false))
    expect(delays).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000])
  })

  it('adds up to half at random', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.integer({ min: 1, max: 12 }), (random, tries) => {
        const [plain, jittered] = [new Backoff(() => 0), new Backoff(() => random)]
        for (let i = 0; i < tries; i++) {
          const base = plain.next(0, false)
          const delay = jittered.next(0, false)
          expect(delay).toBeGreaterThanOrEqual(base)
          expect(delay).toBeLessThanOrEqual(base * 1.5)
        }
      }),
    )
  })

  it('tries at once after a connection that had lived, and then begins anew', () => {
    const backoff = new Backoff(() => 0)
    for (let i = 0; i < 5; i++) backoff.next(0, false)
    expect(backoff.next(10_001, false)).toBe(0)
    expect(backoff.next(0, false)).toBe(500)
  })

  it('tries at once when told to, but only once', () => {
    const backoff = new Backoff(() => 0)
    expect(backoff.next(0, true)).toBe(0)
    expect(backoff.next(0, true)).toBe(500)
    expect(backoff.next(0, true)).toBe(1000)
  })
})
