import { SEVERITIES, type Incident, type IncidentState, type Severity } from '@/api/types'

/** States in which an incident is open, in the order of the loop. */
export const OPEN_STATES: readonly IncidentState[] = ['reported', 'dispatched', 'handling']
/** Ages by which the list can be filtered: at least so old, ms. */
export const AGES = { '15m': 900_000, '1h': 3_600_000, '4h': 14_400_000, '1d': 86_400_000 } as const
export type Age = keyof typeof AGES
/** What the list can be sorted by. */
export const SORTS = ['urgency', 'newest', 'oldest'] as const
export type Sort = (typeof SORTS)[number]

/** Which incidents the list shows, and in what order. Empty lists and texts don't restrict. */
export interface QueueFilter {
  states: IncidentState[]
  severities: Severity[]
  /** Class code, or the beginning of one. */
  cls: string
  /** Area code. */
  area: string
  /** Part of the code, text, address or class's name. */
  text: string
  age: Age | ''
  /** Only those that the person has reported. */
  mine: boolean
  sort: Sort
}

/** Shows everything, what hurts most first. */
export const everything = (): QueueFilter => ({ states: [], severities: [], cls: '', area: '', text: '', age: '', mine: false, sort: 'urgency' })

/** What a filter needs to know of the surroundings. */
export interface Surroundings {
  /** Server's clock, ms. */
  now: number
  /** Display name of the person. */
  me: string
  className(code: string): string
}

/** Whether an incident passes. */
export function passes(filter: QueueFilter, i: Incident, around: Surroundings): boolean {
  const { states, severities, cls, area, age, mine } = filter
  return (
    (states.length === 0 || states.includes(i.state)) &&
    (severities.length === 0 || severities.includes(i.severity)) &&
    i.class.startsWith(cls) &&
    i.area.startsWith(area) &&
    (age === '' || around.now - Date.parse(i.reported_at) >= AGES[age]) &&
    (!mine || i.reported_by === around.me) &&
    mentions(filter.text, i, around)
  )
}

function mentions(text: string, i: Incident, around: Surroundings): boolean {
  const part = text.trim().toLowerCase()
  return part === '' || [i.code, i.text, i.address, around.className(i.class)].some((where) => where.toLowerCase().includes(part))
}

/** How many restrictions a filter has; the order is none. */
export function restrictions(f: QueueFilter): number {
  return [f.states.length, f.severities.length, f.cls, f.area, f.text.trim(), f.age, f.mine].filter(Boolean).length
}

/**
 * A filter as one piece of text, for the address bar and for saving: `severity:urgent+critical;state:reported;text:井盖`. Everything is the
 * empty text. Values are encoded, so that whatever is searched for keeps its meaning.
 */
export function writeFilter(f: QueueFilter): string {
  const parts: [string, string][] = [
    ['severity', SEVERITIES.filter((s) => f.severities.includes(s)).join('+')],
    ['state', OPEN_STATES.filter((s) => f.states.includes(s)).join('+')],
    ['class', encodeURIComponent(f.cls)],
    ['area', f.area],
    ['text', encodeURIComponent(f.text.trim())],
    ['age', f.age],
    ['mine', f.mine ? '1' : ''],
    ['sort', f.sort === 'urgency' ? '' : f.sort],
  ]
  return parts.filter(([, value]) => value).map(([key, value]) => `${key}:${value}`).join(';') // prettier-ignore
}

/** Reads what {@link writeFilter} writes; what doesn't make sense counts as absent. */
export function readFilter(text: string): QueueFilter {
  const f = everything()
  for (const part of text.split(';')) {
    const colon = part.indexOf(':')
    const [key, value] = [part.slice(0, colon), part.slice(colon + 1)]
    if (key === 'severity') f.severities = SEVERITIES.filter((s) => value.split('+').includes(s))
    if (key === 'state') f.states = OPEN_STATES.filter((s) => value.split('+').includes(s))
    if (key === 'class') f.cls = decoded(value).slice(0, 20)
    if (key === 'area' && /^(\d{6}|\d{9}|\d{12}|\d{16})$/.test(value)) f.area = value
    if (key === 'text') f.text = decoded(value).trim().slice(0, 100)
    if (key === 'age' && value in AGES) f.age = value as Age
    if (key === 'mine') f.mine = value === '1'
    if (key === 'sort' && SORTS.includes(value as Sort)) f.sort = value as Sort
  }
  return f
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
