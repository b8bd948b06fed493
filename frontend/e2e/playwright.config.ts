import { defineConfig } from '@playwright/test'

/**
 * Browser tests against the real server, in three layers: what a browser can do (browser.ts), what a person at the console does
 * (console.ts), and what must hold (specs/).
 */
export default defineConfig({
  testDir: './specs',
  outputDir: '../test-results',
  globalSetup: './setup.ts',
  timeout: 90_000,
  expect: { timeout: 15_000 },
  // One server, and as many browsers as the smallest machine can draw.
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    viewport: { width: 1440, height: 900 },
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      // WebGL without a graphics card.
      args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'],
    },
  },
})
