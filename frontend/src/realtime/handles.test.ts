import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Handles, MAX_HANDLE } from './handles'

describe('handles', () => {
  it('answer as a Map would', () => {
    const step = fc.tuple(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: -1, max: 10 }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const handles = new Handles()
        const model = new Map<number, number>()
        for (const [handle, value] of steps) {
          handles.set(handle, value)
          if (value < 0) model.delete(handle)
          else model.set(handle, value)
        }
        for (const [handle] of steps) expect(handles.get(handle)).toBe(model.get(handle) ?? -1)
        const seen = new Map<number, number>()
        handles.forEach((value, handle) => seen.set(handle, value))
        expect(seen).toEqual(new Map([...model].sort(([a], [b]) => a - b)))
      }),
    )
  })

  it('know of nobody by what is no handle', () => {
    const handles = new Handles()
    for (const none of [-1, 0.5, NaN, 5000]) expect(handles.get(none)).toBe(-1)
  })

  it('take every handle that the protocol allows and refuse the next', () => {
    const handles = new Handles()
    handles.set(MAX_HANDLE, 7)
    expect(handles.get(MAX_HANDLE)).toBe(7)
    expect(handles.get(MAX_HANDLE + 1)).toBe(-1)
    expect(() => handles.set(MAX_HANDLE + 1, 1)).toThrow(RangeError)
    handles.clear()
    expect(handles.get(MAX_HANDLE)).toBe(-1)
  })
})
