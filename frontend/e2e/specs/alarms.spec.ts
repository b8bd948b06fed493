import { Server } from '../../test/server'
import { Alarms, callForHelp } from '../alarms'
import { accessibilityFaults } from '../browser'
import { Console } from '../console'
import { expect, test } from '@playwright/test'

/** A server on which an urgent incident may wait for one second only. */
const server = new Server(['--no-simulate', '--alarm-urgent-after', '1s', '--alarm-critical-after', '1s'])
const VIEW = '/console?at=116.30000,37.45000,15.00'

test.beforeAll(async () => {
  test.setTimeout(180_000)
  await server.start()
})
test.afterAll(() => server.remove())

/** The code of the incident that is shown in detail. */
const codeOf = async (console: Console) => /\d{8}-\d{4,}/.exec(await console.incidentDetail.innerText())![0]

test('an urgent incident that nobody dispatches raises an alarm; two operators see who has seen to it; dispatching ends it', async ({ page, browser }) => {
  const console = new Console(page, server.url)
  const other = new Console(await browser.newPage(), server.url)
  await console.enter(VIEW)
  await other.enter(VIEW, 'dispatcher')
  const id = await console.report('占用消防通道', '消防通道停满了车', 700, 500)
  const code = await codeOf(console)
  const [mine, theirs] = [new Alarms(console.page), new Alarms(other.page)]
  await mine.unfold()
  await expect(mine.row(code)).toContainText('占用消防通道未派遣')
  await theirs.unfold()
  await expect(theirs.row(code)).toContainText('超时未派遣')

  await mine.acknowledge(code, '已电话通知物业')
  await expect(mine.who(code)).toContainText('值班员 已确认')
  await expect(theirs.who(code)).toContainText('值班员 已确认')
  await expect(theirs.who(code)).toContainText('已电话通知物业')

  await theirs.choose(code)
  await expect(other.incidentDetail).toContainText('消防通道停满了车')
  expect(new URL(other.page.url()).searchParams.get('select')).toBe(`incident-${id}`)
  await other.move('派遣', '请交警到场')
  await expect(mine.row(code)).toHaveCount(0, { timeout: 60_000 })
  expect([console.complaints.all, other.complaints.all]).toEqual([[], []])
  await other.page.close()
})

test('who acknowledges too late is told who was first', async ({ page, browser }) => {
  const console = new Console(page, server.url)
  await console.enter(VIEW)
  await console.report('安全隐患', '围墙开裂', 720, 420)
  const code = await codeOf(console)
  const mine = new Alarms(console.page)
  await mine.unfold()
  await expect(mine.row(code)).toBeVisible()

  let deaf = false
  const other = new Console(await browser.newPage(), server.url)
  await other.page.routeWebSocket(/\/api\/v1\/live$/, (socket) => {
    socket.connectToServer().onMessage((message) => {
      if (!deaf) socket.send(message)
    })
  })
  await other.enter(VIEW, 'dispatcher')
  const theirs = new Alarms(other.page)
  await theirs.unfold()
  await expect(theirs.row(code)).toBeVisible()
  deaf = true
  await mine.acknowledge(code, '')
  await expect(mine.who(code)).toBeVisible()
  await theirs.acknowledge(code, '我来')
  await expect(theirs.row(code).locator('.problem')).toHaveText('这条告警已由值班员确认。')
  await other.page.close()
})

test('a call for help goes before everything and leads to the worker; the keyboard is enough', async ({ page }) => {
  const console = new Console(page, server.url)
  await console.enter(VIEW)
  const alarms = new Alarms(page)
  await callForHelp(server.url, '被围堵，请速来')
  await expect(alarms.top).toHaveText('体验网格员呼救')
  await expect(alarms.strip).toHaveClass(/critical/)
  expect(await accessibilityFaults(page)).toEqual([])

  await page.keyboard.press('a')
  await expect(page.locator(':focus')).toHaveText('确认')
  await expect(alarms.row('被围堵').locator(':focus')).toHaveCount(1)
  expect(await accessibilityFaults(page)).toEqual([])
  await page.keyboard.press('Enter')
  await expect(alarms.who('被围堵')).toContainText('值班员 已确认')
  await page.keyboard.press('Escape')
  await expect(alarms.row('被围堵')).toHaveCount(0)

  await page.keyboard.press('a')
  await alarms.choose('被围堵')
  await expect(console.workerDetail).toContainText('体验网格员')
  expect(console.complaints.all).toEqual([])
})

test('who may not acknowledge sees alarms and no button; who may not see them has no strip', async ({ page, browser }) => {
  const leader = new Console(page, server.url)
  await leader.enter(VIEW, 'leader')
  const alarms = new Alarms(page)
  await alarms.unfold()
  await expect(alarms.strip.locator('li').first()).toBeVisible()
  await expect(alarms.strip.getByRole('button', { name: '确认', exact: true })).toHaveCount(0)
  const department = new Console(await browser.newPage(), server.url)
  await department.enter(VIEW, 'department')
  await expect(new Alarms(department.page).strip).toHaveCount(0)
  await department.page.keyboard.press('a')
  await expect(new Alarms(department.page).strip).toHaveCount(0)
  expect([leader.complaints.all, department.complaints.all]).toEqual([[], []])
  await department.page.close()
})
