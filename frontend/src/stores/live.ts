import { defineStore } from 'pinia'
import { computed, markRaw, reactive, ref, shallowRef } from 'vue'
import type { Incident, Message } from '@/api/types'
import { LiveClient } from '@/realtime/client'
import { LIVE_PATH, type Counts, type Identity } from '@/realtime/protocol'
import type { Phase } from '@/realtime/socket'
import { setClockOffset } from '@/stores/now'
import { Tracks } from '@/tracks/tracks'

/** A shift as events tell of it. */
export interface LiveShift {
  id: number
  version: number
  worker: number
  name: string
  duty: string
  area: string
  from: string
  to?: string
}

/** How often figures about the connection are refreshed, ms: what changes faster can't be read. */
const REFRESH_EVERY = 250

/**
 * The live connection of the page. Positions go past the framework, from the socket into typed arrays and on to the graphics card; only
 * figures for people are reactive here, four times a second.
 */
export const useLive = defineStore('live', () => {
  const positions = markRaw(new Tracks(() => client.clock.now()))
  const counts = shallowRef<Counts | null>(null)
  const connection = reactive({
    phase: 'stopped' as Phase,
    /** Why the last connection ended; 0 before. */
    closeCode: 0,
    /** When data came last, server's clock, ms; 0 before the first. */
    heardAt: 0,
    /** Fix to screen, ms. */
    lag: undefined as number | undefined,
    clockOffset: 0,
    roundTrip: Infinity,
    degraded: [] as string[],
    /** Whether this account may see positions of others at all. */
    positions: true,
  })
  const onShift = ref<number | undefined>()
  const identityListeners = new Set<(workers: Identity[]) => void>()
  let refused = () => {}
  let refresh: ReturnType<typeof setInterval> | undefined

  const client: LiveClient = markRaw(new LiveClient({
    url: location.origin.replace(/^http/, 'ws') + LIVE_PATH,
    WebSocket,
    positions,
    listener: {
      phase: (phase) => (connection.phase = phase),
      hello: (hello) => (connection.positions = hello.me.positions),
      identity: (workers) => {
        for (const listener of identityListeners) listener(workers)
      },
      counts: (message) => (counts.value = message),
      status: (status) => (connection.degraded = status.degraded ? status.reasons : []),
      closed: (code, opened) => {
        connection.closeCode = code
        connection.degraded = []
        if (!opened || code === 4401) refused()
      },
    },
  }))
  const incidents = markRaw(client.collection<Incident>('incident'))
  const shifts = markRaw(client.collection<LiveShift>('shift'))
  shifts.subscribe(() => countShifts())
  const messages = markRaw(client.collection<Message>('message'))

  /** Whether what is on the screen is not up to date. */
  const lost = computed(() => connection.phase !== 'live' && !(connection.phase === 'connecting' && connection.heardAt === 0))

  function countShifts(): void {
    const now = client.clock.now()
    let count = 0
    for (const shift of shifts.values()) {
      if (Date.parse(shift.from) <= now && (!shift.to || Date.parse(shift.to) > now)) count++
    }
    onShift.value = count
  }

  function refreshFigures(): void {
    connection.heardAt = client.heardAt
    connection.lag = positions.lag.median()
    connection.clockOffset = client.clock.offset
    connection.roundTrip = client.clock.roundTrip
    setClockOffset(client.clock.offset)
  }

  function visibility(): void {
    client.setHidden(document.hidden)
    positions.lag.skip()
  }

  /** Connects. `whenRefused` is called when a connection was refused, perhaps since the session is over. */
  function start(whenRefused: () => void): void {
    refused = whenRefused
    refresh ??= setInterval(refreshFigures, REFRESH_EVERY)
    document.addEventListener('visibilitychange', visibility)
    client.setHidden(document.hidden)
    client.start()
  }

  /** Ends the connection and forgets what was seen. */
  function stop(): void {
    clearInterval(refresh)
    refresh = undefined
    document.removeEventListener('visibilitychange', visibility)
    client.stop()
    counts.value = null
    onShift.value = undefined
    connection.closeCode = connection.heardAt = 0
  }

  /** Calls back when workers are named, until the returned function is called. */
  function onIdentity(listener: (workers: Identity[]) => void): () => void {
    identityListeners.add(listener)
    return () => identityListeners.delete(listener)
  }

  return { client, positions, incidents, shifts, messages, counts, connection, onShift, lost, start, stop, onIdentity }
})
