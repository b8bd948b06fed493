import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { api } from '@/api'
import { Problem } from '@/api/problem'
import type { Session } from '@/api/types'

/** Who is signed in. */
export const useSession = defineStore('session', () => {
  const session = shallowRef<Session | null>(null)
  const asked = ref(false)
  const account = computed(() => session.value?.account)

  /** Whether the account has a right; the server decides, this only spares people buttons that would be refused. */
  function may(right: string): boolean {
    return session.value?.rights.includes(right) ?? false
  }

  /** Asks the server who is signed in; null when nobody is. Throws when the server can't be reached. */
  async function load(): Promise<Session | null> {
    try {
      session.value = await api.ask(api.client.GET('/api/v1/session'))
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error
      session.value = null
    }
    asked.value = true
    return session.value
  }

  /** Signs in; throws a Problem with the server's sentence when that is refused. */
  async function signIn(name: string, password: string): Promise<void> {
    session.value = await api.ask(api.client.POST('/api/v1/session', { body: { name, password } }))
    asked.value = true
  }

  /** Sets a new password; throws a Problem when the old one is wrong or the new one too weak. Other sessions end. */
  async function changePassword(old: string, next: string): Promise<void> {
    session.value = await api.ask(api.client.POST('/api/v1/me/password', { body: { old, new: next } }))
  }

  /** Signs out. Without an answer the session goes on until it ends by itself, so the problem is thrown. */
  async function signOut(): Promise<void> {
    await api.ask(api.client.DELETE('/api/v1/session'))
    session.value = null
  }

  /** The server says that the session is over. */
  function ended(): void {
    session.value = null
  }

  return { session, account, asked, may, load, signIn, changePassword, signOut, ended }
})
