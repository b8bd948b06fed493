/**
 * The messages and numbers of `wangge.live.v1`, as written down in docs/protocol.md. The server's side of the same constants is
 * internal/live/frame.go. All times are milliseconds since 1970-01-01 UTC; coordinates are WGS-84 longitude and latitude.
 */

/** What is asked for in `Sec-WebSocket-Protocol`. */
export const SUBPROTOCOL = 'wangge.live.v1'

/** Path of the stream on the server. */
export const LIVE_PATH = '/api/v1/live'

/** Zoom from which on `detail: auto` means positions; below it, counts per area. */
export const POSITIONS_FROM_ZOOM = 13

/** The first message of the server. */
export interface Hello {
  t: 'hello'
  protocol: string
  server: string
  node: string
  now: number
  /** Length of a tick, ms. */
  tick: number
  me: { account: string; name: string; role: string; scope: string; positions: boolean }
  limits: { message: number; follow: number; idle: number }
}

/** One entity in a snapshot, or what an event left behind. */
export interface EventItem {
  kind: string
  entity: string
  id: string
  version: number
  area: string
  at: number
  actor: string
  data: unknown
}

/** The state of all entities of a kind as of `cursor`, perhaps in several frames. */
export interface Snapshot {
  t: 'snapshot'
  kind: string
  items: SnapshotItem[]
  more: boolean
  cursor: string
}

/** One entity of a snapshot: the entity's own JSON form, which carries `id` and `version`. */
export type SnapshotItem = { id: string | number; version: number } & Record<string, unknown>

/** What has happened, in order. */
export interface Events {
  t: 'events'
  cursor: string
  items: EventItem[]
}

/** Who a handle is; sent before the handle's first position on a connection. */
export interface Identity {
  id: number
  name: string
  duty: string
  area: string
}

/** How many workers are on shift in an area. */
export interface AreaCount {
  code: string
  live: number
  stale: number
  lost: number
}

/** Counts per area, below zoom 13. */
export interface Counts {
  t: 'counts'
  now: number
  level: 'community' | 'subdistrict'
  areas: AreaCount[]
}

/** Whether the server itself lacks something: positions of other nodes (`broker`), or recent events (`storage`). */
export interface Status {
  t: 'status'
  degraded: boolean
  reasons: string[]
}

/** Everything that the server says in JSON. */
export type ServerMessage =
  | Hello
  | Snapshot
  | Events
  | { t: 'resync'; reason: string }
  | { t: 'identity'; workers: Identity[] }
  | Counts
  | Status
  | { t: 'pong'; id: number; now: number }
  | { t: 'bye'; code: number; reason: string }

/** West, south, east, north in degrees. */
export type Bbox = [number, number, number, number]

/** What of the workers a page wants. */
export type Detail = 'auto' | 'positions' | 'counts' | 'none'

/** What a page looks at; without `bbox` the whole scope. */
export interface View {
  bbox?: Bbox
  zoom: number
  detail: Detail
}

/** Everything that the client says. */
export type ClientMessage =
  | { op: 'events'; cursor?: string }
  | ({ op: 'view' } & View)
  | { op: 'follow'; workers: number[] }
  | { op: 'pace'; hidden: boolean }
  | { op: 'ping'; id: number }

/** Numbered reasons for which the server closes a connection. */
export const CloseCode = {
  /** The server is shutting down; another node takes over. */
  GoingAway: 1001,
  /** The client broke the protocol; it would break it again. */
  Protocol: 4400,
  /** The session has ended. */
  Session: 4401,
  /** The account's rights or scope have changed: what was seen may no longer be. */
  Rights: 4403,
  /** Nothing was heard from the client for `limits.idle`. */
  Idle: 4408,
  /** Events could not be delivered fast enough. */
  Behind: 4413,
  /** Too many connections of this account: the oldest gives way. */
  TooMany: 4429,
  /** The server failed. */
  Internal: 4500,
} as const

/** How current a worker's position is: `state` of a position frame. */
export const WorkerState = { Live: 0, Stale: 1, Lost: 2 } as const
export type WorkerState = (typeof WorkerState)[keyof typeof WorkerState]
