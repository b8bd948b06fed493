import { accessibilityFaults } from '../browser'
import { Admin } from '../admin'
import { workbook } from '../workbook'
import { expect, test } from '../test'

/** Nothing that is written here is looked at by other specs. */
const stamp = Date.now().toString(36)

test('a new account signs in with its one-time password and must change it first', async ({ console, url }) => {
  const admin = new Admin(console)
  const name = `li.wei.${stamp}`
  await admin.enter('accounts')
  const oneTime = await admin.createAccount({ name, display: '李伟', role: '值班员', area: '德城区' })
  await admin.find(name)
  await expect(admin.row('李伟')).toContainText('待改密码')
  await admin.signOut()

  await console.open('/console')
  await console.signIn(name, oneTime)
  await expect(console.page).toHaveURL(/\/password/)
  const refused = await console.page.request.get(`${url}/api/v1/incidents`)
  expect([refused.status(), (await refused.json()).code]).toEqual([403, 'session.password'])
  await console.open('/console')
  await expect(console.page).toHaveURL(/\/password/)

  await admin.changePassword(oneTime, 'green Kettle 42')
  await console.live()
  await expect(console.page).toHaveURL(/\/console/)
  await admin.signOut()

  await admin.enter(`accounts?q=${name}`)
  await expect(admin.row('李伟')).toContainText('可用')
  await admin.go('audit')
  await admin.find('admin')
  await expect(admin.row(`建立账号 · ${name}`)).toBeVisible()
})

test('an unknown device is claimed in two acts and then sends', async ({ console, url }) => {
  const admin = new Admin(console)
  const uid = `tracker-${stamp}`
  const send = () => fetch(`${url}/ingest/osmand?id=${uid}&lat=37.46&lon=116.31&timestamp=${Math.floor(Date.now() / 1000)}`, { method: 'POST' })
  expect((await (await send()).json()).code).toBe('device.unknown')
  await admin.enter('devices')
  await admin.claim(uid, '演示手机')
  await admin.find(uid)
  await expect(admin.row(uid)).toContainText('演示手机')
  await expect(admin.row(uid)).toContainText('从未收到')
  expect((await send()).status).toBe(200)
  await console.page.reload()
  await expect(admin.row(uid)).toContainText(/刚刚|秒前/)
  await admin.go('audit')
  await expect(admin.rows.first()).toContainText(`保存设备 · ${uid}`)
})

test('a table of workers is judged first, and written whole or not at all', async ({ console }) => {
  const admin = new Admin(console)
  const [one, two] = [`T${stamp}1`, `T${stamp}2`]
  await admin.enter('workers')
  await admin.openImport()
  const header = ['工号*', '姓名*', '岗位*', '所属区域*', '电话']

  await admin.check('workers.xlsx', workbook([header, [one, '赵一', '网格员', '3714020010011001', '13800000001'], [two, '钱二', '经理', '371402999999', '']]))
  await expect(admin.importSummary).toContainText('新增 1，修改 0，不变 0，有错 1')
  await expect(admin.importRow(3)).toContainText('岗位')
  await expect(admin.importRow(3)).toContainText('不是允许的取值')
  await expect(admin.importRow(3)).toContainText('所属区域')
  await expect(admin.apply).toBeDisabled()
  await admin.find(one)
  await expect(console.page.getByText('没有符合条件的记录。')).toBeVisible()

  await admin.check('workers.csv', workbook([header]))
  await expect(console.problem).toContainText('内容与扩展名不符')
  console.complaints.expected(/workers\/import.*400/)

  await admin.check('workers.xlsx', workbook([header, [one, '赵一', '网格员', '3714020010011001', '13800000001'], [two, '钱二', '网格长', '3714020010011001', '']]))
  await expect(admin.importSummary).toContainText('新增 2，修改 0，不变 0，有错 0')
  await admin.apply.click()
  await expect(admin.importSummary).toContainText('已导入：新增 2')
  await expect(admin.row('赵一')).toContainText('138****0001')
  await admin.go('audit')
  await expect(admin.row(`保存人员 · 赵一`)).toBeVisible()
})

test('the template that is downloaded can be imported as it is', async ({ console }) => {
  const admin = new Admin(console)
  await admin.enter('shifts')
  await admin.openImport()
  const path = await admin.template()
  const { readFileSync } = await import('node:fs')
  await admin.check('shifts.xlsx', readFileSync(path))
  await expect(admin.importRow(2)).toContainText('W0001') // the example: a worker that isn't there
  await expect(admin.importRow(2)).toContainText('工号')
})

