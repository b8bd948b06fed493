import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Collection, type Change } from './collection'

interface Thing {
  id: string
  version: number
  text: string
}

const thing = (id: string, version: number): Thing => ({ id, version, text: `${id}@${version}` })

function recorded(collection: Collection<Thing>): Change<Thing>[] {
  const changes: Change<Thing>[] = []
  collection.subscribe((change) => changes.push(change))
  return changes
}

describe('Collection', () => {
  it('ends with the newest version of each, in whatever order and however often events come', () => {
    const event = fc.record({ id: fc.constantFrom('a', 'b', 'c'), version: fc.integer({ min: 1, max: 9 }) })
    fc.assert(
      fc.property(fc.array(fc.array(event, { maxLength: 6 }), { maxLength: 20 }), (frames) => {
        const collection = new Collection<Thing>()
        const newest = new Map<string, number>()
        for (const frame of frames) {
          collection.apply(frame.map((e) => thing(e.id, e.version)))
          for (const e of frame) newest.set(e.id, Math.max(e.version, newest.get(e.id) ?? 0))
        }
        expect(new Map([...collection.values()].map((t) => [t.id, t.version]))).toEqual(newest)
      }),
    )
  })

  it('shows nothing of a snapshot before its last frame, and then nothing that is not in it', () => {
    const collection = new Collection<Thing>()
    collection.apply([thing('gone', 1), thing('stays', 1)])
    const changes = recorded(collection)
    collection.stage([thing('stays', 2)])
    collection.stage([thing('new', 1)])
    expect(changes).toEqual([])
    collection.commitSnapshot()
    expect(changes).toEqual([{ upserted: [thing('stays', 2), thing('new', 1)], removed: ['gone'], snapshot: true }])
    expect(collection.get('gone')).toBeUndefined()
  })

  it('keeps a newer version than the snapshot holds', () => {
    const collection = new Collection<Thing>()
    collection.apply([thing('a', 5)])
    collection.stage([thing('a', 4)])
    collection.commitSnapshot()
    expect(collection.get('a')?.version).toBe(5)
  })

  it('throws a half snapshot away when the connection breaks', () => {
    const collection = new Collection<Thing>()
    collection.apply([thing('a', 1)])
    collection.stage([thing('b', 1)])
    collection.dropStaged()
    collection.stage([thing('c', 1)])
    collection.commitSnapshot()
    expect([...collection.values()].map((t) => t.id)).toEqual(['c'])
  })

  it('tells nobody when nothing is new, nor whoever has unsubscribed', () => {
    const collection = new Collection<Thing>()
    const changes: Change<Thing>[] = []
    const stop = collection.subscribe((change) => changes.push(change))
    collection.apply([thing('a', 2)])
    collection.apply([thing('a', 2), thing('a', 1)])
    expect(changes).toHaveLength(1)
    stop()
    collection.apply([thing('a', 3)])
    expect(changes).toHaveLength(1)
  })

  it('does not remove what is newer than the removal', () => {
    const collection = new Collection<Thing>()
    collection.apply([thing('a', 3)])
    collection.remove('a', 2)
    expect(collection.size).toBe(1)
    collection.remove('a', 3)
    expect(collection.size).toBe(0)
  })
})
