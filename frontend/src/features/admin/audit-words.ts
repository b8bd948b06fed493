import { useI18n } from 'vue-i18n'
import type { AuditEntry } from '@/api/types'
import { useFormats } from '@/i18n/formats'
import { usePlaces } from '@/stores/places'

/** What is done to what: the part of an action before the dot, as the log is filtered by. */
export const ACTION_KINDS = ['session', 'account', 'worker', 'device', 'shift', 'track', 'incident', 'audit'] as const

/** Times stand last, the beginning first. */
const LAST = ['from', 'to']

export interface Fact {
  key: string
  name: string
  value: string
}

/** Entries of the audit log in words. What has no word yet is shown as it is: nothing is left out. */
export function useAuditWords() {
  const { t, te } = useI18n()
  const places = usePlaces()
  const formats = useFormats()

  function detailOf(entry: AuditEntry): Record<string, unknown> {
    return (entry.detail ?? {}) as Record<string, unknown>
  }

  /** "修改账号 · li.wei" */
  function sentence(entry: AuditEntry): string {
    const key = `audit.action.${entry.action.replaceAll('.', '_')}`
    const what = te(key) ? t(key) : entry.action
    const { name, code, uid } = detailOf(entry)
    const whose = [name, code, uid].find((one) => typeof one === 'string' && one !== '')
    return whose ? `${what} · ${String(whose)}` : what
  }

  /** What the entry tells beyond its sentence: a change as "before → after". */
  function facts(entry: AuditEntry): Fact[] {
    return Object.entries(detailOf(entry))
      .filter(([key]) => te(`audit.field.${key}`))
      .sort(([a], [b]) => Number(LAST.includes(a)) - Number(LAST.includes(b)) || LAST.indexOf(a) - LAST.indexOf(b))
      .map(([key, value]) => ({ key, name: t(`audit.field.${key}`), value: words(key, value) }))
  }

  /** The most telling of the facts, for one line: what changed first, and nothing that is merely not so. */
  function brief(entry: AuditEntry): string {
    const detail = detailOf(entry)
    return facts(entry)
      .filter((fact) => detail[fact.key] !== false && (isChange(detail[fact.key]) || !['name', 'area', 'uid'].includes(fact.key)))
      .sort((a, b) => Number(isChange(detail[b.key])) - Number(isChange(detail[a.key])))
      .slice(0, 3)
      .map((fact) => `${fact.name} ${fact.value}`)
      .join(' · ')
  }

  function words(key: string, value: unknown): string {
    if (isChange(value)) return t('audit.change', { from: words(key, value.from), to: words(key, value.to) })
    if (typeof value === 'boolean') return value ? t('audit.yes') : t('audit.no')
    if (value === null || value === undefined || value === '' || (value === 0 && key.startsWith('worker'))) return t('audit.none')
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
    if (/^\d{4}-\d\d-\d\dT/.test(text)) return formats.exact(Date.parse(text))
    if (key === 'role' && te(`role.${text}`)) return t(`role.${text}`)
    if (key === 'duty' && te(`worker.duty.${text}`)) return t(`worker.duty.${text}`)
    if (key === 'how' && te(`audit.how.${text}`)) return t(`audit.how.${text}`)
    if (key === 'scope' || key === 'area') return places.fullName(text)
    return text
  }

  return { sentence, facts, brief }
}

/** Whether a value tells what was before, too. */
function isChange(value: unknown): value is { from: unknown; to: unknown } {
  return typeof value === 'object' && value !== null && 'from' in value && 'to' in value && Object.keys(value).length === 2
}
