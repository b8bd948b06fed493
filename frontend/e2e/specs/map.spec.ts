import { accessibilityFaults } from '../browser'
import { PASSWORD, type Console } from '../console'
import { MapDriver, type Box } from '../map'
import { expect, test } from '../test'

const HERE = { lon: 116.3, lat: 37.45 }
const AT = '/console?at=116.30000,37.45000'

test('layers are switched, and a link shows a colleague the same', async ({ console }) => {
  const map = new MapDriver(console)
  await console.enter(`${AT},16.00`)
  await console.page.keyboard.press('l')
  await expect(map.switch('workers')).toBeFocused()
  await map.switch('streets').uncheck()
  await map.switch('names').uncheck()
  expect(await map.shown('street-main', 'worker-name', 'building-fill')).toEqual([false, false, true])
  await expect(console.page).toHaveURL(/[?&]off=names(,|%2C)streets/)
  expect(await accessibilityFaults(console.page)).toEqual([])

  await console.page.reload()
  await console.live()
  await expect.poll(() => map.shown('street-main', 'worker-name', 'building-fill')).toEqual([false, false, true])
  await console.page.keyboard.press('l')
  await expect(map.switch('streets')).not.toBeChecked()
  await map.switch('streets').check()
  expect(await map.shown('street-main')).toEqual([true])
  await console.page.keyboard.press('Escape')
  await expect(map.layerPanel).toBeHidden()
})

test('the ruler tells the geodesic distance', async ({ console }) => {
  const map = new MapDriver(console)
  await console.enter(`${AT},15.00`)
  await console.page.keyboard.press('d')
  const clicks = [[520, 300], [760, 300], [760, 520]] as const // prettier-ignore
  await map.draw(clicks)
  const [a, b, c] = [await map.unproject(...clicks[0]), await map.unproject(...clicks[1]), await map.unproject(...clicks[2])]
  const metres = vincenty(a, b) + vincenty(b, c)
  await expect(map.measure).toHaveText(metres < 1000 ? `${metres.toFixed(0)} 米` : `${(metres / 1000).toFixed(2)} 公里`)
  await console.page.keyboard.press('Escape')
  await expect(map.measure).toBeHidden()
})

test('by the keyboard alone an area is measured', async ({ console }) => {
  const map = new MapDriver(console)
  await console.enter(`${AT},16.00`)
  const { keyboard } = console.page
  await console.page.evaluate(() => (document.activeElement as HTMLElement).blur())
  await keyboard.press('Shift+D')
  const corners: { lon: number; lat: number }[] = []
  for (const move of ['', 'ArrowRight', 'ArrowDown']) {
    if (move) await keyboard.press(move)
    const corner = await map.restsAwayFrom(corners.at(-1))
    await keyboard.press(' ')
    corners.push(corner)
  }
  await keyboard.press('Enter')
  // A small right-angled triangle: half of the product of its legs, to the thousandth.
  const [a, b, c] = corners.map(({ lon, lat }): [number, number] => [lon, lat])
  const squareMetres = (vincenty(a!, b!) * vincenty(b!, c!)) / 2
  await expect(map.measure).toContainText(/平方米|公顷/)
  const shown = Number((await map.measure.innerText()).replace(/[^\d.]/g, '')) * ((await map.measure.innerText()).includes('公顷') ? 10_000 : 1)
  expect(Math.abs(shown / squareMetres - 1)).toBeLessThan(2e-3)
})

test("a lasso's summary is what the interface says of the same shape", async ({ console }) => {
  const map = new MapDriver(console)
  await console.enter(`${AT},15.00`)
  await map.tool('lasso').click()
  const answer = console.page.waitForResponse((response) => response.url().endsWith('/api/v1/survey'))
  await map.drag([[520, 200], [820, 180], [860, 520], [600, 560], [500, 380]]) // prettier-ignore
  const asked = (await answer).request().postDataJSON() as { polygon: [number, number][] }
  expect(asked.polygon.length).toBeGreaterThan(5)
  const found = (await (await answer).json()) as { buildings: number; households: number; incidents: { total: number }; workers: { total: number } }
  expect(found.buildings).toBeGreaterThan(0)
  await expect(map.survey).toContainText('范围统计')
  for (const what of ['buildings', 'households'] as const) expect(await map.surveyed(what)).toBe(found[what])
  for (const what of ['workers', 'incidents'] as const) expect(await map.surveyed(what)).toBe(found[what].total)
  expect(await accessibilityFaults(console.page)).toEqual([])

  // Dragging is the map's again once the tool is put away.
  await console.page.keyboard.press('Escape')
  await expect(map.survey).toBeHidden()
  const before = await map.camera()
  await map.drag([[700, 400], [600, 400]]) // prettier-ignore
  expect((await map.camera()).lon).toBeGreaterThan(before.lon)
})

