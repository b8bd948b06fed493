import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { Server } from '../../test/server'
import { archive, pixel } from '../archive'
import { Console } from '../console'
import { MapDriver } from '../map'

test('a base map from a file or from tiles of a configured host; a link keeps it', async ({ page }) => {
  const tiles = createServer((_, res) => res.writeHead(200, { 'Content-Type': 'image/png', 'Access-Control-Allow-Origin': '*' }).end(pixel(0, 0, 255)))
  await new Promise<void>((resolve) => tiles.listen(0, '127.0.0.1', resolve))
  const host = `http://127.0.0.1:${(tiles.address() as AddressInfo).port}`
  const folder = mkdtempSync(join(tmpdir(), 'wangge-basemap-'))
  writeFileSync(join(folder, 'red.pmtiles'), archive(pixel(255, 0, 0)))
  writeFileSync(join(folder, 'broken.pmtiles'), 'no archive')
  writeFileSync(
    join(folder, 'list.yaml'),
    `- {name: red, title: 红色底图, kind: pmtiles, file: ${join(folder, 'red.pmtiles')}, attribution: 红图社}\n` +
      `- {name: blue, title: 蓝色底图, kind: raster, url: '${host}/{z}/{x}/{y}.png'}\n` +
      `- {name: broken, title: 坏底图, kind: pmtiles, file: ${join(folder, 'broken.pmtiles')}}\n`,
  )
  const server = await new Server(['--no-simulate', '--basemaps', join(folder, 'list.yaml')]).start()
  try {
    const console = new Console(page, server.url)
    const map = new MapDriver(console)
    await console.enter('/console?at=116.30000,37.45000,9.00')
    const strongest = async () => {
      const colour = await console.colourAt(1000, 120)
      return ['red', 'green', 'blue'][colour.indexOf(Math.max(...colour))]
    }
    await page.keyboard.press('l')
    await map.layerPanel.getByLabel('红色底图').check()
    await expect.poll(strongest).toBe('red')
    await expect(page.getByText('红图社')).toBeVisible()
    await expect(page).toHaveURL(/[?&]base=red/)

    await page.reload()
    await console.live()
    await expect.poll(strongest).toBe('red')
    await page.keyboard.press('l')
    await map.layerPanel.getByLabel('蓝色底图').check()
    await expect.poll(strongest).toBe('blue')
    const others = console.complaints.all.filter((complaint) => !complaint.startsWith(`request to another host: ${host}/`))
    expect(others).toEqual([])

    await map.layerPanel.getByLabel('坏底图').check()
    await expect(map.layerPanel.getByRole('alert')).toContainText('读取失败')
    await map.layerPanel.getByLabel('无（离线）').check()
    await expect(page).not.toHaveURL(/base=/)
  } finally {
    await server.remove()
    await new Promise((resolve) => tiles.close(resolve))
    rmSync(folder, { recursive: true, force: true })
  }
})
