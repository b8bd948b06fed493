import { Server } from '../../test/server'
import { Console } from '../console'
import { expect, test } from '../test'

test('with the simulator on, workers walk on the map and are counted', async ({ page }) => {
  test.setTimeout(240_000)
  const server = await new Server(['--workers', '50']).start()
  try {
    const console = new Console(page, server.url)
    await console.enter()
    await expect.poll(async () => Number(await page.getByTestId('on-shift').textContent())).toBeGreaterThan(0)

    // Everybody on the map, whatever the zoom: close to where the first count stands.
    const counted = () =>
      page.evaluate(() => {
        const [feature] = window.wangge!.map.querySourceFeatures('counts')
        return feature && (feature.geometry as GeoJSON.Point).coordinates
      })
    await expect.poll(counted, { timeout: 30_000 }).toBeDefined()
    await page.evaluate(([lon, lat]) => window.wangge!.map.jumpTo({ center: [lon!, lat!], zoom: 13.2 }), (await counted())!)
    const drawn = () =>
      page.evaluate(() => {
        const places: Record<number, string> = {}
        window.wangge!.tracks.forEach((id) => {
          const track = window.wangge!.tracks.get(id)!
          places[id] = `${track.drawnLon.toFixed(7)},${track.drawnLat.toFixed(7)}`
        })
        return places
      })
    await expect.poll(async () => Object.keys(await drawn()).length).toBeGreaterThan(0)
    const before = await drawn()
    await expect
      .poll(async () => {
        const now = await drawn()
        return Object.keys(before).some((id) => now[Number(id)] !== undefined && now[Number(id)] !== before[Number(id)])
      }, { timeout: 60_000 })
      .toBe(true) // prettier-ignore
    expect(console.complaints.all).toEqual([])
  } finally {
    await server.remove()
  }
})
