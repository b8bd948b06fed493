import { computed, ref, shallowRef } from 'vue'
import { Problem } from '@/api/problem'

/** How many rows are asked for at once. */
export const PAGE = 50

export interface Page<T> {
  items: readonly T[]
  next?: string
}

export type Paged<T extends { id: string | number }> = ReturnType<typeof usePaged<T>>

/** A list that comes in pages. An answer that was overtaken by a newer question is dropped. */
export function usePaged<T extends { id: string | number }>(ask: (after: string | undefined) => Promise<Page<T>>) {
  const items = shallowRef<readonly T[]>([])
  const next = ref<string>()
  const state = ref<'loading' | 'ready' | 'problem'>('loading')
  const sentence = ref('')
  let turn = 0

  async function read(after: string | undefined): Promise<void> {
    const mine = ++turn
    if (!after) state.value = 'loading'
    try {
      const page = await ask(after)
      if (mine !== turn) return
      items.value = after ? [...items.value, ...page.items] : page.items
      next.value = page.next
      state.value = 'ready'
    } catch (error) {
      if (mine !== turn) return
      sentence.value = sentenceOf(error)
      state.value = 'problem'
    }
  }

  return {
    items,
    state,
    sentence,
    hasMore: computed(() => next.value !== undefined && next.value !== ''),
    /** Reads the list from its beginning. */
    load: () => read(undefined),
    /** Reads on behind what is there. */
    more: () => read(next.value),
    /** Shows what became of one item where it stands; a new one makes the list be read again. */
    async put(item: T): Promise<void> {
      if (!items.value.some((one) => one.id === item.id)) return read(undefined)
      items.value = items.value.map((one) => (one.id === item.id ? item : one))
    },
  }
}

/** What is open beside a list: one of its items, a new one, the import, or nothing. */
export function useOpened<T extends { id: string | number }>(list: Pick<Paged<T>, 'put'>) {
  const opened = shallowRef<'new' | 'import' | T | null>(null)
  const opening = ref(0)
  return {
    opened,
    /** Which opening this is: a panel stays as it is when what it made becomes a row. */
    opening,
    openedId: computed(() => (opened.value === null || typeof opened.value === 'string' ? opened.value : opened.value.id)),
    show(what: 'new' | 'import' | T): void {
      opening.value++
      opened.value = what
    },
    saved(item: T): void {
      opened.value = item
      void list.put(item)
    },
  }
}

/** What to tell people about an error. */
export function sentenceOf(error: unknown): string {
  return error instanceof Problem ? error.message : String(error)
}

/** The sentences about single inputs, without what stands before their name ("workers[0].area" is "area"). */
export function fieldsOf(error: unknown): ReadonlyMap<string, string> {
  if (!(error instanceof Problem)) return new Map()
  return new Map([...error.fields].map(([name, sentence]) => [name.replace(/^\w+\[\d+\]\.?/, ''), sentence]))
}
