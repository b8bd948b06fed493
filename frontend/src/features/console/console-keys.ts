import { useShortcuts } from '@/keys/shortcuts'
import { usePreferences } from '@/stores/preferences'
import { useQueue } from '@/stores/queue'
import { useSelection } from '@/stores/selection'

/** The keys of the console that belong to no single panel. */
export function useConsoleKeys(): void {
  const preferences = usePreferences()
  const queue = useQueue()
  const selection = useSelection()

  /** Goes back where one was: the row that was opened gets the focus again, unless something else has it. */
  function back(): void {
    const was = selection.selected
    selection.back()
    const left = document.activeElement === document.body || document.activeElement?.closest('.detail')
    if (was?.kind === 'incident' && selection.selected === null && left) queue.focus(was.id)
  }

  useShortcuts([
    { keys: 'Escape', does: 'keys.back', group: 'general', run: back },
    { keys: '[', does: 'keys.foldQueue', group: 'queue', run: () => (preferences.queueFolded = !preferences.queueFolded) },
    { keys: ']', does: 'keys.foldDetail', group: 'detail', run: () => (preferences.detailFolded = !preferences.detailFolded) },
  ])
}
