import { describe, expect, it } from 'vitest'
import { keysOf } from './shortcuts'

const press = (key: string, held: Partial<Record<'ctrlKey' | 'metaKey' | 'shiftKey', boolean>> = {}) =>
  keysOf({ key, ctrlKey: false, metaKey: false, shiftKey: false, ...held })

describe('keys', () => {
  it.each([
    [press('k', { ctrlKey: true }), 'mod+k'],
    [press('k', { metaKey: true }), 'mod+k'],
    [press('K', { shiftKey: true }), 'shift+k'],
    [press('K'), 'k'], // caps lock
    [press('?', { shiftKey: true }), '?'],
    [press('ArrowDown', { shiftKey: true }), 'shift+ArrowDown'],
    [press('Escape'), 'Escape'],
  ])('writes %s as %s', (written, expected) => expect(written).toBe(expected))
})
