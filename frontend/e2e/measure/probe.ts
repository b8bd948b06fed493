import { cpus, totalmem } from 'node:os'
import type { Page } from '@playwright/test'
import '../../src/features/console/debug'

/** What one tick has cost on the main thread, ms. */
export interface TickCost {
  /** Decoding the frame and writing the positions. */
  take: number
  /** Our own layer's part of the frames drawn until the next tick, but for `renderer`. */
  draw: number
  /** Time of that layer inside of the graphics interface: with software drawing the renderer is behind, and whoever calls it waits. */
  renderer: number
  /** Choosing names. */
  names: number
}

declare global {
  interface Window {
    probe?: { ticks: TickCost[]; frames: number }
  }
}

/** Measures what arrives on the page's own WebSocket. Before the page is opened. */
export async function listen(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const probe = (window.probe = { ticks: [], frames: 0 }) as NonNullable<Window['probe']>
    window.WebSocket = class extends WebSocket {
      override set onmessage(handler: ((event: MessageEvent) => void) | null) {
        super.onmessage = handler && ((event: MessageEvent) => {
          if (typeof event.data === 'string') return handler(event)
          const begin = performance.now()
          handler(event)
          probe.ticks.push({ take: performance.now() - begin, draw: 0, renderer: 0, names: 0 })
        }) // prettier-ignore
      }
    }
  })
}

/** Measures what our layers add to each frame. Once the map is there. */
export async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    const { view } = window.wangge!
    const probe = window.probe!
    let inside = 0 // the graphics interface, in the present frame of our layer
    let drawing = false
    const calls = WebGL2RenderingContext.prototype as unknown as Record<string, unknown>
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(WebGL2RenderingContext.prototype))) {
      if (typeof value !== 'function') continue
      calls[name] = function (this: unknown, ...args: unknown[]): unknown {
        if (!drawing) return value.apply(this, args)
        const begin = performance.now()
        const answer: unknown = value.apply(this, args)
        inside += performance.now() - begin
        return answer
      }
    }
    const render = view.workers.render.bind(view.workers)
    view.workers.render = (...args) => {
      inside = 0
      drawing = true
      const begin = performance.now()
      render(...args)
      const took = performance.now() - begin
      drawing = false
      const tick = probe.ticks.at(-1)
      if (tick) tick.draw += took - inside
      if (tick) tick.renderer += inside
      probe.frames++
    }
    const update = view.names.update.bind(view.names)
    view.names.update = () => {
      const begin = performance.now()
      update()
      const tick = probe.ticks.at(-1)
      if (tick) tick.names += performance.now() - begin
    }
  })
}

/** The value below which so many per cent lie. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? NaN
}

/** What it was measured with, in words. */
export async function setting(page: Page): Promise<string> {
  const renderer = await page.evaluate(() => {
    const gl = document.createElement('canvas').getContext('webgl2')!
    const info = gl.getExtension('WEBGL_debug_renderer_info')
    return String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER))
  })
  const browser = page.context().browser()!.version()
  return `Chromium ${browser}, ${renderer}; ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`
}

/** Writes a line of the report. */
export function report(line: string): void {
  process.stdout.write(`${line}\n`)
}
