import { WebSocket as NodeWebSocket } from 'ws'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Incident } from '../src/api/types'
import { LiveClient, type ClientListener } from '../src/realtime/client'
import type { Counts } from '../src/realtime/protocol'
import type { WebSocketConstructor, WebSocketLike } from '../src/realtime/socket'
import { Tracks } from '../src/tracks/tracks'
import { DEMO_WORKER, formats, post, type Place } from './formats'
import { Server, waitFor } from './server'

/** The protocol client against the real server: no browser, no framework, nothing pretended. */
const server = new Server()
let cookie: string
const clients: LiveClient[] = []

beforeAll(async () => {
  await server.start()
  cookie = await server.signIn('operator')
})
afterEach(() => {
  for (const client of clients.splice(0)) client.stop()
})
afterAll(() => server.remove())

/** A WebSocket that carries the session, as a browser's does. */
const withCookie = class {
  constructor(url: string, protocol: string) {
    return new NodeWebSocket(url, protocol, { headers: { Cookie: cookie } }) as unknown as WebSocketLike
  }
} as unknown as WebSocketConstructor

function connect(listener: ClientListener = {}) {
  const tracks: Tracks = new Tracks(() => client.clock.now())
  const client: LiveClient = new LiveClient({
    url: `${server.url.replace('http', 'ws')}/api/v1/live`,
    WebSocket: withCookie,
    positions: tracks,
    listener,
  })
  const incidents = client.collection<Incident>('incident')
  clients.push(client)
  return { client, tracks, incidents }
}

const until = (holds: () => boolean, what: string) => waitFor(holds, 15_000, () => what)

const at: Place = { lon: 116.3, lat: 37.45 }

function handleOf(client: LiveClient): number {
  return [...client.identities.values()].find((worker) => worker.name === DEMO_WORKER)?.id ?? -1
}

async function report(text: string): Promise<Incident> {
  const answer = await fetch(`${server.url}/api/v1/incidents`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Cookie: cookie },
    body: JSON.stringify({ class: '06010', text, ...at }),
  })
  expect(answer.status).toBe(201)
  return (await answer.json()) as Incident
}

async function send(format: string, place: Place): Promise<void> {
  // A device's clock has whole seconds in some formats: two fixes of one second would be one.
  await new Promise((resolve) => setTimeout(resolve, 1100))
  await post(server.url, formats[format]!(place, new Date()))
}

describe('the client against the real server', () => {
  it.each(Object.keys(formats))('sees a fix in format %s where it was made', async (format) => {
    const place = { lon: at.lon + Object.keys(formats).indexOf(format) * 0.0003, lat: at.lat }
    const { client, tracks } = connect()
    client.look({ zoom: 15, detail: 'positions' })
    client.start()
    await until(() => client.phase === 'live', 'no connection')
    await send(format, place)
    const arrived = () => {
      const track = tracks.get(handleOf(client))
      return track !== undefined && Math.abs(track.lon - place.lon) < 2e-6 && Math.abs(track.lat - place.lat) < 2e-6
    }
    await until(arrived, `${DEMO_WORKER} is not where the fix says`)
    expect(tracks.get(handleOf(client))!.state).toBe(0)
  })

  it('sees only what its view touches, and whom it follows anywhere', async () => {
    await send('A: OsmAnd and Traccar query', at)
    const { client, tracks } = connect()
    client.look({ bbox: [at.lon - 0.005, at.lat - 0.005, at.lon + 0.005, at.lat + 0.005], zoom: 15, detail: 'auto' })
    client.start()
    await until(() => tracks.get(handleOf(client)) !== undefined, 'not in the view that contains it')
    client.look({ bbox: [at.lon + 0.05, at.lat + 0.05, at.lon + 0.051, at.lat + 0.051], zoom: 17, detail: 'auto' })
    await until(() => tracks.get(handleOf(client)) === undefined, 'still held after the view has left')
    client.follow([handleOf(client)])
    await until(() => tracks.get(handleOf(client)) !== undefined, 'followed, but not seen')
  })

  it('is given counts instead of positions below zoom 13', async () => {
    await send('A: OsmAnd and Traccar query', at)
    let counts: Counts | undefined
    const { client, tracks } = connect({ counts: (message) => (counts = message) })
    client.look({ zoom: 11, detail: 'auto' })
    client.start()
    await until(() => (counts?.areas.length ?? 0) > 0, 'no counts')
    expect(counts!.level).toBe('community')
    expect(counts!.areas.reduce((sum, area) => sum + area.live + area.stale + area.lost, 0)).toBeGreaterThan(0)
    expect(tracks.count).toBe(0)
  })

  it('has the snapshot, then what happens', async () => {
    const before = await report('快照里的事件')
    const { client, incidents } = connect()
    client.start()
    await until(() => incidents.get(before.id) !== undefined, 'not in the snapshot')
    const after = await report('连接之后的事件')
    await until(() => incidents.get(after.id) !== undefined, 'not told of what happened')
    expect(incidents.get(after.id)).toMatchObject({ text: '连接之后的事件', state: 'reported', version: 1 })
  })

  it('measures the difference of the clocks', async () => {
    const { client } = connect()
    client.start()
    await until(() => Number.isFinite(client.clock.roundTrip), 'no pong')
    // Both run on this machine.
    expect(Math.abs(client.clock.offset)).toBeLessThanOrEqual(client.clock.roundTrip / 2 + 1)
  })

  it('stops when the session is refused, and says that it never opened', async () => {
    const good = cookie
    cookie = 'wangge_session=nobody'
    const ends: boolean[] = []
    const { client } = connect({ closed: (_code, opened) => ends.push(opened) })
    client.start()
    await until(() => ends.length > 0, 'not refused')
    cookie = good
    expect(ends[0]).toBe(false)
  })

  it('comes back by itself after the server was killed, resumes at its cursor and misses nothing', async () => {
    const phases: string[] = []
    const snapshots: boolean[] = []
    const { client, incidents, tracks } = connect({ phase: (phase) => phases.push(phase) })
    client.look({ zoom: 15, detail: 'positions' })
    client.start()
    const before = await report('重启之前')
    await until(() => incidents.get(before.id) !== undefined, 'not told')
    incidents.subscribe((change) => snapshots.push(change.snapshot))

    await server.kill()
    await until(() => client.phase === 'waiting' || client.phase === 'connecting', 'did not notice')
    await server.start()
    const after = await report('重启之后')
    await until(() => incidents.get(after.id) !== undefined, 'what happened while away is missing')
    expect(client.phase).toBe('live')
    expect(incidents.get(before.id)).toBeDefined()
    expect(snapshots, 'resumed, not read anew').toEqual([false])
    expect(phases).toContain('waiting')

    await send('B: Traccar Client JSON', { lon: at.lon + 0.002, lat: at.lat })
    await until(() => Math.abs((tracks.get(handleOf(client))?.lon ?? 0) - (at.lon + 0.002)) < 2e-6, 'positions do not go on')
  })
})
