import { defineStore } from 'pinia'
import { shallowRef, triggerRef } from 'vue'
import { api } from '@/api'
import { intent } from '@/api/client'
import type { Message } from '@/api/types'
import { useLive } from './live'

/** Short texts to workers: read when somebody looks, then kept current by the live stream. */
export const useMessages = defineStore('messages', () => {
  const live = useLive()
  const held = shallowRef(new Map<number, Message>())
  /** Counts the times that events may have been missed: who shows messages reads them again. */
  const missed = shallowRef(0)

  live.messages.subscribe((change) => {
    if (change.snapshot) missed.value++
    take(change.upserted)
  })

  /** Keeps the newest version of each. */
  function take(messages: readonly Message[]): void {
    for (const message of messages) {
      const old = held.value.get(message.id)
      if (!old || old.version < message.version) held.value.set(message.id, message)
    }
    triggerRef(held)
  }

  /** Messages to a worker, the newest first. */
  function to(worker: number): Message[] {
    return [...held.value.values()].filter((m) => m.worker === worker).sort((a, b) => b.id - a.id)
  }

  async function load(worker: number): Promise<void> {
    take((await api.ask(api.client.GET('/api/v1/workers/{id}/messages', { params: { path: { id: worker }, query: { limit: 20 } } }))).items)
  }

  /** Reads the messages to the account's own worker. */
  async function loadOwn(): Promise<void> {
    take((await api.ask(api.client.GET('/api/v1/me/messages', { params: { query: { limit: 20 } } }))).items)
  }

  async function send(worker: number, text: string, key: ReturnType<typeof intent>): Promise<void> {
    take([await api.ask(api.client.POST('/api/v1/workers/{id}/messages', { params: { path: { id: worker }, header: key }, body: { text } }))])
  }

  async function confirm(id: number, state: 'delivered' | 'read'): Promise<void> {
    take([await api.ask(api.client.POST('/api/v1/me/messages/{id}/receipt', { params: { path: { id }, header: intent() }, body: { state } }))])
  }

  return { held, missed, to, load, loadOwn, send, confirm }
})
