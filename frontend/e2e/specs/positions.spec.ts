import { DEMO_WORKER, formats, post, type Place } from '../../test/formats'
import { expect, test } from '../test'

/** A place where no other spec reports anything. */
const centre: Place = { lon: 116.31, lat: 37.46 }
/** The colour of a live worker in the dark theme, #34d399. */
const LIVE: [number, number, number] = [0x34, 0xd3, 0x99]

for (const [i, [format, message]] of Object.entries(formats).entries()) {
  test(`a phone's fix in format ${format} moves the marker on the map`, async ({ console, url }) => {
    await console.enter('/console?at=116.31000,37.46000,16.00')
    // Two places on the ground between panels, some 60 m apart; each format has its own.
    const from: Place = { lon: centre.lon - 0.0006, lat: centre.lat + 0.0004 * i }
    const to: Place = { lon: centre.lon + 0.0001, lat: centre.lat + 0.0004 * i }

    await post(url, message(from, new Date()))
    await console.expectDrawnAt(DEMO_WORKER, from)
    const before = (await console.marker(DEMO_WORKER))!

    // Device clocks have whole seconds in some formats: two fixes of one second would be one.
    await console.page.waitForTimeout(1100)
    await post(url, message(to, new Date()))
    await console.expectDrawnAt(DEMO_WORKER, to)
    const after = (await console.marker(DEMO_WORKER))!
    expect(after.state).toBe(0)
    expect(after.x - before.x).toBeGreaterThan(10)

    // And it is really on the screen: next to the initial, the disc has the colour of a live worker.
    await expect
      .poll(async () => {
        const colour = await console.colourAt(after.x + 6, after.y)
        return Math.max(...colour.map((c, k) => Math.abs(c - LIVE[k]!)))
      })
      .toBeLessThan(24)
  })
}

test('a click on a worker shows who it is and how current the position is', async ({ console, url }) => {
  await console.enter('/console?at=116.31000,37.46000,16.50')
  await post(url, formats['A: OsmAnd and Traccar query']!(centre, new Date()))
  await console.expectDrawnAt(DEMO_WORKER, centre)
  const { x, y } = (await console.marker(DEMO_WORKER))!
  await console.clickMap(x, y)
  await expect(console.workerDetail).toContainText(DEMO_WORKER)
  await expect(console.workerDetail).toContainText('在线')
  await expect(console.workerDetail).toContainText('116.31000, 37.46000')
  // The trail of the last ten minutes comes by itself for those who may see it.
  await expect(console.workerDetail.getByRole('button', { name: '隐藏轨迹' })).toBeVisible()
  await expect(console.workerDetail).toContainText('± 8 米')
  await console.page.keyboard.press('Escape')
  await expect(console.workerDetail).toBeHidden()
})

test('the header tells how long a fix takes to the screen', async ({ console, url }) => {
  await console.enter('/console?at=116.31000,37.46000,16.00')
  await post(url, formats['B: Traccar Client JSON']!(centre, new Date()))
  await console.expectDrawnAt(DEMO_WORKER, centre)
  await console.page.waitForTimeout(1100)
  await post(url, formats['B: Traccar Client JSON']!({ ...centre, lon: centre.lon + 0.0002 }, new Date()))
  await expect(console.page.getByTestId('lag')).toHaveText(/^[\d,]+ 毫秒$/)
})
