import { accessibilityFaults } from '../browser'
import { Console } from '../console'
import { Queue } from '../queue'
import { expect, test } from '../test'

const VIEW = '/console?at=116.30000,37.45000,15.00'

/** How many of the page's open incidents are so. */
const held = (console: Console, severity: string) =>
  console.page.evaluate((severity) => window.wangge!.incidents().filter((i) => i.severity === severity && i.state !== 'closed').length, severity)

test('chips filter at once, with counts that are true, and the link shows a colleague the same', async ({ console, browser, url }) => {
  await console.enter(VIEW)
  const queue = new Queue(console.page)
  const urgent = await held(console, 'urgent')
  expect(urgent).toBeGreaterThan(0)
  await expect(queue.chipOf('紧急')).toContainText(String(urgent))
  await queue.chip('紧急')
  await expect(queue.rows).toHaveCount(urgent)
  await expect(queue.count).toContainText(`${urgent} /`)
  expect(queue.address).toBe('severity:urgent')

  await console.report('占用消防通道', '筛选时新报的一件', 700, 500)
  await expect(queue.rows).toHaveCount(urgent + 1)
  await console.page.keyboard.press('Escape')

  const other = new Console(await browser.newPage(), url)
  await other.enter(new URL(console.page.url()).pathname + new URL(console.page.url()).search, 'dispatcher')
  await expect(new Queue(other.page).rows).toHaveCount(urgent + 1)
  await other.page.close()
  await queue.chip('紧急')
  expect(queue.address).toBe('')
})

test('text, state and order; nothing found says so and offers the way back', async ({ console }) => {
  await console.enter(VIEW)
  const queue = new Queue(console.page)
  const id = await console.report('道路不洁', '独一无二的落叶堆', 720, 420)
  await console.page.keyboard.press('Escape')
  await console.page.keyboard.press('f')
  await console.page.keyboard.type('独一无二')
  await expect(queue.rows).toHaveCount(1)
  await expect(console.row(id)).toBeVisible()
  await queue.chip('处理中')
  await expect(queue.list).toContainText('没有符合筛选的在办事件')
  expect(await accessibilityFaults(console.page)).toEqual([])
  await queue.list.getByRole('button', { name: '清除筛选' }).click()
  await expect(queue.rows.first()).toBeVisible()
  await queue.sort('最新在前')
  await expect(queue.rows.first()).toHaveAttribute('data-incident', String(id))
  await console.page.reload()
  await console.live()
  await expect(queue.rows.first()).toHaveAttribute('data-incident', String(id))
})

test('a saved filter stays with its account, and nobody else has it', async ({ console, browser, url }) => {
  await console.enter(VIEW)
  const queue = new Queue(console.page)
  await queue.chip('紧急')
  await queue.save('我的紧急')
  await expect(queue.choice('我的紧急')).toBeVisible()
  expect(await accessibilityFaults(console.page)).toEqual([])
  await console.page.keyboard.press('Escape')
  await expect(queue.saved).toContainText('我的紧急')

  await console.page.reload()
  await console.live()
  await queue.saved.click()
  await queue.choice('全部在办').click()
  expect(queue.address).toBe('')
  await queue.saved.click()
  await queue.choice('我的紧急').click()
  await expect.poll(() => queue.address).toBe('severity:urgent')

  const other = new Console(await browser.newPage(), url)
  await other.enter(VIEW, 'dispatcher')
  await new Queue(other.page).saved.click()
  await expect(new Queue(other.page).choice('全部在办')).toBeVisible()
  await expect(new Queue(other.page).choice('我的紧急')).toHaveCount(0)
  await other.page.close()

  await queue.saved.click()
  await console.page.getByRole('button', { name: '删除筛选“我的紧急”' }).click()
  await expect(queue.choice('我的紧急')).toHaveCount(0)
})

test('new rows do not move what is being read', async ({ console, browser, url }) => {
  const other = new Console(await browser.newPage(), url)
  await console.enter(VIEW)
  await other.enter(VIEW, 'dispatcher')
  const queue = new Queue(console.page)
  await queue.list.evaluate((list) => list.scrollTo({ top: list.scrollHeight }))
  const before = await queue.list.evaluate((list) => list.scrollTop)
  expect(before).toBeGreaterThan(0)
  await other.report('占用消防通道', '滚动时新报的一件', 700, 500)
  await expect(console.page.getByRole('button', { name: '1 件新事件' })).toBeVisible()
  await console.page.getByRole('button', { name: '1 件新事件' }).click()
  await expect.poll(() => queue.list.evaluate((list) => list.scrollTop)).toBe(0)
  await other.page.close()
})

test('the header tells today’s figures and who is on shift', async ({ console }) => {
  await console.enter(VIEW)
  const today = await console.page.evaluate(async () => (await fetch('/api/v1/figures/today')).json())
  await expect(console.page.getByTestId('reported-today')).toHaveText(String(today.reported))
  await expect(console.page.getByTestId('closed-today')).toHaveText(String(today.closed))
  await expect(console.page.getByTestId('open-incidents')).toHaveText(String(today.open))
  await console.report('暴露垃圾', '让数字变化的一件', 700, 500)
  await expect(console.page.getByTestId('reported-today')).toHaveText(String(today.reported + 1))

  await console.page.getByTestId('on-shift').click()
  await console.page.getByRole('searchbox', { name: '找人' }).fill('演示手机')
  expect(await accessibilityFaults(console.page)).toEqual([])
  await console.page.getByTestId('crew').getByRole('button', { name: '演示手机' }).click()
  await expect(console.workerDetail).toContainText('演示手机')
})

test('on a phone it says that the data is a demonstration', async ({ console }) => {
  await console.page.setViewportSize({ width: 390, height: 844 })
  await console.enter(VIEW)
  await expect(console.page.getByTestId('demo')).toHaveText(/演示/)
  await expect(console.page.getByTestId('demo')).toBeInViewport({ ratio: 1 })
  await expect(console.page.getByRole('button', { name: /账号菜单/ })).toBeInViewport({ ratio: 1 })
  expect(await accessibilityFaults(console.page)).toEqual([])
})