test('a box lists its incidents, and each can be selected', async ({ console }) => {
  const map = new MapDriver(console)
  await console.enter(`${AT},16.00`)
  const id = await console.report('占用消防通道', '框选用例：消防通道被堵', 700, 420)
  await console.page.keyboard.press('Escape')
  await console.page.keyboard.press('b')
  await map.drag([[640, 360], [760, 480]]) // prettier-ignore
  await map.survey.getByRole('button', { name: /占用消防通道/ }).first().click() // prettier-ignore
  await expect(console.incidentDetail).toContainText('占用消防通道')
  expect(await map.drawn('incident-marker')).toContainEqual(expect.objectContaining({ properties: expect.objectContaining({ id }) }))
})

test('a click selects a building, and on plain ground the area that is meant at this zoom', async ({ console }) => {
  const map = new MapDriver(console)
  await console.enter(`${AT},17.00`)
  await console.page.waitForFunction(() => window.wangge!.map.areTilesLoaded())
  const house = await map.someBuilding()
  await console.clickMap(house.x, house.y)
  await expect(console.page).toHaveURL(new RegExp(`select=building-${house.id}$`))
  const state = await console.page.evaluate(
    (id) => window.wangge!.map.getFeatureState({ source: 'district', sourceLayer: 'building', id }),
    house.id,
  )
  expect(state).toMatchObject({ selected: true })
  await console.page.keyboard.press('Escape')
  await expect(console.page).not.toHaveURL(/select=/)

  for (const [zoom, digits] of [[16, 16], [12.5, 12]] as const) { // prettier-ignore
    await map.jump(HERE.lon, HERE.lat, zoom)
    const ground = await map.someGround()
    await console.clickMap(ground.x, ground.y)
    await expect(console.page).toHaveURL(new RegExp(`select=area-\\d{${digits}}$`))
    expect(await map.selectedAreas()).toBeGreaterThan(0)
    await console.page.keyboard.press('Escape')
  }
})

test('previous and next view', async ({ console }) => {
  const map = new MapDriver(console)
  await console.enter(`${AT},14.00`)
  await expect(map.tool('back')).toBeDisabled()
  const first = await map.camera()
  await map.drag([[700, 400], [560, 400]]) // prettier-ignore
  await expect(map.tool('back')).toBeEnabled()
  await console.page.waitForFunction(() => !window.wangge!.map.isMoving())
  const second = await map.camera()
  expect(second.lon).toBeGreaterThan(first.lon)
  await console.page.keyboard.press(',')
  await expect.poll(async () => (await map.camera()).lon).toBeCloseTo(first.lon, 7)
  await expect(map.tool('back')).toBeDisabled()
  await map.tool('forward').click()
  await expect.poll(async () => (await map.camera()).lon).toBeCloseTo(second.lon, 7)
})

test('many incidents become a number, urgent ones never', async ({ console, url }) => {
  const map = new MapDriver(console)
  await console.enter(`${AT},11.00`)
  const ids = await reportMany(url, console)
  await expect.poll(async () => (await map.drawn('incident-cluster')).length).toBeGreaterThan(0)
  const apart = async () => (await map.drawn('incident-marker')).map((f) => f.properties.id)
  await expect.poll(apart).toEqual(expect.arrayContaining(ids.urgent))
  const single = (await map.drawn('incident-counted')).map((f) => f.properties.id)
  expect(ids.normal.filter((id) => single.includes(id))).toEqual([])

  // One of many that is selected stands by itself.
  await console.page.goto(`${url}${AT},11.00&select=incident-${ids.normal[0]}`)
  await console.live()
  await expect.poll(async () => (await map.drawn('incident-marker')).map((f) => f.properties.id)).toContain(ids.normal[0])
})

