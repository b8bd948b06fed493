import { SEVERITIES, type Incident } from '@/api/types'

/** What hurts most first: the worse severity, then the longer wait; equal ones by id, so that rows never swap places. */
export function bySeverityThenAge(a: Incident, b: Incident): number {
  return (
    SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) || Date.parse(a.reported_at) - Date.parse(b.reported_at) || a.id - b.id
  )
}
