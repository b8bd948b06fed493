import { accessibilityFaults } from '../browser'
import { Field } from '../field'
import { Newcomer } from '../newcomer'
import { expect, test } from '../test'

test('is used without a mouse: opened, moved through, chosen, closed, remembered', async ({ page, url }) => {
  const person = new Newcomer(page, url)
  await person.enter()
  const { palette } = person
  await page.keyboard.press('Control+k')
  await expect(palette.input).toBeFocused()
  await expect(palette.box).toContainText('输入姓名、地址、编号或拼音首字母')
  await page.keyboard.insertText('cwdd1hy')
  await expect(palette.results).toHaveCount(6)
  await expect(palette.results.first()).toContainText('崇文大道1号院1号楼')
  await expect(palette.chosen).toHaveText((await palette.results.first().textContent())!)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowUp')
  await expect(palette.chosen).toContainText('1号院2号楼')
  await page.keyboard.press('Enter')
  await expect(palette.box).toBeHidden()
  await expect(person.buildingDetail).toContainText('崇文大道1号院2号楼')
  expect(page.url()).toMatch(/select=building-\d+/)

  await page.keyboard.press('/')
  await expect(palette.results).toHaveCount(1)
  await expect(palette.box).toContainText('最近找过')
  await page.keyboard.press('Escape')
  await expect(palette.box).toBeHidden()
  await expect(person.buildingDetail).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(person.buildingDetail).toBeHidden()
  expect(person.complaints.all).toEqual([])
})

test('finds every kind, and selecting shows it on the map', async ({ page, url }) => {
  const person = new Newcomer(page, url)
  const field = await Field.as(url, 'operator')
  const id = await field.report('09012', '青龙桥头消防通道被堵', 116.36, 37.47)
  const { incident } = await field.get<{ incident: { code: string } }>(`/api/v1/incidents/${id}`)
  await person.enter('/console?at=116.20000,37.40000,15.00')
  const inView = (lon: number, lat: number) =>
    page.waitForFunction(([lon, lat]) => window.wangge!.map.getBounds().contains([lon!, lat!]), [lon, lat]) // prettier-ignore

  await person.find(incident.code)
  await expect(person.incidentDetail).toContainText('青龙桥头')
  await inView(116.36, 37.47)
  const community = await field.first('371402001001')
  await person.find('371402001001')
  await expect(person.areaDetail).toContainText(community.name)
  await inView(community.lon, community.lat)
  await person.find('体验网格员')
  await expect(person.workerDetail).toContainText('DEMO-APP')
  const station = await field.first('bmfwz')
  await person.find('bmfwz')
  await expect(person.facilityDetail).toContainText(station.name)
  await inView(station.lon, station.lat)

  // A relation in a panel selects as well.
  await page.locator('[data-testid=facility-detail] [data-area]').last().click()
  await expect(person.areaDetail).toContainText('网格')
  expect(person.complaints.all).toEqual([])
})

test('says what to do when nothing is found, and tries again after a failure', async ({ page, url }) => {
  const person = new Newcomer(page, url)
  await person.enter()
  await page.keyboard.press('/')
  await page.keyboard.insertText('没有这个名字的人')
  await expect(person.palette.box).toContainText('没有找到“没有这个名字的人”')
  await page.route('**/api/v1/search?*', (route) => route.abort())
  await page.keyboard.press('Control+a')
  await page.keyboard.insertText('尉署社区')
  await expect(person.problem).toContainText('连不上服务器')
  await page.unroute('**/api/v1/search?*')
  await person.problem.getByRole('button', { name: '重试' }).click()
  await expect(person.palette.results.first()).toContainText('尉署社区')
})

for (const theme of ['dark', 'light'] as const) {
  test(`axe finds nothing in the search and in the details, ${theme}`, async ({ page, url }) => {
    const person = new Newcomer(page, url)
    await page.addInitScript((theme) => localStorage.setItem('wangge.theme', theme), theme)
    await person.enter()
    await page.keyboard.press('/')
    expect(await accessibilityFaults(page)).toEqual([])
    await page.keyboard.insertText('尉署')
    await expect(person.palette.results.first()).toBeVisible()
    expect(await accessibilityFaults(page)).toEqual([])
    await page.keyboard.press('Escape')
    for (const [query, detail] of [
      ['尉署社区', person.areaDetail],
      ['cwdd1hy1hl', person.buildingDetail],
      ['便民服务站', person.facilityDetail],
      ['体验网格员', person.workerDetail],
    ] as const) {
      await person.find(query)
      await expect(detail).toContainText('在办事件')
      expect(await accessibilityFaults(page)).toEqual([])
    }
  })
}

test('works on a telephone', async ({ page, url }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  const person = new Newcomer(page, url)
  await person.enter()
  await person.palette.button.click()
  await person.palette.input.fill('尉署社区')
  await person.palette.results.first().click()
  await expect(person.areaDetail).toContainText('谁负责')
  const [width, height] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight])
  expect([width, height]).toEqual([390, 844])
})
