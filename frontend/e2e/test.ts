import { expect, test as base } from '@playwright/test'
import { Console } from './console'

/** A test with a console of the shared server. Whatever the browser complained about fails it. */
export const test = base.extend<{ console: Console; url: string }>({
  // Playwright reads the names of fixtures from the parameter, so it must be a pattern.
  // eslint-disable-next-line no-empty-pattern
  url: async ({}, use) => {
    const url = process.env.WANGGE_E2E_URL
    if (!url) throw new Error('no server: the global set-up has not run')
    await use(url)
  },
  console: async ({ page, url }, use) => {
    const console = new Console(page, url)
    await use(console)
    expect(console.complaints.all).toEqual([])
  },
})

export { expect }
