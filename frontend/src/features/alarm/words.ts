import { useI18n } from 'vue-i18n'
import type { Alarm } from '@/api/types'
import { usePlaces } from '@/stores/places'
import type { Selection } from '@/stores/selection'

/** Alarms in the reader's words. */
export function useAlarmWords() {
  const { t } = useI18n()
  const places = usePlaces()

  /** What has happened, in one short sentence. */
  function says({ kind, subject }: Alarm): string {
    const name = subject.worker_name || t('alarm.somebody')
    switch (kind) {
      case 'incident_waiting':
        return t('alarm.says.incident_waiting', { what: places.className(subject.class ?? '') })
      case 'source_silent':
        return t('alarm.says.source_silent', { what: t(`alarm.source.${subject.source ?? 'all'}`), n: subject.workers ?? 0 })
      case 'unstaffed':
        return t('alarm.says.unstaffed', { n: subject.grids?.length ?? 0 })
      default:
        return t(`alarm.says.${kind}`, { name })
    }
  }

  /** Where: the community, or the larger area. */
  function where({ area }: Alarm): string {
    return places.communityName(area) || places.areaName(area)
  }

  return { says, where }
}

/** What an alarm is about, to be selected. */
export function selectionOf({ subject, area }: Alarm): Selection {
  if (subject.incident) return { kind: 'incident', id: subject.incident }
  if (subject.worker) return { kind: 'worker', id: subject.worker }
  return { kind: 'area', code: area }
}
