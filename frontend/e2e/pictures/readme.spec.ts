import { join } from 'node:path'
import { test, type Browser } from '@playwright/test'
import { Server } from '../../test/server'
import { Console } from '../console'

const folder = join(import.meta.dirname, '../../../docs/pictures')
/** How long the simulated district lives before its picture is taken, ms. */
const WARM_UP = 45_000

/** Opens a console in a browser of its own and hands it over once tiles and people are there. */
async function look(browser: Browser, server: Server, path: string, options: { locale: string; theme: string; viewport: { width: number; height: number } }) {
  const { locale, theme, viewport } = options
  const context = await browser.newContext({ locale, viewport, timezoneId: 'Asia/Shanghai' })
  const page = await context.newPage()
  await page.addInitScript(([locale, theme]) => {
    localStorage.setItem('wangge.locale', locale!)
    localStorage.setItem('wangge.theme', theme!)
  }, [locale, theme]) // prettier-ignore
  const console = new Console(page, server.url)
  await console.enter(path)
  await page.waitForFunction(() => window.wangge!.map.areTilesLoaded())
  await page.waitForTimeout(8000)
  return { page, console, close: () => context.close() }
}

test('pictures for the README', async ({ browser }) => {
  const server = await new Server([]).start()
  try {
    await new Promise((resolve) => setTimeout(resolve, WARM_UP))
    const wide = { width: 1920, height: 1080 }
    for (const [locale, theme] of [['zh-CN', 'dark'], ['en', 'light']] as const) { // prettier-ignore
      const whole = await look(browser, server, '/console', { locale, theme, viewport: wide })
      await whole.page.screenshot({ path: join(folder, `console-whole-${locale}.png`) })
      await whole.close()

      const streets = await look(browser, server, '/console?at=116.30400,37.45100,15.20', { locale, theme, viewport: wide })
      await streets.page.locator('[data-incident]').first().click()
      await streets.page.waitForTimeout(3000)
      await streets.page.screenshot({ path: join(folder, `console-incident-${locale}.png`) })
      await streets.close()

      const building = await look(browser, server, '/console?at=116.28252,37.42926,16.20&select=building-500', { locale, theme, viewport: { width: 1366, height: 768 } })
      await building.page.screenshot({ path: join(folder, `console-building-${locale}.png`) })
      await building.close()

      const phone = await look(browser, server, '/console?at=116.30400,37.45100,14.50', { locale, theme, viewport: { width: 390, height: 844 } })
      await phone.page.screenshot({ path: join(folder, `console-phone-${locale}.png`) })
      await phone.close()
    }
  } finally {
    await server.remove()
  }
})
