import type { Locator } from '@playwright/test'
import { Newcomer } from './newcomer'

/** A person who writes to workers, or a worker who reads. */
export class Correspondent extends Newcomer {
  get messages(): Locator {
    return this.page.getByTestId('messages')
  }

  get own(): Locator {
    return this.page.getByTestId('own-messages')
  }

  async write(text: string): Promise<void> {
    await this.page.getByRole('button', { name: '发消息' }).click()
    await this.page.locator('#message-text').fill(text)
    await this.page.getByRole('button', { name: '发送' }).click()
  }

  async confirm(text: string): Promise<void> {
    await this.own.locator('li', { hasText: text }).getByRole('button', { name: '知道了' }).click()
  }

  async revealPhone(): Promise<Locator> {
    await this.page.getByTestId('call').click()
    return this.page.getByTestId('phone')
  }
}
