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

  it('follows at once when somebody sets the computer’s clock, and not when only the network is slow', () => {
    let local = 1_000_000
    const clock = new ServerClock(() => local)
    const ping = (offset: number, trip: number) => {
      const sentAt = local
      local += trip
      clock.sample(sentAt, sentAt + trip / 2 + offset)
    }
    ping(0, 4)
    expect(clock.offset).toBe(0)
    local += 600_000 // set ten minutes ahead
    ping(-600_000, 40)
    expect(clock.offset).toBe(-600_000)
    local += 1000
    clock.sample(local - 900, local - 100 - 600_000) // a slow answer, read late: 350 ms off by its round trip
    expect(clock.offset).toBe(-600_000)
  })
})
