import { ServerClock } from './clock'
import { FrameDecoder, type PositionSink } from './codec'
import { Collection, type Versioned } from './collection'
import { CursorKeeper } from './cursor'
import type { Counts, EventItem, Events, Hello, Identity, ServerMessage, Snapshot, Status, View } from './protocol'
import { LiveSocket, type Phase, type WebSocketConstructor } from './socket'
import { sectionsOf } from './view'

/** Takes positions, and is told which sections belong to the view. */
export interface ViewedPositionSink extends PositionSink {
  /** Sections for which `shown` is false are forgotten now and ignored until shown again. */
  show(shown: (section: number) => boolean): void
  /** Forgets everything. */
  clear(): void
}

/** What a client tells besides collections and positions. Every function is optional. */
export interface ClientListener {
  phase?(phase: Phase): void
  hello?(hello: Hello): void
  /** Workers that were named for the first time, or anew. */
  identity?(workers: Identity[]): void
  counts?(counts: Counts): void
  status?(status: Status): void
  /** A canary that was made at `made` (ms, server's clock) has arrived. */
  canary?(made: number): void
  /** Events in order, after the collections have taken them; those that a collection found old are included. */
  events?(items: EventItem[]): void
  /** The connection ended; `opened` false when it was refused before it opened (perhaps the session is over). */
  closed?(code: number, opened: boolean): void
}

export interface ClientOptions {
  /** `ws://…/api/v1/live` */
  url: string
  WebSocket: WebSocketConstructor
  positions: ViewedPositionSink
  listener?: ClientListener
  clock?: ServerClock
}

/** A view is sent at most this often, ms: more than a tick apart, so that the server has acted on each before the next. */
const VIEW_EVERY = 300
/** How often the clocks are compared while there is traffic, ms. */
const COMPARE_CLOCKS_EVERY = 10_000
/** How long positions of an earlier connection stay when a new one brings none, ms. */
const GHOSTS_FOR = 3000

/**
 * The protocol client: one connection's worth of state over any number of connections. It keeps the cursor, the collections and the
 * names; decodes positions into the sink it was given; and says everything anew (events, view, followed workers, pace) when a
 * connection opens.
 */
export class LiveClient {
  readonly clock: ServerClock
  /** Names by handle. They stay over reconnects: handles are the same on every node. */
  readonly identities = new Map<number, Identity>()
  private readonly collections = new Map<string, Collection<Versioned>>()
  private readonly cursor = new CursorKeeper()
  private readonly socket: LiveSocket
  private readonly positions: ViewedPositionSink
  private readonly listener: ClientListener
  private decoder = new FrameDecoder()
  private helloMessage: Hello | undefined
  private view: View = { zoom: 0, detail: 'none' }
  private viewTimer: ReturnType<typeof setTimeout> | undefined
  private viewSentAt = 0
  private followed: number[] = []
  private hidden = false
  private readonly pings = new Map<number, number>()
  private pingId = 0
  private ghostTimer: ReturnType<typeof setTimeout> | undefined
  private comparing: ReturnType<typeof setInterval> | undefined

  constructor(options: ClientOptions) {
    this.clock = options.clock ?? new ServerClock()
    this.positions = options.positions
    this.listener = options.listener ?? {}
    this.socket = new LiveSocket(options.url, options.WebSocket, {
      opened: () => this.opened(),
      message: (message) => this.message(message),
      binary: (frame) => this.decoder.decode(frame, this.positions),
      ask: () => this.ping(),
      phase: (phase) => this.listener.phase?.(phase),
      closed: (code, opened, keepCursor) => this.closed(code, opened, keepCursor),
    })
  }

  get phase(): Phase {
    return this.socket.phase
  }

  /** What the server said first on the latest connection. */
  get hello(): Hello | undefined {
    return this.helloMessage
  }

  /** When anything was heard last, on the server's clock, ms; 0 before the first. */
  get heardAt(): number {
    return this.socket.heardAt && this.socket.heardAt + this.clock.offset
  }

  /** The collection of a kind of entity (`incident`, `shift`), made on first use. Ask for it before `start`. */
  collection<T extends Versioned>(kind: string): Collection<T> {
    let collection = this.collections.get(kind)
    if (!collection) this.collections.set(kind, (collection = new Collection<Versioned>()))
    return collection as unknown as Collection<T>
  }

  start(): void {
    this.comparing ??= setInterval(() => this.ping(), COMPARE_CLOCKS_EVERY)
    this.socket.start()
  }

  /** Ends for good and forgets what was seen: the next account may see less. */
  stop(): void {
    clearInterval(this.comparing)
    clearTimeout(this.viewTimer)
    clearTimeout(this.ghostTimer)
    this.comparing = this.viewTimer = undefined
    this.socket.stop()
    this.forget()
    this.identities.clear()
  }

