import { describe, expect, it } from 'vitest'
import { CameraHistory } from './camera-history'

const view = (lon: number, zoom = 12) => ({ lon, lat: 37, zoom })

describe('camera history', () => {
  it('goes back and forth', () => {
    const history = new CameraHistory()
    history.visit(view(1), 0)
    history.visit(view(2), 10_000)
    history.visit(view(3), 20_000)
    expect(history.forward()).toBeUndefined()
    expect(history.back()).toEqual(view(2))
    history.visit(view(2), 20_100) // the map has come to rest there: no new view
    expect(history.back()).toEqual(view(1))
    expect(history.back()).toBeUndefined()
    expect(history.ways).toEqual({ back: false, forward: true })
    expect(history.forward()).toEqual(view(2))
  })

  it('takes a flurry of movements for one, but never replaces the first view', () => {
    const history = new CameraHistory()
    history.visit(view(1), 0)
    for (let i = 0; i < 5; i++) history.visit(view(2, 12 + i), 100 + i * 200)
    expect(history.back()).toEqual(view(1))
    expect(history.forward()).toEqual(view(2, 16))
  })

  it('forgets what was ahead when the map is moved after going back', () => {
    const history = new CameraHistory()
    for (const lon of [1, 2, 3]) history.visit(view(lon), lon * 10_000)
    history.back()
    history.back()
    history.visit(view(9), 90_000)
    expect(history.forward()).toBeUndefined()
    expect(history.back()).toEqual(view(1))
  })

  it('keeps fifty views', () => {
    const history = new CameraHistory()
    for (let i = 0; i < 200; i++) history.visit(view(i / 10), i * 10_000)
    let steps = 0
    while (history.back()) steps++
    expect(steps).toBe(49)
  })
})
