import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ServerClock } from './clock'

describe('ServerClock', () => {
  it('is never farther off than half the quickest round trip', () => {
    const trip = fc.record({ out: fc.nat(400), back: fc.nat(400) })
    fc.assert(
      fc.property(fc.integer({ min: -100_000, max: 100_000 }), fc.array(trip, { minLength: 1, maxLength: 8 }), (offset, trips) => {
        let local = 1_000_000
        const clock = new ServerClock(() => local)
        for (const { out, back } of trips) {
          const sentAt = local
          const serverNow = local + out + offset
          local += out + back
          clock.sample(sentAt, serverNow)
          local += 1000
        }
        const quickest = Math.min(...trips.map((t) => t.out + t.back))
        expect(Math.abs(clock.offset - offset)).toBeLessThanOrEqual(quickest / 2)
        expect(clock.now()).toBe(local + clock.offset)
      }),
    )
  })

  it('takes the first reading as it is until a ping has been answered', () => {
    const clock = new ServerClock(() => 5000)
    clock.rough(5300)
    expect(clock.now()).toBe(5300)
    clock.sample(4990, 5100)
    expect(clock.now()).toBe(5105)
    clock.rough(9999)
    expect(clock.now()).toBe(5105)
  })
})
