import { accessibilityFaults } from '../browser'
import { Field } from '../field'
import { Correspondent } from '../message'
import { expect, test } from '../test'

test('a message reaches the worker at once, and the sender sees that it was read', async ({ page, browser, url }) => {
  const operator = new Correspondent(page, url)
  const worker = new Correspondent(await browser.newPage(), url)
  await worker.enter('/console', 'worker')
  await operator.enter()
  await operator.find('体验网格员')
  const text = `请到岔河桥东侧看一下 ${Date.now()}`
  await operator.write(text)
  await expect(worker.own).toContainText(text)
  expect(await accessibilityFaults(worker.page)).toEqual([])
  await expect(operator.messages.locator('li', { hasText: text })).toContainText('已送达')
  await worker.confirm(text)
  await expect(worker.own).toBeHidden()
  await expect(operator.messages.locator('li', { hasText: text })).toContainText('已读')
  expect(await accessibilityFaults(page)).toEqual([])

  // Esc closes the box that was written in, and not the worker's detail.
  await page.locator('#message-text').press('Escape')
  await expect(operator.messages).toBeHidden()
  await expect(operator.workerDetail).toBeVisible()
  expect([...operator.complaints.all, ...worker.complaints.all]).toEqual([])
  await worker.page.close()
})

test('a phone number is masked until somebody asks, and then it is recorded who', async ({ page, url }) => {
  const operator = new Correspondent(page, url)
  const admin = await Field.as(url, 'admin')
  const looks = async () => (await admin.get<{ items: { actor: string }[] }>('/api/v1/audit?action=worker.phone')).items
  const before = (await looks()).length
  await operator.enter()
  await operator.find('体验网格员')
  await expect(operator.workerDetail).toContainText('199****0000')
  const link = await operator.revealPhone()
  await expect(link).toHaveAttribute('href', 'tel:19900000000')
  const after = await looks()
  expect(after.length).toBe(before + 1)
  expect(after[0]!.actor).toBe('operator')
})
