import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SEVERITIES, type Incident } from '@/api/types'
import { AGES, everything, OPEN_STATES, passes, readFilter, restrictions, SORTS, writeFilter, type Age, type QueueFilter } from './filter'

const NOW = Date.parse('2026-11-23T02:00:00Z')
const around = { now: NOW, me: '值班员', className: (code: string) => (code === '06010' ? '暴露垃圾' : code) }

const incident = (more: Partial<Incident> = {}): Incident => ({
  id: 1, code: '20261123-0001', class: '06010', severity: 'urgent', state: 'reported', text: '岔河桥东侧', address: '中心路 3 号', lon: 116.3, lat: 37.45,
  area: '3714020010011001', outside_grids: false, source: 'console', reported_by: '值班员', reported_at: '2026-11-23T01:00:00Z', version: 1, ...more,
}) // prettier-ignore

const digits = (length: number) => fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((d) => d.join(''))
const anyFilter: fc.Arbitrary<QueueFilter> = fc.record({
  states: fc.subarray([...OPEN_STATES]),
  severities: fc.subarray([...SEVERITIES]),
  cls: fc.oneof(fc.constant(''), digits(5), fc.constant('W01')),
  area: fc.oneof(fc.constant(''), ...[6, 9, 12, 16].map(digits)),
  text: fc.string({ unit: 'grapheme', maxLength: 20 }).filter((t) => t.length <= 100).map((t) => t.trim()),
  age: fc.constantFrom<Age | ''>('', ...(Object.keys(AGES) as Age[])),
  mine: fc.boolean(),
  sort: fc.constantFrom(...SORTS),
})

describe('filter', () => {
  it('is read as it was written, whatever is searched for', () => {
    fc.assert(
      fc.property(anyFilter, (filter) => {
        expect(readFilter(writeFilter(filter))).toEqual(filter)
      }),
    )
  })

  it.each(['', 'nonsense', 'state:', 'state:closed', 'severity:worst', 'area:12', 'age:2h', 'text:%E4%B', 'sort:size', ';;:', 'mine:yes', ':::'])(
    'takes %j for everything',
    (text) => expect(readFilter(text)).toEqual(everything()),
  )

  it.each<[Partial<QueueFilter>, boolean]>([
    [{}, true],
    [{ states: ['reported', 'handling'] }, true],
    [{ states: ['handling'] }, false],
    [{ severities: ['critical'] }, false],
    [{ cls: '06' }, true],
    [{ cls: '06011' }, false],
    [{ area: '371402001' }, true],
    [{ area: '371402002' }, false],
    [{ age: '1h' }, true],
    [{ age: '4h' }, false],
    [{ mine: true }, true],
    [{ text: ' 垃圾 ' }, true],
    [{ text: '0001' }, true],
    [{ text: '中心路' }, true],
    [{ text: '路灯' }, false],
    [{ text: '桥', severities: ['normal'] }, false],
  ])('%j lets one pass: %s', (part, expected) => expect(passes({ ...everything(), ...part }, incident(), around)).toBe(expected))

  it('knows whose an incident is', () => {
    expect(passes({ ...everything(), mine: true }, incident({ reported_by: '派遣员' }), around)).toBe(false)
  })

  it('counts what restricts', () => {
    expect(restrictions(everything())).toBe(0)
    expect(restrictions({ ...everything(), sort: 'newest', text: '  ' })).toBe(0)
    expect(restrictions({ ...everything(), states: ['reported'], mine: true, text: 'x' })).toBe(3)
  })
})
