import { describe, expect, it } from 'vitest'
import { Problem } from '@/api/problem'
import { fieldsOf, usePaged, type Page } from './paged'

interface Item {
  id: number
  name?: string
}

/** A server that answers when it is told to, in any order. */
function slowServer() {
  const waiting: { after: string | undefined; answer: (page: Page<Item>) => void; fail: (error: unknown) => void }[] = []
  const list = usePaged<Item>((after) => new Promise((answer, fail) => waiting.push({ after, answer, fail })))
  return { list, waiting }
}

describe('a list that comes in pages', () => {
  it('goes on behind the last page until there is no more', async () => {
    const { list, waiting } = slowServer()
    const first = list.load()
    waiting[0]!.answer({ items: [{ id: 1 }], next: '1' })
    await first
    expect([list.state.value, list.hasMore.value]).toEqual(['ready', true])
    const second = list.more()
    expect(waiting[1]!.after).toBe('1')
    waiting[1]!.answer({ items: [{ id: 2 }] })
    await second
    expect(list.items.value.map((item) => item.id)).toEqual([1, 2])
    expect(list.hasMore.value).toBe(false)
  })

  it('drops an answer that was overtaken', async () => {
    const { list, waiting } = slowServer()
    const old = list.load()
    const now = list.load()
    waiting[1]!.answer({ items: [{ id: 2 }] })
    await now
    waiting[0]!.answer({ items: [{ id: 1 }] })
    await old
    expect(list.items.value).toEqual([{ id: 2 }])
  })

  it('tells what went wrong and can be asked again', async () => {
    const { list, waiting } = slowServer()
    const tried = list.load()
    waiting[0]!.fail(new Problem('storage.away', '数据库暂时无法访问。', 503))
    await tried
    expect([list.state.value, list.sentence.value]).toEqual(['problem', '数据库暂时无法访问。'])
    const again = list.load()
    waiting[1]!.answer({ items: [] })
    await again
    expect(list.state.value).toBe('ready')
  })

  it('shows a changed item where it stands, and reads anew for one that is not there', async () => {
    const { list, waiting } = slowServer()
    const read = list.load()
    waiting[0]!.answer({ items: [{ id: 1 }, { id: 2 }] })
    await read
    await list.put({ id: 1, name: 'changed' })
    expect(list.items.value).toEqual([{ id: 1, name: 'changed' }, { id: 2 }])
    expect(waiting).toHaveLength(1)
    void list.put({ id: 3 })
    expect(waiting).toHaveLength(2)
  })
})

describe('sentences about single inputs', () => {
  it('are found by the input’s own name', () => {
    const fields = new Map([['workers[0].area', '没有这个区域。'], ['name', '过长。']])
    expect([...fieldsOf(new Problem('worker.invalid', '', 400, fields))]).toEqual([['area', '没有这个区域。'], ['name', '过长。']])
    expect(fieldsOf(new Error('x')).size).toBe(0)
  })
})
