import { accessibilityFaults } from '../browser'
import { Queue } from '../queue'
import { expect, test } from '../test'

const VIEW = '/console?at=116.30000,37.45000,15.00'

test('the list is walked, opened and left with the keyboard, and one is back where one was', async ({ console }) => {
  await console.enter(VIEW)
  const { keyboard } = console.page
  const queue = new Queue(console.page)
  await expect(queue.rows.nth(2)).toBeVisible()
  const ids = await queue.rows.evaluateAll((rows) => rows.slice(0, 3).map((row) => Number((row as HTMLElement).dataset.incident)))
  await keyboard.press('j')
  await expect(console.row(ids[0]!)).toBeFocused()
  await keyboard.press('j')
  await keyboard.press('ArrowDown')
  await expect(console.row(ids[2]!)).toBeFocused()
  await keyboard.press('k')
  await expect(console.row(ids[1]!)).toBeFocused()
  await keyboard.press('Enter')
  await expect(console.incidentDetail).toBeVisible()
  expect(new URL(console.page.url()).searchParams.get('select')).toBe(`incident-${ids[1]}`)
  await keyboard.press(']')
  await expect(console.incidentDetail).toBeHidden()
  await keyboard.press(']')
  await expect(console.incidentDetail).toBeVisible()
  await keyboard.press('Escape')
  await expect(console.incidentDetail).toBeHidden()
  await expect(console.row(ids[1]!)).toBeFocused()
  await keyboard.press('[')
  await expect(queue.list).toBeHidden()
  await keyboard.press('[')
  await expect(queue.list).toBeVisible()
})

test('the sheet of shortcuts lists what works, and keys do nothing while one writes', async ({ console }) => {
  await console.enter(VIEW)
  const sheet = console.page.getByTestId('shortcuts')
  await console.page.keyboard.press('?')
  await expect(sheet).toContainText('下一件')
  await expect(sheet).toContainText('告警列表；回车确认')
  expect(await accessibilityFaults(console.page)).toEqual([])
  await console.page.keyboard.press('Escape')
  await expect(sheet).toBeHidden()

  await console.page.keyboard.press('f')
  await console.page.keyboard.type('ja?[')
  await expect(console.page.getByRole('searchbox', { name: '搜索编号、内容、地址' })).toHaveValue('ja?[')
  await expect(sheet).toBeHidden()
  await console.page.keyboard.press('Escape')
  await console.switchLanguage()
  await console.page.keyboard.press('?')
  await expect(sheet).toContainText('Next incident')
})
