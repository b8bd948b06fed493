import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SWITCHES } from '@/map/layer'
import { readAddress, writeAddress } from './address'

describe('address', () => {
  it('reproduces place, zoom, selection, layers, base and filter', () => {
    const camera = fc.record({
      lon: fc.integer({ min: -18_000_000, max: 18_000_000 }).map((n) => n / 1e5),
      lat: fc.integer({ min: -8_500_000, max: 8_500_000 }).map((n) => n / 1e5),
      zoom: fc.integer({ min: 0, max: 2200 }).map((n) => n / 100),
    })
    const numbered = fc.record({
      kind: fc.constantFrom('incident' as const, 'worker' as const, 'building' as const, 'facility' as const),
      id: fc.integer({ min: 1, max: 10 ** 12 }),
    })
    const digits = (length: number) => fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((d) => d.join(''))
    const area = fc.record({ kind: fc.constant('area' as const), code: fc.oneof(...[6, 9, 12, 16].map(digits)) })
    const selected = fc.oneof(numbered, area)
    const base = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,39}$/)
    fc.assert(
      fc.property(fc.option(camera, { nil: undefined }), fc.option(selected), fc.subarray([...SWITCHES]), base, fc.string(), (camera, selected, off, base, filter) => {
        const query = writeAddress({ camera, selected, off, base, filter })
        const read = readAddress(query as Record<string, string>)
        expect(read.selected).toEqual(selected)
        expect(read.off).toEqual(off)
        expect(read.base).toBe(base)
        expect(read.filter).toBe(filter)
        expect(read.camera === undefined).toBe(camera === undefined)
        if (camera) for (const key of ['lon', 'lat', 'zoom'] as const) expect(read.camera![key]).toBeCloseTo(camera[key], 5)
      }),
    )
  })

  it.each<Record<string, string | string[]>>([
    { at: '' },
    { at: ',,' },
    { at: '116,37' },
    { at: '116,37,abc' },
    { at: '216,37,9' },
    { at: '116,91,9' },
    { at: '116,37,99' },
    { at: ['116,37,9', '1,2,3'] },
    { select: 'incident-0' },
    { select: 'incident-1e9' },
    { select: 'area-5' },
    { select: 'worker--5' },
    { off: 'moon,' },
    { base: '../x' },
    { filter: ['mine:1', 'mine:1'] },
  ])('takes %j for nothing', (query) => {
    expect(readAddress(query)).toEqual({ camera: undefined, selected: null, off: [], base: 'none', filter: '' })
  })
})
