import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LAG_HISTORY, LAG_STEP, LagHistory } from './lag-history'

describe('LagHistory', () => {
  it('gives quantiles by the nearest rank', () => {
    const history = new LagHistory()
    for (let i = 1; i <= 100; i++) history.add(1000 + i, i)
    expect([0.5, 0.99, 1].map((p) => history.quantile(p, 0))).toEqual([50, 99, 100])
    expect(history.quantile(0.5, 1091)).toBe(95)
    expect(history.quantile(0.5, 5000)).toBeUndefined()
  })

  it('takes no lag that the clock cannot tell from none', () => {
    const history = new LagHistory()
    history.take(1000, 1010, Infinity) // no ping was answered yet
    history.take(1000, 1200, 600)
    history.take(1000, 990, 2)
    expect(history.quantile(1, 0)).toBeUndefined()
    history.take(1000, 1200, 10)
    expect(history.quantile(1, 0)).toBe(200)
  })

  it('keeps the newest when there are more than it holds', () => {
    const history = new LagHistory()
    for (let i = 0; i < 3000; i++) history.add(i, i)
    expect(history.quantile(1, 0)).toBe(2999)
    expect(history.quantile(0, 0)).toBe(3000 - 1024)
  })

  it('draws every lag of the ten minutes in exactly one step, and a gap where there was none', () => {
    const now = 1_000_000_007
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: LAG_HISTORY - LAG_STEP }), { maxLength: 200 }), (ages) => {
        const history = new LagHistory()
        for (const age of ages) history.add(now - age, 100)
        const steps = history.steps(now)
        const filled = new Set(ages.map((age) => Math.floor((now - age) / LAG_STEP)))
        expect(steps).toHaveLength(60)
        expect(steps.filter((step) => step !== undefined)).toHaveLength(filled.size)
      }),
    )
  })
})
