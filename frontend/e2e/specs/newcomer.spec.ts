import { DEMO_WORKER, formats, post } from '../../test/formats'
import { Field } from '../field'
import { Newcomer } from '../newcomer'
import { expect, test as base } from '../test'

/** What a newcomer may need at most for each of the tasks. */
const FEW = 4

const test = base.extend<{ newcomer: Newcomer }>({
  newcomer: async ({ page, url }, use) => {
    const newcomer = new Newcomer(page, url)
    await use(newcomer)
    expect(newcomer.complaints.all).toEqual([])
  },
})

test('finds who is responsible for a building', async ({ newcomer, url }) => {
  const field = await Field.as(url, 'operator')
  const building = await field.first('cwdd1hy3hl')
  const { people } = await field.get<{ people: { leaders: { name: string }[] } }>(`/api/v1/areas/${building.area}/brief`)
  await newcomer.enter()
  newcomer.begin()
  await newcomer.find('cwdd1hy3hl')
  await expect(newcomer.buildingDetail).toContainText(building.name)
  await expect(newcomer.responsible).toContainText(people.leaders[0]!.name)
  await expect(newcomer.responsible).toContainText('网格长')
  expect(newcomer.acts).toBeLessThanOrEqual(FEW)
})

test('finds the nearest three workers to an incident', async ({ newcomer, url }) => {
  const place = { lon: 116.335, lat: 37.435 }
  const names = await (await Field.as(url, 'admin')).standAt([
    { lon: place.lon + 0.003, lat: place.lat },
    { lon: place.lon + 0.001, lat: place.lat },
    { lon: place.lon, lat: place.lat + 0.0018 },
  ])
  const id = await (await Field.as(url, 'operator')).report('W08', '路面塌陷', place.lon, place.lat)
  await newcomer.enter()
  newcomer.begin()
  await newcomer.click(newcomer.row(id))
  const rows = newcomer.nearest.locator('li')
  // A thousandth of a degree of longitude is 88 m here, of latitude 111 m: 88, 200 and 265 m.
  await expect(rows.nth(0)).toContainText(names[1]!)
  await expect(rows.nth(0)).toContainText('88 米')
  await expect(rows.nth(1)).toContainText(names[2]!)
  await expect(rows.nth(1)).toContainText('200 米')
  await expect(rows.nth(2)).toContainText(names[0]!)
  await expect(rows.nth(2)).toContainText('265 米')
  await expect(rows.nth(2)).toContainText('定位')
  expect(newcomer.acts).toBeLessThanOrEqual(FEW)
})

test('sees all urgent incidents of one community', async ({ newcomer, url }) => {
  const field = await Field.as(url, 'operator')
  const community = await field.first('康乐社区')
  const other = await field.first('北园社区')
  const urgent = await field.report('09012', '消防通道停车', community.lon, community.lat)
  const normal = await field.report('06010', '垃圾', community.lon, community.lat)
  const elsewhere = await field.report('09012', '别处的消防通道', other.lon, other.lat)
  await newcomer.enter()
  newcomer.begin()
  await newcomer.find('康乐社区')
  await newcomer.click(newcomer.onlyUrgent)
  expect(newcomer.acts).toBeLessThanOrEqual(FEW)
  const expected = await newcomer.page.evaluate(
    (code) => window.wangge!.incidents().filter((i) => i.area.startsWith(code) && i.state !== 'closed' && /urgent|critical/.test(i.severity)).map((i) => String(i.id)).sort(),
    community.code,
  ) // prettier-ignore
  expect(expected).toContain(String(urgent))
  expect(expected).not.toContain(String(normal))
  expect(expected).not.toContain(String(elsewhere))
  await expect(newcomer.listed).toHaveCount(expected.length)
  const shown = await newcomer.listed.evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset.incident!).sort())
  expect(shown).toEqual(expected)
})

test('follows a worker', async ({ newcomer, url }) => {
  const fix = formats['A: OsmAnd and Traccar query']!
  await post(url, fix({ lon: 116.33, lat: 37.46 }, new Date()))
  await newcomer.enter('/console?at=116.25000,37.40000,16.00')
  newcomer.begin()
  await newcomer.find(DEMO_WORKER)
  await expect(newcomer.workerDetail).toContainText('在线')
  await newcomer.press('f')
  expect(newcomer.acts).toBeLessThanOrEqual(FEW)
  await newcomer.expectCentred(DEMO_WORKER)
  await newcomer.page.waitForTimeout(1100) // the device's clock has whole seconds
  await post(url, fix({ lon: 116.332, lat: 37.461 }, new Date()))
  await newcomer.expectDrawnAt(DEMO_WORKER, { lon: 116.332, lat: 37.461 })
  await newcomer.expectCentred(DEMO_WORKER)
  await expect(newcomer.page.getByRole('button', { name: '停止跟随' })).toBeVisible()

  // Esc ends the following and nothing else; a drag ends it too.
  await newcomer.press('Escape')
  await expect(newcomer.page.getByRole('button', { name: '跟随', exact: true })).toBeVisible()
  await newcomer.press('f')
  await expect(newcomer.page.getByRole('button', { name: '停止跟随' })).toBeVisible()
  await newcomer.page.mouse.move(600, 500)
  await newcomer.page.mouse.down()
  await newcomer.page.mouse.move(700, 560, { steps: 5 })
  await newcomer.page.mouse.up()
  await expect(newcomer.page.getByRole('button', { name: '跟随', exact: true })).toBeVisible()
})

test('sends a colleague the same view', async ({ newcomer, browser, url }) => {
  const field = await Field.as(url, 'operator')
  const facility = await field.first('便民服务站')
  await newcomer.page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await newcomer.enter('/console?at=116.30000,37.45000,15.00')
  await newcomer.find('便民服务站')
  await expect(newcomer.facilityDetail).toContainText(facility.name)
  newcomer.begin()
  await newcomer.press('y')
  expect(newcomer.acts).toBeLessThanOrEqual(FEW)
  await expect(newcomer.page.getByText('链接已复制')).toBeVisible()
  const link = await newcomer.clipboard()
  const colleague = new Newcomer(await browser.newPage(), url)
  await colleague.enter(link.slice(url.length), 'dispatcher')
  await expect(colleague.facilityDetail).toContainText(facility.name)
  const [mine, theirs] = await Promise.all([newcomer, colleague].map(({ page }) => page.evaluate(() => ({ ...window.wangge!.map.getCenter(), zoom: window.wangge!.map.getZoom() }))))
  expect(theirs!.lng).toBeCloseTo(mine!.lng, 4)
  expect(theirs!.lat).toBeCloseTo(mine!.lat, 4)
  expect(theirs!.zoom).toBeCloseTo(mine!.zoom, 1)
  await colleague.page.close()
})
