import { accessibilityFaults } from '../browser'
import { expect, test } from '../test'

test('language and theme change at once and stay', async ({ console }) => {
  await console.enter()
  await console.switchLanguage()
  await expect(console.page.getByRole('heading', { name: 'Open incidents' })).toBeVisible()
  await expect(console.page.locator('html')).toHaveAttribute('lang', 'en')
  await console.switchTheme()
  await expect(console.page.locator('html')).toHaveAttribute('data-theme', 'light')
  const ground = await console.page.evaluate(() => window.wangge!.map.getPaintProperty('ground', 'background-color'))
  expect(ground).toBe('#e9edf3')
  await console.page.reload()
  await console.live()
  await expect(console.page.locator('html')).toHaveAttribute('data-theme', 'light')
  await expect(console.page.locator('html')).toHaveAttribute('lang', 'en')
})

test('everything is reached with the keyboard, and the focus can be seen', async ({ console }) => {
  await console.enter('/console?at=116.30000,37.45000,15.00')
  const reached: string[] = []
  for (let i = 0; i < 30; i++) {
    await console.page.keyboard.press('Tab')
    const at = await console.page.evaluate(() => {
      const element = document.activeElement!
      const { outlineStyle, outlineWidth } = getComputedStyle(element)
      return { name: element.getAttribute('aria-label') ?? element.textContent!.trim(), seen: outlineStyle !== 'none' && outlineWidth !== '0px', body: element === document.body }
    })
    if (!at.body) expect(at.seen, `focus on ${at.name}`).toBe(true)
    reached.push(at.name)
  }
  for (const name of ['EN 切换语言', '切换到浅色', '上报', '收起事件列表', '放大', '缩小', '看全部范围']) expect(reached).toContain(name)
})

for (const theme of ['dark', 'light'] as const) {
  test(`axe finds nothing on either page, ${theme}`, async ({ console }) => {
    await console.page.addInitScript((theme) => localStorage.setItem('wangge.theme', theme), theme)
    await console.open('/sign-in')
    await expect(console.page.locator('#name')).toBeVisible()
    expect(await accessibilityFaults(console.page)).toEqual([])
    await console.signIn('operator', 'wrong')
    await expect(console.problem).toBeVisible()
    expect(await accessibilityFaults(console.page)).toEqual([])
    await console.signIn('operator')
    await console.live()
    expect(await accessibilityFaults(console.page)).toEqual([])
    await console.report('安全隐患', '配电箱门未关', 700, 500)
    expect(await accessibilityFaults(console.page)).toEqual([])
  })
}

for (const [width, height] of [
  [1920, 1080],
  [1366, 768],
  [390, 844],
] as const) {
  test(`nothing runs out of the page at ${width} × ${height}`, async ({ console }) => {
    await console.page.setViewportSize({ width, height })
    await console.enter('/console?at=116.30000,37.45000,15.00')
    const [scrollWidth, scrollHeight] = await console.page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight])
    expect([scrollWidth, scrollHeight]).toEqual([width, height])
  })
}
