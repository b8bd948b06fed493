import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Locator, Page } from '@playwright/test'

/** What a person sees of how old the page is. */
export class Truth {
  constructor(private readonly page: Page) {}

  get clockNote(): Locator {
    return this.page.getByTestId('clock-note')
  }

  /** What happened while the connection was lost. */
  get missed(): Locator {
    return this.page.getByTestId('missed')
  }

  get queue(): Locator {
    return this.page.locator('.queue')
  }

  async unfoldConnection(): Promise<Locator> {
    await this.page.getByTestId('connection').getByRole('button').click()
    return this.page.locator('#connection-sheet')
  }

  /** Hides the tab as the browser does when another is in front, or shows it again. */
  async hide(hidden: boolean): Promise<void> {
    await this.page.evaluate((hidden) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => (hidden ? 'hidden' : 'visible') })
      document.dispatchEvent(new Event('visibilitychange'))
    }, hidden)
  }

  /** Makes the computer's clock wrong by so many ms, from the page's beginning. */
  async setClock(by: number): Promise<void> {
    await this.page.addInitScript((by) => {
      const right = Date.now.bind(Date)
      Date.now = () => right() + by
    }, by)
  }
}

/** A way to the server that can be blocked: then it takes connections and forwards nothing, as a network does whose other half is gone. */
export class Way {
  private server: Server | undefined
  private readonly sockets = new Set<Socket>()
  private blocked = false

  constructor(private readonly to: string) {}

  /** Opens it and gives its address. */
  async open(): Promise<string> {
    const { hostname, port } = new URL(this.to)
    this.server = createServer((near) => {
      const far = connect(Number(port), hostname)
      for (const [from, into] of [[near, far], [far, near]] as const) {
        this.sockets.add(from)
        from.on('data', (bytes: Buffer) => {
          if (!this.blocked) into.write(bytes)
        })
        from.on('close', () => {
          this.sockets.delete(from)
          if (!this.blocked) into.destroy()
        })
        from.on('error', () => undefined)
      } // prettier-ignore
    })
    await new Promise<void>((resolve) => this.server!.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  /** Nothing goes through any more, and nobody is told. */
  block(): void {
    this.blocked = true
  }

  /** New connections go through again; those that lost something are dead. */
  unblock(): void {
    this.blocked = false
    for (const socket of this.sockets) socket.destroy()
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    await new Promise((resolve) => this.server?.close(resolve))
  }
}
