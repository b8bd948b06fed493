import { expect, test } from '@playwright/test'
import { Server } from '../../test/server'
import { Console } from '../console'
import { Feed } from './feed'
import { report, setting } from './probe'

/** How long the page is watched, minutes, after one minute of settling. */
const MINUTES = Number(process.env.MEASURE_MINUTES ?? 10)
const EVERY = 15_000

test('heap with 10,000 moving workers', async ({ page }) => {
  const server = await new Server().start()
  const feed = await new Feed(server.url, 10_000).start()
  try {
    await new Console(page, feed.url).enter('/console?at=116.30000,37.45000,15.50')
    const session = await page.context().newCDPSession(page)
    await page.waitForTimeout(60_000)
    const heaps: number[] = []
    for (const end = Date.now() + MINUTES * 60_000; Date.now() < end; await page.waitForTimeout(EVERY)) {
      await session.send('HeapProfiler.collectGarbage')
      heaps.push((await session.send('Runtime.getHeapUsage')).usedSize / 2 ** 20)
    }
    const third = Math.max(1, Math.floor(heaps.length / 3))
    const mean = (part: number[]) => part.reduce((a, b) => a + b, 0) / part.length
    const [first, last] = [mean(heaps.slice(0, third)), mean(heaps.slice(-third))]
    report(`heap | 10,000 workers, ${MINUTES} min | first third ${first.toFixed(1)} MB, last third ${last.toFixed(1)} MB, ${heaps.length} readings | ${await setting(page)}`)
    // Flat: what grows by less than a twentieth in ten minutes is the noise of what a browser keeps.
    expect.soft(last / first).toBeLessThanOrEqual(1.05)
  } finally {
    await feed.stop()
    await server.remove()
  }
})
