import { expect, test } from '../test'

test('a wrong password is told as a sentence, the right one leads to the map', async ({ console }) => {
  await console.open('/')
  await expect(console.page).toHaveURL(/\/sign-in/)
  await console.signIn('operator', 'wrong')
  await expect(console.problem).toHaveText(/[\u4e00-\u9fff]{4,}.*。/)
  await console.signIn('operator')
  await console.live()
  await expect(console.page).toHaveURL(/\/console/)
})

test('a link leads through the sign-in to what it shows', async ({ console }) => {
  await console.enter('/console?at=116.30000,37.45000,15.00')
  await expect(console.page).toHaveURL(/at=116\.30000(,|%2C)37\.45000(,|%2C)15\.00/)
  const zoom = await console.page.evaluate(() => window.wangge!.map.getZoom())
  expect(zoom).toBeCloseTo(15, 2)
})

test('signing out ends the session', async ({ console }) => {
  await console.enter()
  await console.page.getByRole('button', { name: /账号菜单/ }).click()
  await console.page.getByRole('button', { name: '退出登录' }).click()
  await expect(console.page).toHaveURL(/\/sign-in/)
  await console.open('/console')
  await expect(console.page).toHaveURL(/\/sign-in/)
})

for (const account of ['dispatcher', 'leader', 'worker', 'community', 'department', 'admin']) {
  test(`${account} comes in without a complaint`, async ({ console }) => {
    await console.enter('/console', account)
  })
}
