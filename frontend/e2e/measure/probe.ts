import { cpus, totalmem } from 'node:os'
import type { Page } from '@playwright/test'
import '../../src/features/console/debug'

/** What one tick has cost on the main thread, ms. */
export interface TickCost {
  /** Decoding the frame and writing the positions. */
  take: number
  /** Our own layer's part of the frames drawn until the next tick. */
  draw: number
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
          probe.ticks.push({ take: performance.now() - begin, draw: 0, names: 0 })
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
    const timed = <T extends unknown[]>(call: (...args: T) => void, part: 'draw' | 'names') => (...args: T) => {
      const begin = performance.now()
      call(...args)
      const tick = probe.ticks.at(-1)
      if (tick) tick[part] += performance.now() - begin
      if (part === 'draw') probe.frames++
    } // prettier-ignore
    view.workers.render = timed(view.workers.render.bind(view.workers), 'draw')
    view.names.update = timed(view.names.update.bind(view.names), 'names')
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
