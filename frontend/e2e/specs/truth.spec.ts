import { expect, test } from '@playwright/test'
import { DEMO_WORKER, formats, post, type Place } from '../../test/formats'
import { Server } from '../../test/server'
import { accessibilityFaults } from '../browser'
import { Console } from '../console'
import { Truth, Way } from '../truth'

const server = new Server()
const VIEW = '/console?at=116.30000,37.45000,16.00'
const fix = formats['A: OsmAnd and Traccar query']!

test.beforeAll(async () => {
  test.setTimeout(180_000)
  await server.start()
})
test.afterAll(() => server.remove())

/** Reports an incident over the interface, as somebody elsewhere does. */
async function reportElsewhere(text: string): Promise<void> {
  const answer = await fetch(`${server.url}/api/v1/incidents`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Cookie: await server.signIn('dispatcher') },
    body: JSON.stringify({ class: '06010', text, lon: 116.3, lat: 37.45 }),
  })
  expect(answer.status).toBe(201)
}

test('a way that forwards nothing is noticed within two seconds; afterwards the page says what it missed', async ({ page }) => {
  const way = new Way(server.url)
  const console = new Console(page, await way.open())
  const truth = new Truth(page)
  await console.enter(VIEW)
  way.block()
  await expect(console.lostBar).toContainText(/数据停在 \d{2}:\d{2}:\d{2}/, { timeout: 2000 })
  await expect(truth.queue).toHaveCSS('filter', 'grayscale(1)')
  expect(await accessibilityFaults(page)).toEqual([])

  await reportElsewhere('断线时的第一件')
  await reportElsewhere('断线时的第二件')
  way.unblock()
  await console.live()
  await expect(console.lostBar).toBeHidden()
  await expect(truth.missed).toContainText('2 件新事件')
  expect(await accessibilityFaults(page)).toEqual([])
  await truth.missed.getByRole('button').first().click()
  await expect(truth.missed).toBeHidden()
  await expect(truth.queue.locator('li').first()).toContainText('断线时的第二件')
  await way.close()
})

test('a computer without a network says so, and comes back when the network does', async ({ page }) => {
  const console = new Console(page, server.url)
  await console.enter(VIEW)
  await page.context().setOffline(true)
  await expect(console.lostBar).toContainText(/数据停在/, { timeout: 2000 })
  await reportElsewhere('没有网络时的事件')
  await page.context().setOffline(false)
  await console.live()
  await expect(console.lostBar).toBeHidden()
  await expect(new Truth(page).queue).toContainText('没有网络时的事件')
})

test('a server that was restarted is caught up with', async ({ page }) => {
  test.setTimeout(240_000)
  const console = new Console(page, server.url)
  await console.enter(VIEW)
  await server.stop()
  await expect(console.lostBar).toContainText(/数据停在/, { timeout: 2000 })
  await server.start()
  await console.live()
  await reportElsewhere('重启之后的事件')
  await expect(new Truth(page).queue).toContainText('重启之后的事件')
  await expect(console.lostBar).toBeHidden()
})

for (const [by, words] of [
  [600_000, '本机时钟快了 10:00'],
  [-65_000, '本机时钟慢了 1:05'],
] as const) {
  test(`a computer's clock that is wrong by ${by / 1000} s is told, and ages follow the server's`, async ({ page }) => {
    const console = new Console(page, server.url)
    const truth = new Truth(page)
    await truth.setClock(by)
    await console.enter(VIEW)
    await expect(truth.clockNote).toContainText(words)
    await post(server.url, fix({ lon: 116.3, lat: 37.45 }, new Date()))
    await expect.poll(async () => (await console.marker(DEMO_WORKER))?.state).toBe(0)
    expect(await accessibilityFaults(page)).toEqual([])
    await truth.clockNote.getByRole('button').click()
    await expect(truth.clockNote).toBeHidden()
    expect(console.complaints.all).toEqual([])
  })
}

test('a hidden page draws nothing, stays connected, and is current when it is shown', async ({ page }) => {
  const console = new Console(page, server.url)
  const truth = new Truth(page)
  const [from, to]: Place[] = [{ lon: 116.3, lat: 37.45 }, { lon: 116.3006, lat: 37.45 }] // prettier-ignore
  await console.enter(VIEW)
  await post(server.url, fix(from!, new Date()))
  await console.expectDrawnAt(DEMO_WORKER, from!)
  await truth.hide(true)
  await page.waitForTimeout(1100) // the device's clock has whole seconds
  await post(server.url, fix(to!, new Date()))
  await reportElsewhere('页面隐藏时的事件')
  await truth.hide(false)
  await console.expectDrawnAt(DEMO_WORKER, to!)
  await expect(truth.queue).toContainText('页面隐藏时的事件')
  await console.live()
  expect(console.complaints.all).toEqual([])
})

test('the platform’s own lag is measured and shown with its history', async ({ page }) => {
  const console = new Console(page, server.url)
  await console.enter(VIEW)
  await expect(page.getByTestId('lag')).toHaveText(/^[\d,]+ 毫秒$/)
  const sheet = await new Truth(page).unfoldConnection()
  await expect(sheet.getByTestId('lag-chart')).toContainText(/中位 [\d,]+ 毫秒/)
  await expect(sheet.locator('rect').first()).toBeVisible()
  await expect(sheet).toContainText('与服务器一致')
  expect(await accessibilityFaults(page)).toEqual([])
  await page.keyboard.press('Escape')
  await expect(sheet).toBeHidden()
  expect(console.complaints.all).toEqual([])
})
