import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** The program under test: `make build` leaves it in bin. */
const binary = resolve(process.env.WANGGE_BIN ?? join(import.meta.dirname, '../../bin/wangge'))

/** How long a first start may take: it makes a database and imports a district, ms. */
const START_WITHIN = 120_000
/** How long a clean end may take before it is forced, ms. */
const STOP_WITHIN = 20_000

/** A real server of its own, with a demonstration district and nobody walking unless `args` say otherwise. */
export class Server {
  /** Where it answers, such as http://127.0.0.1:40123. */
  url = ''
  private process: ChildProcess | undefined
  private readonly folder = mkdtempSync(join(tmpdir(), 'wangge-test-'))
  private log = ''

  constructor(private readonly args: readonly string[] = ['--no-simulate']) {}

  /** Starts it; a second start answers at the same address with the same data. */
  async start(): Promise<this> {
    if (!existsSync(binary)) throw new Error(`These tests run against the real server, and ${binary} is not there. Run \`make build\` first.`)
    const portFile = join(this.folder, 'url')
    rmSync(portFile, { force: true })
    const addr = this.url ? new URL(this.url).host : '127.0.0.1:0'
    const child = spawn(binary, ['demo', '--addr', addr, '--data', join(this.folder, 'data'), '--port-file', portFile, ...this.args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, WANGGE_LOG_LEVEL: 'warn' },
    })
    this.process = child
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (this.log = (this.log + text.toString()).slice(-8000)))
    await waitFor(() => existsSync(portFile) && readFileSync(portFile, 'utf8').trim() !== '', START_WITHIN, () => {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${this.log}`)
      return `the server did not start within ${START_WITHIN / 1000} s:\n${this.log}`
    })
    this.url = readFileSync(portFile, 'utf8').trim()
    return this
  }

  /** Ends it as an operator would; the data stay. */
  async stop(): Promise<void> {
    await this.end('SIGTERM')
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    await this.end('SIGKILL')
  }

  /** Ends it and removes its data. */
  async remove(): Promise<void> {
    await this.stop()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }

  /** Signs in and gives the cookie to send. */
  async signIn(name: string, password = 'wangge-demo'): Promise<string> {
    const answer = await fetch(`${this.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name, password }),
    })
    if (!answer.ok) throw new Error(`sign-in as ${name}: ${answer.status} ${await answer.text()}`)
    return answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ') // prettier-ignore
  }

  private async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.process
    this.process = undefined
    if (!child || child.exitCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN)
    await ended
    clearTimeout(force)
  }
}

/** Waits until a condition holds; afterwards `complaint` says what is wrong (it may throw earlier by itself). */
export async function waitFor(holds: () => boolean | Promise<boolean>, within: number, complaint: () => string): Promise<void> {
  for (const end = Date.now() + within; !(await holds()); await new Promise((r) => setTimeout(r, 50))) {
    const words = complaint()
    if (Date.now() > end) throw new Error(words)
  }
}
