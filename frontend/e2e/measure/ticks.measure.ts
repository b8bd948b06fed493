import { expect, test } from '@playwright/test'
import { Server } from '../../test/server'
import { Console } from '../console'
import { Feed } from './feed'
import { listen, percentile, report, setting, watch, type TickCost } from './probe'

/** How long each setting is looked at after it has settled, s. */
const SECONDS = Number(process.env.MEASURE_SECONDS ?? 30)

const settings = [
  { workers: 10_000, zoom: 13.5, target: 4 },
  { workers: 10_000, zoom: 15.5, target: 4 },
  { workers: 100_000, zoom: 13.5, target: 16 },
]

for (const { workers, zoom, target } of settings) {
  test(`main thread per tick, ${workers} moving workers at zoom ${zoom}`, async ({ page }) => {
    const server = await new Server().start()
    const feed = await new Feed(server.url, workers).start()
    try {
      await listen(page)
      const console = new Console(page, feed.url)
      await console.enter(`/console?at=116.30000,37.45000,${zoom.toFixed(2)}`)
      await page.waitForFunction((n) => window.wangge!.tracks.count === n, workers, { timeout: 60_000 })
      await watch(page)
      await page.waitForTimeout(5000)
      await page.evaluate(() => {
        window.probe!.ticks.length = 0
        window.probe!.frames = 0
      })
      await page.waitForTimeout(SECONDS * 1000)
      const { ticks, frames } = (await page.evaluate(() => window.probe))!
      const costs = ticks.slice(0, -1).map((tick: TickCost) => tick.take + tick.draw + tick.names)
      const part = (name: keyof TickCost) => `${name} ${percentile(ticks.map((t) => t[name]), 50).toFixed(2)}/${percentile(ticks.map((t) => t[name]), 95).toFixed(2)}` // prettier-ignore
      const p95 = percentile(costs, 95)
      report(`ticks | ${workers} workers, zoom ${zoom} | p50 ${percentile(costs, 50).toFixed(2)} ms, p95 ${p95.toFixed(2)} ms (target ${target}) | ${part('take')}, ${part('draw')}, ${part('names')}; beside it ${part('renderer')} (p50/p95 ms) | ${ticks.length} ticks, ${(frames / SECONDS).toFixed(0)} frames/s | ${await setting(page)}`) // prettier-ignore
      expect.soft(p95).toBeLessThanOrEqual(target)
    } finally {
      await feed.stop()
      await server.remove()
    }
  })
}
