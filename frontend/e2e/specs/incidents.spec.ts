import { Console } from '../console'
import { expect, test } from '../test'

test('an incident reported in one browser appears in another without a reload, and so does every step', async ({ console, browser, url }) => {
  const other = new Console(await browser.newPage(), url)
  await console.enter('/console?at=116.30000,37.45000,15.00')
  await other.enter('/console?at=116.30000,37.45000,15.00', 'dispatcher')

  const id = await console.report('占用消防通道', '3 号楼前消防通道被堵', 700, 500)
  await expect(other.row(id)).toContainText('占用消防通道')
  await expect(other.row(id)).toContainText('待派遣')
  const drawn = await other.page.evaluate((id) => window.wangge!.incidents().find((i) => i.id === id), id)
  expect(drawn).toMatchObject({ severity: 'urgent', text: '3 号楼前消防通道被堵' })

  await other.row(id).click()
  await other.move('派遣', '请物业清理')
  await expect(console.page.getByTestId('incident-state')).toHaveText('已派遣')
  await expect(console.incidentDetail).toContainText('请物业清理')
  await console.move('开始处理', '')
  await expect(other.page.getByTestId('incident-state')).toHaveText('处理中')

  await other.incidentDetail.getByRole('button', { name: '结案', exact: true }).click()
  await other.incidentDetail.getByRole('button', { name: '确认结案' }).click()
  await expect(other.problem).toHaveText('结案要写明处理结果。')
  await other.page.locator('#move-note').fill('车辆已移走')
  await other.incidentDetail.getByRole('button', { name: '确认结案' }).click()
  await expect(console.row(id)).toBeHidden()
  await expect(console.page.getByTestId('incident-state')).toHaveText('已结案')
  expect(other.complaints.all).toEqual([])
  await other.page.close()
})

test('a report without class and text says what is missing and keeps what was written', async ({ console }) => {
  await console.enter('/console?at=116.30000,37.45000,15.00')
  await console.page.getByRole('button', { name: '上报', exact: true }).click()
  await console.page.getByRole('button', { name: '用地图中心' }).click()
  await console.page.locator('#report-address').fill('中心路 3 号')
  await console.page.locator('form button[type=submit]').click()
  await expect(console.page.getByText('请选择类别。')).toBeVisible()
  await expect(console.page.getByText('请写明情况。')).toBeVisible()
  await expect(console.page.locator('#report-address')).toHaveValue('中心路 3 号')
})

test('who comes too late is told so and sees how the incident stands now', async ({ console, browser, url }) => {
  await console.enter('/console?at=116.30000,37.45000,15.00')
  const id = await console.report('道路不洁', '路面有积水和落叶', 720, 420)

  // The other's line goes deaf at the wrong moment: what happens meanwhile doesn't reach that page.
  let deaf = false
  const other = new Console(await browser.newPage(), url)
  await other.page.routeWebSocket(/\/api\/v1\/live$/, (socket) => {
    socket.connectToServer().onMessage((message) => {
      if (!deaf) socket.send(message)
    })
  })
  await other.enter(`/console?select=incident-${id}`, 'dispatcher')
  await other.incidentDetail.getByRole('button', { name: '派遣', exact: true }).click()
  deaf = true
  await console.move('派遣', '先到先得')
  await expect(console.page.getByTestId('incident-state')).toHaveText('已派遣')

  await other.page.locator('#move-note').fill('晚了一步')
  await other.incidentDetail.getByRole('button', { name: '确认派遣' }).click()
  await expect(other.problem).toContainText('刚被别人更新')
  await expect(other.page.getByTestId('incident-state')).toHaveText('已派遣')
  await expect(other.incidentDetail).toContainText('先到先得')
  await other.page.close()
})
