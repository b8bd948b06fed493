import { describe, expect, it } from 'vitest'
import { Meanwhile } from './meanwhile'
import type { EventItem } from './protocol'

const event = (kind: string, id: string, at: number): EventItem => ({
  kind, entity: kind.split('.')[0]!, id, version: 1, area: '371402', at, actor: '', data: null,
}) // prettier-ignore

describe('Meanwhile', () => {
  it('counts what happened between loss and return, each thing once', () => {
    const m = new Meanwhile()
    m.lost(1000, ['1', '2'])
    m.back(5000)
    const grown = m.events([
      event('incident.reported', '3', 2000),
      event('incident.moved', '3', 2500), // new, so not changed too
      event('incident.moved', '1', 3000),
      event('incident.moved', '1', 3500),
      event('alarm.raised', '9', 4000),
      event('alarm.acknowledged', '9', 4100),
      event('worker.entered', '17', 4200),
      event('incident.reported', '4', 6000), // seen live
    ])
    expect(grown).toBe(true)
    expect(m.missed).toEqual({ since: 1000, until: 5000, reported: 1, changed: 1, alarms: 1 })
    expect(m.events([event('incident.moved', '1', 3500)]), 'an event may come twice').toBe(false)
  })

  it('has nothing to tell before a loss, or when nothing happened', () => {
    const m = new Meanwhile()
    m.back(100)
    m.events([event('incident.reported', '1', 50)])
    expect(m.missed).toBeUndefined()
    m.lost(1000, [])
    m.events([event('incident.reported', '1', 1100)])
    expect(m.missed).toBeUndefined()
    m.back(2000)
    expect(m.missed).toBeUndefined()
  })

  it('takes a snapshot for what could not be caught up', () => {
    const m = new Meanwhile()
    m.lost(1000, ['1', '2', '3'])
    m.back(2000)
    expect(m.snapshot(['1', '4', '5'], ['3'])).toBe(true)
    expect(m.missed).toMatchObject({ reported: 2, changed: 2 })
  })

  it('goes on over a second loss in the middle, and begins anew after one that was caught up', () => {
    const m = new Meanwhile()
    m.lost(1000, [])
    m.lost(1500, [])
    m.back(2000)
    m.events([event('incident.reported', '1', 1200)])
    expect(m.missed).toMatchObject({ since: 1000, reported: 1 })
    expect([m.over(10_000), m.over(20_000)]).toEqual([false, true])
    m.lost(30_000, [])
    expect(m.missed).toBeUndefined()
  })
})
