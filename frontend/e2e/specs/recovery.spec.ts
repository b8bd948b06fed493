import { DEMO_WORKER, formats, post, type Place } from '../../test/formats'
import { Server } from '../../test/server'
import { Console } from '../console'
import { expect, test } from '../test'

test('losing the server is told within two seconds, and the page recovers by itself', async ({ page }) => {
  test.setTimeout(240_000)
  const server = await new Server().start()
  try {
    const console = new Console(page, server.url)
    const place: Place = { lon: 116.3, lat: 37.45 }
    await console.enter('/console?at=116.30000,37.45000,16.00')
    const id = await console.report('暴露垃圾', '断线之前的事件', 700, 500)
    await post(server.url, formats['A: OsmAnd and Traccar query']!(place, new Date()))
    await console.expectDrawnAt(DEMO_WORKER, place)

    await server.kill()
    await expect(console.lostBar).toContainText(/数据停在 \d{2}:\d{2}:\d{2}/, { timeout: 2000 })
    await expect(console.row(id)).toBeVisible()
    expect(await console.marker(DEMO_WORKER), 'the last known stays on the map').toBeDefined()

    await server.start()
    await console.live()
    await expect(console.lostBar).toBeHidden()
    await expect(console.row(id)).toBeVisible()
    const moved: Place = { lon: 116.3005, lat: 37.45 }
    await post(server.url, formats['A: OsmAnd and Traccar query']!(moved, new Date()))
    await console.expectDrawnAt(DEMO_WORKER, moved)
  } finally {
    await server.remove()
  }
})
