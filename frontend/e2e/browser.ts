import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What a browser says that nobody asked for: errors in the console, exceptions, requests to other hosts. */
export class Complaints {
  readonly all: string[] = []

  constructor(page: Page, origin: string) {
    page.on('pageerror', (error) => this.all.push(`exception: ${error.message}`))
    page.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return
      // The page asks who is signed in; "nobody" is an answer, which Chromium reports as a failed request. So is a wrong password.
      if (message.location().url.endsWith('/api/v1/session') && message.text().includes('401')) return
      this.all.push(`${message.type()}: ${message.text()} (${message.location().url})`)
    })
    page.on('request', (request) => {
      const url = request.url()
      if (!url.startsWith(origin) && !/^(data|blob):/.test(url)) this.all.push(`request to another host: ${url}`)
    })
  }

  /** Takes a refusal that the test itself brought about from the list: Chromium reports every answer from 400 on. */
  expected(what: RegExp): void {
    const at = this.all.findIndex((complaint) => what.test(complaint.replace(/^error: (.*) \((.*)\)$/, '$2 $1')))
    if (at >= 0) this.all.splice(at, 1)
    else this.all.push(`expected, but not seen: ${what}`)
  }
}

/** What axe-core finds wrong with the page as it is now: rule and element, one a line. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await settled(page)
  await page.evaluate(readFileSync(axePath, 'utf8'))
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<{ violations: { id: string; help: string; nodes: { html: string }[] }[] }> } }
    const { violations } = await axe.run()
    return violations.flatMap((v) => v.nodes.map((node) => `${v.id}: ${v.help}: ${node.html.slice(0, 160)}`))
  })
}

/** Waits until nothing fades or moves any more: colours in the middle of a transition are nobody's choice. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const ending = document.getAnimations().filter((a) => a.effect?.getComputedTiming().iterations !== Infinity)
    await Promise.allSettled(ending.map((a) => a.finished))
  })
}
