import { describe, expect, it } from 'vitest'
import { sectionFor } from './sections'

const holding =
  (...rights: string[]) =>
  (right: string) =>
    rights.includes(right)

describe('the section that an address names', () => {
  it('is opened when the account may', () => {
    expect(sectionFor('audit', holding('account.manage', 'audit.read'))).toBe('audit')
  })

  it('is otherwise the first that the account may see', () => {
    expect(sectionFor('accounts', holding('shift.manage'))).toBe('shifts')
    expect(sectionFor(undefined, holding('device.manage', 'shift.manage'))).toBe('devices')
    expect(sectionFor('no-such-thing', holding('worker.manage'))).toBe('workers')
  })

  it('is none without any of the rights', () => {
    expect(sectionFor('accounts', holding('incident.read'))).toBeUndefined()
  })
})
