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
export type Basemap = Schemas['Basemap']
export type Survey = Schemas['Survey']
export type Severity = Schemas['Severity']
export type TimelineEntry = Schemas['TimelineEntry']
export type Worker = Schemas['Worker']
export type Shift = Schemas['Shift']
export type Track = Schemas['Track']
export type TrackFix = Schemas['TrackFix']
export type Building = Schemas['Building']
export type BuildingDetail = Schemas['BuildingDetail']
export type Facility = Schemas['Facility']
export type FacilityDetail = Schemas['FacilityDetail']
export type AreaBrief = Schemas['AreaBrief']
export type PersonNow = Schemas['PersonNow']
export type NearWorker = Schemas['NearWorker']
export type SearchResult = Schemas['SearchResult']
export type Message = Schemas['Message']
export type Account = Schemas['Account']
export type AccountOrder = Schemas['AccountOrder']
export type AuditEntry = Schemas['AuditEntry']
export type Device = Schemas['Device']
export type DeviceKind = Schemas['DeviceKind']
export type DeviceOrder = Schemas['DeviceOrder']
export type Duty = Schemas['Duty']
export type ImportReport = Schemas['ImportReport']
export type Role = Schemas['Role']
export type UnclaimedDevice = Schemas['UnclaimedDevice']
export type WorkerOrder = Schemas['WorkerOrder']
export type ProblemBody = Schemas['Problem']

/** Severities from the mildest to the worst. */
export const SEVERITIES: readonly Severity[] = ['normal', 'attention', 'urgent', 'critical']

/** Roles in the order in which they are shown. */
export const ROLES: readonly Role[] = ['operator', 'dispatcher', 'leader', 'grid_worker', 'community', 'department', 'administrator']

/** Kinds of device in the order in which they are shown. */
export const DEVICE_KINDS: readonly DeviceKind[] = ['app', 'tracker', 'gateway']
