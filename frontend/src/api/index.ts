import { i18n } from '@/i18n'
import { createApi } from './client'

let onUnauthenticated = () => {}

/** The REST interface, in the reader's language. */
export const api = createApi({
  language: () => i18n.global.locale.value,
  unreachable: () => i18n.global.t('error.unreachable'),
  unexpected: (status) => i18n.global.t('error.unexpected', { status }),
  unauthenticated: () => onUnauthenticated(),
})

/** Sets what happens when an answer says that the session is over. */
export function whenUnauthenticated(call: () => void): void {
  onUnauthenticated = call
}