  /** The computer says that it has no network, or was away: whether the line is alive has to show. */
  suspect(): void {
    this.socket.suspect()
  }

  /** Tries to connect now, for instance when the person asks. */
  retry(): void {
    this.socket.retry()
  }

  /** Says what the page looks at. Called as often as one likes; the last one counts. */
  look(view: View): void {
    this.view = view
    this.showView()
    if (this.viewTimer) return
    const wait = Math.max(0, this.viewSentAt + VIEW_EVERY - Date.now())
    this.viewTimer = setTimeout(() => this.sendView(), wait)
  }

  /** These workers stream always; at most `hello.limits.follow`. */
  follow(workers: readonly number[]): void {
    this.followed = workers.slice(0, this.helloMessage?.limits.follow ?? 50)
    this.socket.send({ op: 'follow', workers: this.followed })
  }

  /** Says whether the page is hidden. */
  setHidden(hidden: boolean): void {
    if (hidden === this.hidden) return
    this.hidden = hidden
    this.socket.send({ op: 'pace', hidden })
    this.socket.setHidden(hidden) // asks, when shown
  }

  private opened(): void {
    this.decoder = new FrameDecoder()
    this.pings.clear()
    this.clock.reset()
    for (const collection of this.collections.values()) collection.dropStaged()
  }

  private message(message: ServerMessage): void {
    switch (message.t) {
      case 'hello':
        return this.greeted(message)
      case 'snapshot':
        return this.takeSnapshot(message)
      case 'events':
        return this.takeEvents(message)
      case 'resync':
        this.cursor.drop()
        return
      case 'identity':
        for (const worker of message.workers) this.identities.set(worker.id, worker)
        return this.listener.identity?.(message.workers)
      case 'counts':
        return this.listener.counts?.(message)
      case 'status':
        return this.listener.status?.(message)
      case 'canary':
        return this.listener.canary?.(message.made)
      case 'pong':
        return this.ponged(message.id, message.now)
      case 'bye':
        return // the close frame that follows says the same
    }
  }

  private closed(code: number, opened: boolean, keepCursor: boolean): void {
    if (!keepCursor) this.forget()
    this.listener.closed?.(code, opened)
  }

  private greeted(hello: Hello): void {
    this.helloMessage = hello
    this.clock.rough(hello.now)
    this.listener.hello?.(hello)
    const cursor = this.cursor.resumeAt
    this.socket.send(cursor === undefined ? { op: 'events' } : { op: 'events', cursor })
    this.sendView()
    this.showView()
    if (this.followed.length > 0) this.socket.send({ op: 'follow', workers: this.followed })
    if (this.hidden) this.socket.send({ op: 'pace', hidden: true })
    if (this.listener.canary) this.socket.send({ op: 'canary', on: true })
    this.ping()
    clearTimeout(this.ghostTimer)
    this.ghostTimer = setTimeout(() => this.bury(), GHOSTS_FOR)
  }

  /** Nothing came for the view of a new connection: then nobody is in it, and what was drawn before is not true any more. */
  private bury(): void {
    if (!this.decoder.used) this.positions.clear()
  }

  private takeSnapshot(frame: Snapshot): void {
    this.collections.get(frame.kind)?.stage(frame.items as Versioned[])
    if (!frame.more) for (const collection of this.collections.values()) collection.commitSnapshot()
    this.cursor.snapshot(frame)
  }

  private takeEvents(frame: Events): void {
    for (const [kind, collection] of this.collections) {
      const items = frame.items.filter((item) => item.entity === kind)
      if (items.length > 0) collection.apply(items.map((item) => entityOf(item)))
    }
    this.cursor.events(frame)
    this.listener.events?.(frame.items)
  }

  private sendView(): void {
    clearTimeout(this.viewTimer)
    this.viewTimer = undefined
    this.viewSentAt = Date.now()
    if (this.helloMessage) this.socket.send({ op: 'view', ...this.view })
  }

  private showView(): void {
    this.positions.show(sectionsOf(this.view))
  }

  private ping(): void {
    const id = ++this.pingId
    this.pings.set(id, Date.now())
    this.socket.send({ op: 'ping', id })
  }

  private ponged(id: number, now: number): void {
    const sentAt = this.pings.get(id)
    if (sentAt === undefined) return
    this.pings.delete(id)
    this.clock.sample(sentAt, now)
  }

  private forget(): void {
    this.cursor.drop()
    for (const collection of this.collections.values()) collection.clear()
    this.positions.clear()
  }
}

function entityOf(item: EventItem): Versioned {
  // The entity's own id, which may be a number, so that snapshot and event agree in kind.
  return { id: item.id, ...(item.data as object), version: item.version }
}
