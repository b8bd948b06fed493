import { Backoff, verdict } from './reconnect'
import { SUBPROTOCOL, type ClientMessage, type ServerMessage } from './protocol'

/** The part of a WebSocket that is used here: a browser's, or in tests that of a library. */
export interface WebSocketLike {
  binaryType: string
  readonly readyState: number
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  send(data: string): void
  close(code?: number, reason?: string): void
}

/** Makes a WebSocket. */
export type WebSocketConstructor = new (url: string, protocols: string) => WebSocketLike

/** Where a connection stands. */
export type Phase =
  /** Not started, or ended for good; see `closeCode`. */
  | 'stopped'
  /** A connection is being made. */
  | 'connecting'
  /** Open, and something was heard lately. */
  | 'live'
  /** Open, but nothing is heard: probably a dead line. */
  | 'silent'
  /** Ended; another try follows. */
  | 'waiting'

/** Who listens to a socket. */
export interface SocketHandler {
  /** The connection is open; a new one each time. */
  opened(): void
  /** A text frame. */
  message(message: ServerMessage): void
  /** A binary frame. Throwing closes the connection and connects again. */
  binary(frame: ArrayBuffer): void
  /** It has been quiet for a while: send something that the server answers. */
  ask(): void
  /** The phase has changed. */
  phase(phase: Phase): void
  /** The connection has ended with `code`; `opened` false when it never opened. `keepCursor` as in docs/protocol.md §5. */
  closed(code: number, opened: boolean, keepCursor: boolean): void
}

/** Silence after which a ping asks whether the line is alive, ms. */
const ASK_AFTER = 600
/** Silence after which the line counts as silent, ms: the page must say so within 2 s, drawing included. */
const SILENT_AFTER = 1500
/** Silence after which the line is given up, ms. */
const GIVE_UP_AFTER = 6000
/** How long a line that is under suspicion has to answer, ms. */
const PROVE_WITHIN = 700
/** How often silence is looked at, ms. */
const WATCH_EVERY = 100
/** How long opening may take, ms: something that takes connections and answers nothing would keep us for minutes. */
const OPEN_WITHIN = 5000
/** The client's own close codes: silence, and a frame that can't be right. */
const CLOSE_SILENT = 4900
const CLOSE_BROKEN = 4901

/**
 * One WebSocket that comes back by itself: reconnects by the protocol's rules, notices a dead line within two seconds, and asks for a
 * sign of life when it is quiet. It knows frames and phases; what the messages mean is the handler's.
 */
export class LiveSocket {
  private socket: WebSocketLike | undefined
  private readonly backoff: Backoff
  private timer: ReturnType<typeof setTimeout> | undefined
  private watch: ReturnType<typeof setInterval> | undefined
  private opening: ReturnType<typeof setTimeout> | undefined
  private openedAt = 0
  private lastHeard = 0
  /** Since when it counts as quiet, local ms: when something was heard last, or what suspicion makes of it. */
  private quietSince = 0
  private asked = false
  private hidden = false
  private current: Phase = 'stopped'

  constructor(
    private readonly url: string,
    private readonly construct: WebSocketConstructor,
    private readonly handler: SocketHandler,
    random: () => number = Math.random,
  ) {
    this.backoff = new Backoff(random)
  }

  get phase(): Phase {
    return this.current
  }

  /** When something was heard last, local ms; 0 before the first. */
  get heardAt(): number {
    return this.lastHeard
  }

  /** Connects, unless it is connected or about to. */
  start(): void {
    if (this.socket || this.timer) return
    this.connect()
  }

  /** Connects now: instead of waiting for the next try, or for a line that says nothing. One that is live stays. */
  retry(): void {
    if (this.current === 'live') return
    clearTimeout(this.timer)
    this.timer = undefined
    this.release()?.close()
    this.connect()
  }

  /** Something speaks against the line (the computer went offline, or slept): it has to prove soon that it is alive. */
  suspect(): void {
    if (!this.socket || !this.openedAt) return
    this.quietSince = Date.now() - (SILENT_AFTER - PROVE_WITHIN)
    this.asked = true
    this.handler.ask()
  }

  /** Ends the connection for good; `start` begins anew. */
  stop(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    const socket = this.release()
    socket?.close(1000)
    this.enter('stopped')
  }

  /** Sends, when the connection is open; otherwise nothing happens: the handler says everything anew when it opens. */
  send(message: ClientMessage): void {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(message))
  }

  /** A hidden page gets little, and its timers hardly run: silence then means nothing. */
  setHidden(hidden: boolean): void {
    this.hidden = hidden
    if (!hidden) this.suspect()
  }

  private connect(): void {
    this.enter('connecting')
    const socket = new this.construct(this.url, SUBPROTOCOL)
    socket.binaryType = 'arraybuffer'
    this.socket = socket
    this.openedAt = 0
    socket.onopen = () => this.opened()
    socket.onmessage = (event: { data: unknown }) => this.heard(event.data)
    socket.onclose = (event: { code: number }) => this.closed(event.code)
    socket.onerror = () => undefined // a close event follows, which says all there is to know
    this.opening = setTimeout(() => this.abandon(CLOSE_SILENT), OPEN_WITHIN)
  }

  /** Open isn't live: that is only what has said something. */
  private opened(): void {
    clearTimeout(this.opening)
    this.openedAt = this.quietSince = Date.now()
    this.asked = false
    this.watch = setInterval(() => this.look(), WATCH_EVERY)
    this.handler.opened()
  }

  private heard(data: unknown): void {
    this.lastHeard = this.quietSince = Date.now()
    this.asked = false
    this.enter('live')
    try {
      if (typeof data === 'string') this.handler.message(JSON.parse(data) as ServerMessage)
      else this.handler.binary(data as ArrayBuffer)
    } catch (error) {
      console.warn('live: a frame could not be read; connecting again', error)
      this.abandon(CLOSE_BROKEN)
    }
  }

  private look(): void {
    if (this.hidden) return
    const silence = Date.now() - this.quietSince
    if (silence >= GIVE_UP_AFTER) this.abandon(CLOSE_SILENT)
    else if (silence >= SILENT_AFTER) this.enter('silent')
    if (silence >= ASK_AFTER && !this.asked) {
      this.asked = true
      this.handler.ask()
    }
  }

  /** Leaves a connection that is no good without waiting for its closing handshake, which a dead line never answers. */
  private abandon(code: number): void {
    const socket = this.release()
    socket?.close(code)
    this.afterClose(code)
  }

  private closed(code: number): void {
    this.release()
    this.afterClose(code)
  }

  private release(): WebSocketLike | undefined {
    clearInterval(this.watch)
    clearTimeout(this.opening)
    const socket = this.socket
    this.socket = undefined
    if (socket) socket.onopen = socket.onmessage = socket.onclose = null
    return socket
  }

  private afterClose(code: number): void {
    const { reconnect, keepCursor, atOnce } = verdict(code)
    const lived = this.openedAt ? Date.now() - this.openedAt : 0
    if (reconnect) {
      this.enter('waiting')
      this.timer = setTimeout(
        () => {
          this.timer = undefined
          this.connect()
        },
        this.backoff.next(lived, atOnce),
      )
    } else {
      this.enter('stopped')
    }
    this.handler.closed(code, this.openedAt !== 0, keepCursor)
  }

  private enter(phase: Phase): void {
    if (phase === this.current) return
    this.current = phase
    this.handler.phase(phase)
  }
}
