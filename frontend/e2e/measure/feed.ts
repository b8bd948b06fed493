import { createServer, request, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'
import { SUBPROTOCOL } from '../../src/realtime/protocol'
import { encodeFrame, type TestSection, type TestUpsert } from '../../src/realtime/frames.testing'

/** A fix of each worker per second, a quarter of them in each tick of 250 ms. */
const GROUPS = 4
const TICK = 250
/** After so many fixes a worker turns round, so that nobody leaves the view. */
const LEG = 20
/** A walker's second, 1e-6 degree. */
const STEP = 13

const CENTRE = { lon: 116_300_000, lat: 37_450_000 }

/**
 * The real server with one difference: its live stream comes from here, as docs/protocol.md says, since no simulator can walk with
 * 100,000 people beside a browser on one machine. Everything that the page does with it is the page's own.
 */
export class Feed {
  url = ''
  private readonly http: HttpServer
  private readonly sockets: WebSocketServer
  private readonly bodies: Uint8Array[][]
  private timer: NodeJS.Timeout | undefined
  private tick = 0

  constructor(
    private readonly origin: string,
    private readonly workers: number,
  ) {
    this.bodies = [1, -1].map((sign) => Array.from({ length: GROUPS }, (_, group) => this.moves(group, sign)))
    this.http = createServer((req, res) => this.pass(req, res))
    this.sockets = new WebSocketServer({ server: this.http, path: '/api/v1/live', handleProtocols: () => SUBPROTOCOL })
    this.sockets.on('connection', (socket) => this.greet(socket))
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.http.listen(0, '127.0.0.1', resolve))
    this.url = `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`
    this.timer = setInterval(() => this.send(), TICK)
    return this
  }

  async stop(): Promise<void> {
    clearInterval(this.timer)
    for (const socket of this.sockets.clients) socket.terminate()
    this.http.closeAllConnections()
    await new Promise((resolve) => this.http.close(resolve))
  }

  /** Everything but the stream is the real server's. */
  private pass(req: IncomingMessage, res: ServerResponse): void {
    const onward = request(this.origin + req.url, { method: req.method, headers: req.headers }, (answer) => {
      res.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(res)
    })
    onward.on('error', () => res.destroy())
    req.pipe(onward)
  }

  private greet(socket: WebSocket): void {
    const say = (message: object) => socket.send(JSON.stringify(message))
    const me = { account: 'operator', name: '值班员', role: 'operator', scope: '371402', positions: true }
    say({ t: 'hello', protocol: SUBPROTOCOL, server: 'feed', node: 'feed', now: Date.now(), tick: TICK, me, limits: { message: 16384, follow: 50, idle: 100000 } })
    for (const kind of ['incident', 'shift']) say({ t: 'snapshot', kind, items: [], more: kind === 'incident', cursor: 'feed' })
    for (let from = 1; from <= this.workers; from += 5000) say({ t: 'identity', workers: this.people(from, Math.min(from + 5000, this.workers + 1)) })
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as { op: string; id?: number }
      if (message.op === 'ping') say({ t: 'pong', id: message.id, now: Date.now() })
      if (message.op === 'view') socket.send(this.everybody())
    })
  }

  private people(from: number, to: number) {
    return Array.from({ length: to - from }, (_, i) => ({ id: from + i, name: `员工${from + i}`, duty: i % 9 ? 'grid_worker' : 'grid_leader', area: '3714020010011001' }))
  }

  /** All workers, where they are at this point of their walk. */
  private everybody(): Uint8Array {
    const upserts = Array.from({ length: this.workers }, (_, i) => this.upsert(i + 1))
    return encodeFrame({ everything: true, now: Date.now(), tick: this.tick, sections: [{ c: 0, keyframe: true, upserts, removals: [] }] })
  }

  private upsert(handle: number): TestUpsert {
    const [x, y] = scatter(handle)
    const walked = this.walked(handle % GROUPS)
    const [dx, dy] = direction(handle)
    return { handle, state: 0, mode: 'full', lon: CENTRE.lon + x + dx * walked, lat: CENTRE.lat + y + dy * walked, age: 3, course: handle % 255, speed: 6 }
  }

  /** How many steps a group is away from where it began. */
  private walked(group: number): number {
    const fixes = Math.floor((this.tick + GROUPS - 1 - group) / GROUPS) % (2 * LEG)
    return fixes <= LEG ? fixes : 2 * LEG - fixes
  }

  /** The section with one group's step, made once: a frame differs from the next of its kind only in its head. */
  private moves(group: number, sign: number): Uint8Array {
    const upserts: TestUpsert[] = []
    for (let handle = 1; handle <= this.workers; handle++) {
      if (handle % GROUPS !== group) continue
      const [dx, dy] = direction(handle)
      upserts.push({ handle, state: 0, mode: 'moved', lon: sign * dx, lat: sign * dy, age: 3, course: handle % 255, speed: 6 })
    }
    const section: TestSection = { c: 0, keyframe: false, upserts, removals: [] }
    const whole = encodeFrame({ everything: false, now: 0, tick: 0, sections: [section] })
    return whole.subarray(4) // behind type, flags, and the two zeros
  }

  private send(): void {
    const group = this.tick % GROUPS
    const turn = Math.floor(this.tick / GROUPS) % (2 * LEG)
    const body = this.bodies[turn < LEG ? 0 : 1]![group]!
    this.tick++
    const head = encodeFrame({ everything: false, now: Date.now(), tick: this.tick, sections: [] })
    const frame = Buffer.concat([head, body])
    for (const socket of this.sockets.clients) if (socket.bufferedAmount < 4 * frame.length) socket.send(frame)
  }
}

/** Where a worker begins: evenly over some 6 by 4 km, the same at every run; 1e-6 degree. */
function scatter(handle: number): [number, number] {
  const golden = (handle * 0.618_033_988_75) % 1
  const silver = (handle * 0.754_877_666_25) % 1
  return [Math.round((golden - 0.5) * 64_000), Math.round((silver - 0.5) * 36_000)]
}

function direction(handle: number): [number, number] {
  const angle = handle * 2.4
  return [Math.round(STEP * Math.cos(angle)), Math.round(STEP * Math.sin(angle))]
}
