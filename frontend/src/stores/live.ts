import { defineStore } from 'pinia'
import { computed, markRaw, reactive, ref, shallowRef } from 'vue'
import type { Alarm, Incident, Message } from '@/api/types'
import { LiveClient } from '@/realtime/client'
import { LagHistory } from '@/realtime/lag-history'
import { Meanwhile, type Missed } from '@/realtime/meanwhile'
import { CloseCode, LIVE_PATH, type Counts, type Identity } from '@/realtime/protocol'
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
/** The canary's lag that is shown is the median of so long, ms. */
const CANARY_MEDIAN_OF = 15_000
/** From here on the computer's clock counts as wrong, ms. */
export const CLOCK_WRONG = 5000

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
    /** From a fix's own time to the screen, ms: the devices' part is in it. */
    lag: undefined as number | undefined,
    /** From the platform's door to the screen, ms, measured with canaries. */
    canary: undefined as number | undefined,
    clockOffset: 0,
    roundTrip: Infinity,
    degraded: [] as string[],
    /** Whether this account may see positions of others at all. */
    positions: true,
  })
  const onShift = ref<number | undefined>()
  /** Lags of the last ten minutes, for the chart; not reactive: whoever draws asks. */
  const lags = markRaw(new LagHistory())
  const meanwhile = new Meanwhile()
  /** What happened while the connection was lost, until somebody has looked. */
  const missed = shallowRef<Missed | undefined>()
  const identityListeners = new Set<(workers: Identity[]) => void>()
  let refused = () => {}
  let refresh: ReturnType<typeof setInterval> | undefined

  const client: LiveClient = markRaw(new LiveClient({
    url: location.origin.replace(/^http/, 'ws') + LIVE_PATH,
    WebSocket,
    positions,
    listener: {
      phase: entered,
      hello: (hello) => {
        connection.positions = hello.me.positions
        meanwhile.back(hello.now)
      },
      canary: (made) => {
        if (!document.hidden) requestAnimationFrame(() => drawn(made))
      },
      events: (items) => {
        if (meanwhile.events(items)) missed.value = meanwhile.missed
      },
      identity: (workers) => {
        for (const listener of identityListeners) listener(workers)
      },
      counts: (message) => (counts.value = message),
      status: (status) => (connection.degraded = status.degraded ? status.reasons : []),
      closed: (code, opened) => {
        connection.closeCode = code
        connection.degraded = []
        if (code === CloseCode.Rights) meanwhile.forget()
        if (!opened || code === 4401) refused()
      },
    },
  }))
  const incidents = markRaw(client.collection<Incident>('incident'))
  const shifts = markRaw(client.collection<LiveShift>('shift'))
  const alarms = markRaw(client.collection<Alarm>('alarm'))
  shifts.subscribe(() => countShifts())
  const messages = markRaw(client.collection<Message>('message'))
  incidents.subscribe((change) => {
    if (change.snapshot && meanwhile.snapshot(change.upserted.map((i) => String(i.id)), change.removed)) missed.value = meanwhile.missed
  })

  /** Whether what is on the screen is not up to date. */
  const lost = computed(() => connection.phase !== 'live' && !(connection.phase === 'connecting' && connection.heardAt === 0))

  /** The computer's clock, server minus local, when that is so far off that people must know; else undefined. */
  const clockWrong = computed(() => (Math.abs(connection.clockOffset) > CLOCK_WRONG ? connection.clockOffset : undefined))

  /** Shifts in effect now, in no particular order. */
  function crew(): LiveShift[] {
    const now = client.clock.now()
    return [...shifts.values()].filter((shift) => Date.parse(shift.from) <= now && (!shift.to || Date.parse(shift.to) > now))
  }

  function countShifts(): void {
    onShift.value = crew().length
  }

  /** Of a connection that was live, what is held then is what was known when it was lost. */
  function entered(phase: Phase): void {
    if (connection.phase === 'live') meanwhile.lost(client.heardAt, [...incidents.values()].map((i) => String(i.id)))
    connection.phase = phase
  }

  /** A frame is being drawn with what had come when the canary did. */
  function drawn(made: number): void {
    lags.take(made, client.clock.now(), client.clock.roundTrip)
  }

  /** Somebody has looked at what was missed. */
  function caughtUp(): void {
    meanwhile.forget()
    missed.value = undefined
  }

  function refreshFigures(): void {
    connection.heardAt = client.heardAt
    connection.lag = positions.lag.median()
    connection.canary = lags.quantile(0.5, client.clock.now() - CANARY_MEDIAN_OF)
    connection.clockOffset = client.clock.offset
    connection.roundTrip = client.clock.roundTrip
    setClockOffset(client.clock.offset)
  }

  function visibility(): void {
    client.setHidden(document.hidden)
    positions.lag.skip()
    if (!document.hidden) refreshFigures()
  }

  const offline = () => client.suspect()
  const online = () => client.retry()

  /** Connects. `whenRefused` is called when a connection was refused, perhaps since the session is over. */
  function start(whenRefused: () => void): void {
    refused = whenRefused
    refresh ??= setInterval(refreshFigures, REFRESH_EVERY)
    document.addEventListener('visibilitychange', visibility)
    addEventListener('offline', offline)
    addEventListener('online', online)
    client.setHidden(document.hidden)
    client.start()
  }

  /** Ends the connection and forgets what was seen. */
  function stop(): void {
    clearInterval(refresh)
    refresh = undefined
    document.removeEventListener('visibilitychange', visibility)
    removeEventListener('offline', offline)
    removeEventListener('online', online)
    client.stop()
    caughtUp()
    lags.clear()
    counts.value = null
    onShift.value = undefined
    connection.closeCode = connection.heardAt = 0
  }

  /** Calls back when workers are named, until the returned function is called. */
  function onIdentity(listener: (workers: Identity[]) => void): () => void {
    identityListeners.add(listener)
    return () => identityListeners.delete(listener)
  }

  return {
    client, positions, incidents, shifts, alarms, messages, lags, counts, connection, onShift, missed, lost, clockWrong,
    crew, caughtUp, start, stop, onIdentity,
  } // prettier-ignore
})
