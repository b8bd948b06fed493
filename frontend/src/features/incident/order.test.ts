import { describe, expect, it } from 'vitest'
import type { Incident } from '@/api/types'
import { bySeverityThenAge } from './order'

const incident = (id: number, severity: Incident['severity'], minute: number) =>
  ({ id, severity, reported_at: `2026-11-23T02:${String(minute).padStart(2, '0')}:00Z` }) as Incident

describe('bySeverityThenAge', () => {
  it('puts the worst first, among equals the one that waits longest, and keeps ties in place', () => {
    const rows = [incident(1, 'normal', 0), incident(2, 'critical', 30), incident(3, 'urgent', 5), incident(5, 'urgent', 1), incident(4, 'urgent', 1), incident(6, 'attention', 0)]
    expect(rows.sort(bySeverityThenAge).map((i) => i.id)).toEqual([2, 4, 5, 3, 6, 1])
  })
})