test('a picture has the map, its scale and its source', async ({ console }) => {
  const map = new MapDriver(console)
  await console.enter(`${AT},14.00`)
  const download = console.page.waitForEvent('download')
  await map.tool('picture').click()
  expect((await download).suggestedFilename()).toMatch(/^wangge-\d{8}-\d{6}\.png$/)
  const colours = await console.page.evaluate(() => {
    const sheet = document.querySelector<HTMLCanvasElement>('.print-sheet')!
    const { data } = sheet.getContext('2d')!.getImageData(400, 100, sheet.width - 500, sheet.height - 200)
    const seen = new Set<number>()
    for (let i = 0; i < data.length; i += 4) seen.add((data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!)
    return seen.size
  })
  expect(colours).toBeGreaterThan(20)
})

test('names of workers do not overlap, and the selected one keeps its name', async ({ console, url }) => {
  const map = new MapDriver(console)
  const crowd = { lon: 116.34, lat: 37.43 }
  const people = await gather(url, crowd, 40)
  await console.enter(`/console?at=${crowd.lon},${crowd.lat},16.50`)
  await expect.poll(async () => (await map.names()).filter((n) => n.text.startsWith('群众')).length, { timeout: 30_000 }).toBeGreaterThan(4)
  const boxes = await map.names()
  expect(boxes.length).toBeLessThan(people.length) // they stand closer together than names are long
  for (const [i, a] of boxes.entries()) for (const b of boxes.slice(i + 1)) expect(overlap(a, b), `${a.text} and ${b.text}`).toBe(false)

  const hidden = people.find((one) => !boxes.some((box) => box.text === one.name))!
  await console.page.evaluate((id) => {
    const { view } = window.wangge!
    view.names.chosen = id
  }, hidden.id) // prettier-ignore
  await expect.poll(async () => (await map.names()).map((n) => n.text)).toContain(hidden.name)
})

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

/** So many workers on shift, standing in rows some 12 m apart around a place. */
async function gather(url: string, { lon, lat }: typeof HERE, count: number): Promise<{ id: number; name: string }[]> {
  const signIn = await fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'admin', password: PASSWORD }),
  })
  const cookie = signIn.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ') // prettier-ignore
  const send = async <T>(path: string, body: unknown): Promise<T> => {
    const answer = await fetch(url + path, { method: 'POST', headers: { 'Content-Type': 'application/json', cookie }, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as T
  }
  const indices = Array.from({ length: count }, (_, i) => i)
  const workers = indices.map((i) => ({ code: `CROWD${i}`, name: `群众演员${i}`, duty: 'grid_worker', area: '371402' }))
  const saved = await send<{ items: { id: number; name: string }[] }>('/api/v1/workers', { workers })
  await send('/api/v1/devices', { devices: saved.items.map(({ id }, i) => ({ uid: `crowd-${i}`, worker_id: id })) })
  const from = new Date(Date.now() - 60_000).toISOString()
  await send('/api/v1/shifts', { shifts: saved.items.map(({ id }) => ({ worker_id: id, from })) })
  for (const i of indices) {
    const at = { lon: lon + ((i % 8) - 4) * 1.4e-4, lat: lat + (Math.floor(i / 8) - 2.5) * 1.1e-4 }
    const answer = await fetch(`${url}/ingest/osmand?id=crowd-${i}&lon=${at.lon}&lat=${at.lat}`, { method: 'POST' })
    if (!answer.ok) throw new Error(`fix ${i}: ${answer.status} ${await answer.text()}`)
  }
  return saved.items
}

/** Twelve ordinary incidents and three urgent ones within some 100 m, through the interface, with the page's own session. */
async function reportMany(url: string, console: Console): Promise<{ normal: number[]; urgent: number[] }> {
  const report = async (i: number, severity: 'normal' | 'urgent') => {
    const data = { class: '06010', severity, text: `聚合用例 ${i}`, lon: HERE.lon + (i % 4) * 2e-4, lat: HERE.lat + 0.004 + Math.floor(i / 4) * 2e-4 }
    const answer = await console.page.request.post(`${url}/api/v1/incidents`, { data, headers: { 'Idempotency-Key': crypto.randomUUID() } })
    expect(answer.status()).toBe(201)
    return ((await answer.json()) as { id: number }).id
  }
  const ids = { normal: [] as number[], urgent: [] as number[] }
  for (let i = 0; i < 12; i++) ids.normal.push(await report(i, 'normal'))
  for (let i = 12; i < 15; i++) ids.urgent.push(await report(i, 'urgent'))
  return ids
}

/** Vincenty's inverse formula on WGS-84: written down from his paper, apart from what the page uses. Metres. */
function vincenty([lon1, lat1]: [number, number], [lon2, lat2]: [number, number]): number {
  const [a, f] = [6378137, 1 / 298.257223563]
  const b = a * (1 - f)
  const rad = Math.PI / 180
  const [U1, U2, L] = [Math.atan((1 - f) * Math.tan(lat1 * rad)), Math.atan((1 - f) * Math.tan(lat2 * rad)), (lon2 - lon1) * rad]
  const [s1, c1, s2, c2] = [Math.sin(U1), Math.cos(U1), Math.sin(U2), Math.cos(U2)]
  let [lambda, before, sinS, cosS, sigma, cos2A, cosM] = [L, Infinity, 0, 0, 0, 0, 0]
  while (Math.abs(lambda - before) > 1e-12) {
    const [sl, cl] = [Math.sin(lambda), Math.cos(lambda)]
    sinS = Math.hypot(c2 * sl, c1 * s2 - s1 * c2 * cl)
    if (sinS === 0) return 0
    cosS = s1 * s2 + c1 * c2 * cl
    sigma = Math.atan2(sinS, cosS)
    const sinA = (c1 * c2 * sl) / sinS
    cos2A = 1 - sinA * sinA
    cosM = cos2A === 0 ? 0 : cosS - (2 * s1 * s2) / cos2A
    const C = (f / 16) * cos2A * (4 + f * (4 - 3 * cos2A))
    before = lambda
    lambda = L + (1 - C) * f * sinA * (sigma + C * sinS * (cosM + C * cosS * (2 * cosM * cosM - 1)))
  }
  const u = (cos2A * (a * a - b * b)) / (b * b)
  const A = 1 + (u / 16384) * (4096 + u * (-768 + u * (320 - 175 * u)))
  const B = (u / 1024) * (256 + u * (-128 + u * (74 - 47 * u)))
  const d = B * sinS * (cosM + (B / 4) * (cosS * (2 * cosM * cosM - 1) - (B / 6) * cosM * (4 * sinS * sinS - 3) * (4 * cosM * cosM - 3)))
  return b * A * (sigma - d)
}