test('with the keyboard alone: search, look, change, and go back', async ({ console }) => {
  const admin = new Admin(console)
  const { keyboard } = console.page
  await admin.enter('workers')
  await keyboard.press('/')
  await expect(admin.search).toBeFocused()
  await keyboard.type('演示手机')
  await expect(admin.rows).toHaveCount(1)
  await keyboard.press('Escape')
  await keyboard.press('j')
  await keyboard.press('Enter')
  await expect(admin.panel).toContainText('演示手机')
  await keyboard.press('Escape')
  await expect(admin.panel).toBeHidden()
  await expect(admin.row('演示手机').locator('[data-row]')).toBeFocused()
  await keyboard.press('n')
  await expect(console.page.locator('#worker-code')).toBeFocused()
  await keyboard.type(`K${stamp}`)
  await keyboard.press('Tab')
  await keyboard.type('孙三')
  await keyboard.press('Tab')
  await keyboard.press('Tab')
  await keyboard.type('3714020010011001')
  await expect(admin.options).toHaveCount(1)
  await keyboard.press('Enter')
  await keyboard.press('Tab')
  await keyboard.press('Enter')
  await expect(admin.panel).toContainText('已保存')
})

test('a shift that lies over another is refused with a sentence', async ({ console, url }) => {
  const admin = new Admin(console)
  await admin.enter('shifts')
  const worker = { code: `S${stamp}`, name: '周四', duty: 'grid_worker', area: '3714020010011001' }
  expect((await console.page.request.post(`${url}/api/v1/workers`, { data: { workers: [worker] } })).status()).toBe(200)
  const far = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10)
  for (let i = 0; i < 2; i++) {
    await console.page.getByRole('button', { name: '排班' }).first().click()
    await admin.pick(console.page.locator('#shift-worker'), worker.code)
    await console.page.locator('#shift-day').fill(far)
    await admin.panel.locator('button[type=submit]').click()
    if (i === 0) await expect(admin.panel).toBeHidden()
  }
  await expect(console.problem).toHaveText('同一人同一时间只能有一个班次，请查看标出的行。')
  console.complaints.expected(/shifts.*409/)
})

test('a dispatcher sees the shifts and nothing else', async ({ console }) => {
  const admin = new Admin(console)
  await admin.enter('accounts', 'dispatcher')
  await expect(console.page).toHaveURL(/\/admin\/shifts/)
  await expect(console.page.locator('nav a')).toHaveText(['班次'])
})

test('whoever has none of the rights is led back, and the server refuses too', async ({ console, url }) => {
  await console.enter('/console', 'leader')
  await console.open('/admin/accounts')
  await expect(console.page).toHaveURL(/\/console/)
  await console.live()
  for (const path of ['accounts', 'devices', 'audit', 'audit.csv', 'workers/import']) {
    expect((await console.page.request.get(`${url}/api/v1/${path}`)).status(), path).toBe(403)
  }
})

for (const theme of ['dark', 'light'] as const) {
  test(`axe finds nothing in any section, ${theme}`, async ({ console }) => {
    const admin = new Admin(console)
    await console.page.addInitScript((theme) => localStorage.setItem('wangge.theme', theme), theme)
    await admin.enter('accounts')
    for (const section of ['accounts', 'workers', 'devices', 'shifts', 'audit']) {
      await admin.go(section)
      expect(await accessibilityFaults(console.page), section).toEqual([])
      await admin.rows.first().locator('[data-row]').click()
      await expect(admin.panel).toBeVisible()
      expect(await accessibilityFaults(console.page), `${section}, opened`).toEqual([])
    }
    await console.open('/password')
    await expect(console.page.locator('#password-old')).toBeVisible()
    expect(await accessibilityFaults(console.page)).toEqual([])
  })
}

test('everything is there in English, and nothing runs out of a phone', async ({ console }) => {
  const admin = new Admin(console)
  await admin.enter('accounts')
  await console.switchLanguage()
  for (const section of ['accounts', 'workers', 'devices', 'shifts', 'audit']) {
    await admin.go(section)
    const words = await console.page.locator('nav, .bar, th').allInnerTexts()
    expect(words.join(' ').replace('中文', ''), section).not.toMatch(/\p{Script=Han}/u)
  }
  await console.page.setViewportSize({ width: 390, height: 844 })
  for (const section of ['accounts', 'workers', 'devices', 'shifts', 'audit']) {
    await admin.go(section)
    expect(await console.page.evaluate(() => document.documentElement.scrollWidth), section).toBe(390)
  }
})
