import type { Locator, Page } from '@playwright/test'
import { PASSWORD } from './console'

/** What a person does and sees of alarms. */
export class Alarms {
  constructor(private readonly page: Page) {}

  get strip(): Locator {
    return this.page.getByTestId('alarms')
  }

  /** What hurts most, as the strip says it. */
  get top(): Locator {
    return this.page.getByTestId('alarm-top')
  }

  get count(): Locator {
    return this.page.getByTestId('alarm-count')
  }

  async unfold(): Promise<void> {
    const head = this.strip.locator('.head')
    if ((await head.getAttribute('aria-expanded')) === 'false') await head.click()
  }

  /** The row of an alarm that has this text in it: a code, a name. */
  row(text: string): Locator {
    return this.strip.locator('li').filter({ hasText: text })
  }

  /** The line of a row that says who has acknowledged it. */
  who(text: string): Locator {
    return this.row(text).getByTestId('alarm-who')
  }

  async choose(text: string): Promise<void> {
    await this.row(text).locator('.what').click()
  }

  /** Acknowledges with a note. */
  async acknowledge(text: string, note: string): Promise<void> {
    const row = this.row(text)
    await this.choose(text)
    await row.getByPlaceholder('说明（可不填）').fill(note)
    await row.getByRole('button', { name: '确认' }).click()
  }
}

/** A grid worker calls for help over the interface, as the worker's app will. */
export async function callForHelp(url: string, text: string): Promise<void> {
  const headers = { 'Content-Type': 'application/json' }
  const entry = await fetch(`${url}/api/v1/session`, { method: 'POST', headers, body: JSON.stringify({ name: 'worker', password: PASSWORD }) })
  const Cookie = entry.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ') // prettier-ignore
  const answer = await fetch(`${url}/api/v1/me/sos`, { method: 'POST', headers: { ...headers, Cookie }, body: JSON.stringify({ text }) })
  if (answer.status !== 201) throw new Error(`the call was answered ${answer.status}: ${await answer.text()}`)
}
