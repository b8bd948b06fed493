/** Fixes in the formats that existing clients send, addressed to the demonstration's device 演示手机. */

/** Name of the worker who carries the demonstration's device. */
export const DEMO_WORKER = '演示手机'
const DEVICE = '860000000000001'

export interface Place {
  lon: number
  lat: number
}

/** What a client sends. */
export interface Message {
  path: string
  init: RequestInit
}

const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(body),
})

/** One fix of this moment in each format that the live map takes over HTTP. */
export const formats: Record<string, (at: Place, now: Date) => Message> = {
  'A: OsmAnd and Traccar query': ({ lon, lat }, now) => ({
    path: `/ingest/osmand?id=${DEVICE}&lat=${lat}&lon=${lon}&timestamp=${Math.floor(now.getTime() / 1000)}&speed=2&bearing=90&accuracy=8&batt=87`,
    init: { method: 'POST' },
  }),
  'B: Traccar Client JSON': ({ lon, lat }, now) => ({
    path: '/ingest/osmand',
    init: json({
      location: {
        timestamp: now.toISOString(),
        coords: { latitude: lat, longitude: lon, accuracy: 5, speed: 0, heading: -1, altitude: 5 },
        is_moving: false,
        event: 'motionchange',
        battery: { level: 1, is_charging: false },
        extras: {},
      },
      device_id: DEVICE,
    }),
  }),
  'C: OwnTracks HTTP': ({ lon, lat }, now) => ({
    path: '/ingest/owntracks/pub?u=demo&d=phone',
    init: json(
      { _type: 'location', tid: 'DP', lat, lon, tst: Math.floor(now.getTime() / 1000), acc: 5, vel: 4, cog: 271, batt: 67, t: 'u' },
      { 'X-Limit-U': 'demo', 'X-Limit-D': 'phone' },
    ),
  }),
  'E: Traccar position forwarding': ({ lon, lat }, now) => ({
    path: '/ingest/traccar',
    init: json({
      position: { latitude: lat, longitude: lon, speed: 2, course: 45, fixTime: now.toISOString(), deviceTime: now.toISOString(), valid: true, attributes: {} },
      device: { uniqueId: DEVICE, status: 'online' },
    }),
  }),
}

/** Sends a message and complains about anything but 2xx. */
export async function post(url: string, { path, init }: Message): Promise<void> {
  const answer = await fetch(url + path, init)
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
}
