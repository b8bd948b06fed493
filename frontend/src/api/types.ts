import type { components } from './schema'

/** Names for the types of the REST interface (internal/httpapi/openapi.yaml) that are used here. */
type Schemas = components['schemas']

export type Session = Schemas['Session']
export type Area = Schemas['Area']
export type AreaDetail = Schemas['AreaDetail']
export type AreaRef = Schemas['AreaRef']
export type Incident = Schemas['Incident']
export type IncidentDetail = Schemas['IncidentDetail']
export type IncidentState = Schemas['IncidentState']
export type IncidentClass = Schemas['Class']
export type ReportIncident = Schemas['ReportIncident']
export type Severity = Schemas['Severity']
export type TimelineEntry = Schemas['TimelineEntry']
export type Alarm = Schemas['Alarm']
export type AlarmKind = Schemas['AlarmKind']
export type TodayFigures = Schemas['TodayFigures']
export type SavedFilter = Schemas['SavedFilter']
export type Worker = Schemas['Worker']
export type Shift = Schemas['Shift']
export type Track = Schemas['Track']
export type TrackFix = Schemas['TrackFix']
export type ProblemBody = Schemas['Problem']

/** Severities from the mildest to the worst. */
export const SEVERITIES: readonly Severity[] = ['normal', 'attention', 'urgent', 'critical']
