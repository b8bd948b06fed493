import type { Locator, Page } from '@playwright/test'

/** What a person does with the list of incidents. */
export class Queue {
  constructor(private readonly page: Page) {}

  get list(): Locator {
    return this.page.getByTestId('queue')
  }

  get rows(): Locator {
    return this.list.locator('[data-incident]')
  }

  /** "3 / 40" while filtered, "40" otherwise. */
  get count(): Locator {
    return this.page.getByTestId('queue-count')
  }

  /** Presses or releases one of the chips: a severity or a state by its word. */
  async chip(word: string): Promise<void> {
    await this.chipOf(word).click()
  }

  chipOf(word: string): Locator {
    return this.page.locator('.filters .chip').filter({ has: this.page.getByRole('img', { name: word }).or(this.page.getByText(word)) }).first() // prettier-ignore
  }

  async unfoldFilters(): Promise<void> {
    await this.page.getByRole('button', { name: '筛选事件' }).click()
  }

  async search(text: string): Promise<void> {
    await this.page.getByRole('searchbox', { name: '搜索编号、内容、地址' }).fill(text)
  }

  async sort(order: string): Promise<void> {
    await this.page.getByLabel('排序').selectOption({ label: order })
  }

  /** Keeps the present filter under a name. */
  async save(name: string): Promise<void> {
    await this.saved.click()
    await this.page.getByLabel('名称').fill(name)
    await this.page.getByRole('button', { name: '保存当前筛选' }).click()
  }

  /** The button with the list's name, which unfolds the saved filters. */
  get saved(): Locator {
    return this.page.locator('.queue .toggle')
  }

  choice(name: string): Locator {
    return this.page.locator('#saved-filters .choice').filter({ hasText: name })
  }

  /** The filter in the address bar. */
  get address(): string {
    return new URL(this.page.url()).searchParams.get('filter') ?? ''
  }
}
