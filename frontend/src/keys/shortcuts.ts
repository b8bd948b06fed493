import { onBeforeUnmount, onMounted, shallowRef } from 'vue'

/** One thing that a key does. What is listed is what works: the help sheet is made of the same list that is listened to. */
export interface Shortcut {
  /** The key as `KeyboardEvent.key` has it ("k", "/", "Escape", "ArrowDown"), with `mod+` for Ctrl (⌘ on a Mac) and `shift+` for named keys. */
  keys: string
  /** Message key of what it does, said on the help sheet. */
  does: string
  /** Under which heading of the sheet it stands: a message key below `keys.group`. */
  group: 'general' | 'map' | 'queue' | 'detail'
  /** Whether it works right now; always when absent. */
  when?: () => boolean
  run: (event: KeyboardEvent) => void
}

const active = shallowRef<readonly Shortcut[]>([])

/** The shortcuts of everything that is on the page now, in the order in which they came. */
export function useShortcutList() {
  return active
}

/** Makes shortcuts work while the component is on the page. The newest of two with the same keys wins. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  onMounted(() => {
    if (active.value.length === 0) addEventListener('keydown', press)
    active.value = [...active.value, ...shortcuts]
  })
  onBeforeUnmount(() => {
    active.value = active.value.filter((shortcut) => !shortcuts.includes(shortcut))
    if (active.value.length === 0) removeEventListener('keydown', press)
  })
}

function press(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.altKey) return
  if (document.querySelector('dialog:modal')) return // what lies behind it is out of reach, and Esc is the dialog's own
  const keys = keysOf(event)
  if (writing(event.target, event.key) && !keys.startsWith('mod+') && keys !== 'Escape') return
  const shortcut = active.value.findLast((one) => one.keys === keys && (one.when?.() ?? true))
  if (!shortcut) return
  event.preventDefault()
  shortcut.run(event)
}

/** What was pressed, written as in {@link Shortcut.keys}. The shift that a sign like "?" needs is part of the sign. */
export function keysOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey'>): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  const shift = event.shiftKey && (event.key.length > 1 || /[a-z]/i.test(event.key))
  return `${event.ctrlKey || event.metaKey ? 'mod+' : ''}${shift ? 'shift+' : ''}${key}`
}

/** Whether the key belongs to what has the focus: everything to a field of text, and to a box or a choice the keys that move it. */
function writing(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLInputElement && /^(checkbox|radio)$/.test(target.type)) return /^( |Enter|Arrow.*)$/.test(key)
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
}
