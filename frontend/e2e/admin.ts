import { expect, type Locator, type Page } from '@playwright/test'
import type { Console } from './console'

/** What an administrator does and sees. Selectors of the administration live here and nowhere else. */
export class Admin {
  readonly page: Page

  constructor(private readonly console: Console) {
    this.page = console.page
  }

  /** Opens a section, signing in on the way. */
  async enter(section: string, name = 'admin', password?: string): Promise<void> {
    await this.console.open(`/admin/${section}`)
    await this.console.signIn(name, password)
    await this.listed()
  }

  /** Goes to another section. */
  async go(section: string): Promise<void> {
    await this.page.locator(`nav a[href="/admin/${section}"]`).click()
    await this.listed()
  }

  /** Waits until the list is there. */
  async listed(): Promise<void> {
    await expect(this.page.locator('.rows[aria-busy=false]')).toBeVisible()
  }

  /** The opened row, or what is to be made or imported. */
  get panel(): Locator {
    return this.page.locator('[data-testid$="-panel"]')
  }

  get search(): Locator {
    return this.page.getByRole('searchbox')
  }

  get rows(): Locator {
    return this.page.locator('tbody tr', { has: this.page.locator('[data-row]') })
  }

  /** The row that has this text in it. */
  row(text: string): Locator {
    return this.rows.filter({ hasText: text })
  }

  /** Searches and waits until only what fits is listed. */
  async find(text: string): Promise<void> {
    await this.search.fill(text)
    await expect(this.page).toHaveURL((url) => url.searchParams.get('q') === text)
    await this.listed()
  }

  /** What a box that finds by typing offers. */
  get options(): Locator {
    return this.page.locator('li[role=option]:visible')
  }

  /** Chooses in a box that finds by typing. */
  async pick(box: Locator, text: string): Promise<void> {
    await box.fill(text)
    await this.options.filter({ hasText: text }).first().click()
  }

  /** Makes an account; gives its one-time password. */
  async createAccount(account: { name: string; display: string; role: string; area: string }): Promise<string> {
    await this.page.getByRole('button', { name: '新建账号' }).first().click()
    await this.page.locator('#account-name').fill(account.name)
    await this.page.locator('#account-display').fill(account.display)
    await this.page.locator('#account-role').selectOption({ label: account.role })
    await this.pick(this.page.locator('#account-scope'), account.area)
    await this.panel.locator('button[type=submit]').click()
    return this.oneTimePassword()
  }

  async oneTimePassword(): Promise<string> {
    return (await this.page.getByTestId('one-time-password').innerText()).trim()
  }

  /** Fills in the page that asks for a new password. */
  async changePassword(old: string, next: string): Promise<void> {
    await this.page.locator('#password-old').fill(old)
    await this.page.locator('#password-new').fill(next)
    await this.page.locator('#password-again').fill(next)
    await this.page.locator('button[type=submit]').click()
  }

  async signOut(): Promise<void> {
    await this.page.locator('.menu > button').click()
    await this.page.getByRole('button', { name: '退出登录' }).click()
    await expect(this.page).toHaveURL(/\/sign-in/)
  }

  /** Claims an unknown device in two acts: whose it is, and that it is so. */
  async claim(uid: string, worker: string): Promise<void> {
    await this.pick(this.page.locator(`#claim-${uid}`), worker)
    await this.page.getByRole('button', { name: `认领 ${uid}` }).click()
  }

  /** Downloads the template as people do; gives the file's path. */
  async template(): Promise<string> {
    const download = this.page.waitForEvent('download')
    await this.page.getByRole('button', { name: 'Excel 模板' }).click()
    return (await download).path()
  }

  async openImport(): Promise<void> {
    await this.page.getByRole('button', { name: '导入', exact: true }).click()
  }

  /** Chooses a table, which is only judged. */
  async check(name: string, content: Buffer): Promise<void> {
    await this.page.locator('#import-file').setInputFiles({ name, mimeType: 'application/octet-stream', buffer: content })
  }

  get importSummary(): Locator {
    return this.page.getByTestId('import-summary')
  }

  /** What is said of one row of the table. */
  importRow(row: number): Locator {
    return this.panel.locator('tbody tr', { has: this.page.getByRole('cell', { name: String(row), exact: true }) })
  }

  get apply(): Locator {
    return this.panel.getByRole('button', { name: /^导入 \d+ 行$/ })
  }
}
