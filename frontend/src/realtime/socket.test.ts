import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LiveSocket, type Phase, type WebSocketLike } from './socket'

/** The other end of a line: opens, speaks and goes when told to. */
class Line implements WebSocketLike {
  static all: Line[] = []
  binaryType = ''
  readyState = 0
  onopen: ((event: never) => void) | null = null
  onmessage: ((event: never) => void) | null = null
  onclose: ((event: never) => void) | null = null
  onerror: ((event: never) => void) | null = null
  closed = false

  constructor() {
    Line.all.push(this)
  }

  send(): void {}

  close(): void {
    this.closed = true
  }

  open(): void {
    this.readyState = 1
    this.onopen?.(undefined as never)
  }

  say(): void {
    this.onmessage?.({ data: '{"t":"pong","id":0,"now":0}' } as never)
  }
}

const phases: Phase[] = []
let asks = 0
let socket: LiveSocket
const line = () => Line.all.at(-1)!

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
  Line.all = []
  phases.length = asks = 0
  const handler = { opened() {}, message() {}, binary() {}, ask: () => asks++, phase: (phase: Phase) => phases.push(phase), closed() {} }
  socket = new LiveSocket('ws://server', Line, handler, () => 0)
  socket.start()
})
afterEach(() => {
  socket.stop()
  vi.useRealTimers()
})

describe('LiveSocket', () => {
  it('is live when something was said, not when it is open', () => {
    line().open()
    expect(socket.phase).toBe('connecting')
    line().say()
    expect(socket.phase).toBe('live')
  })

  it('asks after a while of silence and says within two seconds that the line is dead', () => {
    line().open()
    line().say()
    vi.advanceTimersByTime(700)
    expect([asks, socket.phase]).toEqual([1, 'live'])
    vi.advanceTimersByTime(1000)
    expect(socket.phase).toBe('silent')
    line().say()
    expect(socket.phase).toBe('live')
  })

  it('gives a dead line up and comes back on another', () => {
    line().open()
    line().say()
    vi.advanceTimersByTime(6200)
    expect(socket.phase).toBe('waiting')
    expect(Line.all[0]!.closed).toBe(true)
    vi.advanceTimersByTime(1000)
    expect(Line.all).toHaveLength(2)
  })

  it('gives up what takes the connection and never opens it', () => {
    vi.advanceTimersByTime(5000)
    expect(socket.phase).toBe('waiting')
    expect(line().closed).toBe(true)
  })

  it('doubts the line soon when it is suspected, and believes it when it answers', () => {
    line().open()
    line().say()
    socket.suspect()
    expect(asks).toBe(1)
    vi.advanceTimersByTime(600)
    line().say()
    vi.advanceTimersByTime(1000)
    expect(socket.phase).toBe('live')
    socket.suspect()
    vi.advanceTimersByTime(800)
    expect(socket.phase).toBe('silent')
    expect(socket.heardAt).toBe(1_000_600)
  })

  it('doubts nothing while the page is hidden, and at once when it is shown', () => {
    line().open()
    line().say()
    socket.setHidden(true)
    vi.advanceTimersByTime(60_000)
    expect(socket.phase).toBe('live')
    socket.setHidden(false)
    vi.advanceTimersByTime(800)
    expect(socket.phase).toBe('silent')
  })

  it('leaves a silent line at once when asked to connect now, and a live one never', () => {
    line().open()
    line().say()
    socket.retry()
    expect(Line.all).toHaveLength(1)
    vi.advanceTimersByTime(1700)
    socket.retry()
    expect([Line.all.length, Line.all[0]!.closed, socket.phase]).toEqual([2, true, 'connecting'])
  })
})
