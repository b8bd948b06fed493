import { expect, type Locator, type Page } from '@playwright/test'
import { Console } from './console'

/** Somebody who sees the console for the first time. Every click, every typed text and every key is an act, and is counted. */
export class Newcomer extends Console {
  acts = 0

  /** Starts counting anew. */
  begin(): void {
    this.acts = 0
  }

  async press(key: string): Promise<void> {
    this.acts++
    await this.page.keyboard.press(key)
  }

  async type(text: string): Promise<void> {
    this.acts++
    await this.page.keyboard.insertText(text)
  }

  async click(what: Locator): Promise<void> {
    this.acts++
    await what.click()
  }

  /** Opens the search with its key, types, and takes the first result: three acts. */
  async find(text: string): Promise<void> {
    await this.press('/')
    await expect(this.palette.box).toBeVisible()
    await this.type(text)
    await this.press('Enter')
    await expect(this.palette.box).toBeHidden()
  }

  get palette(): Palette {
    return new Palette(this.page)
  }

  get responsible(): Locator {
    return this.page.getByTestId('responsible')
  }

  get nearest(): Locator {
    return this.page.getByTestId('nearest')
  }

  get areaDetail(): Locator {
    return this.page.getByTestId('area-detail')
  }

  get buildingDetail(): Locator {
    return this.page.getByTestId('building-detail')
  }

  get facilityDetail(): Locator {
    return this.page.getByTestId('facility-detail')
  }

  /** The incidents that the detail lists. */
  get listed(): Locator {
    return this.page.getByTestId('area-incidents').locator('[data-incident]')
  }

  get onlyUrgent(): Locator {
    return this.page.getByTestId('only-pressing')
  }

  /** What the browser's clipboard holds. */
  async clipboard(): Promise<string> {
    return this.page.evaluate(() => navigator.clipboard.readText())
  }

  /** The middle of what panels leave of the map, to five decimals. */
  async expectCentred(name: string): Promise<void> {
    await expect
      .poll(async () => {
        const marker = await this.marker(name)
        const { clientWidth, clientHeight } = await this.page.locator('.maplibregl-canvas').evaluate(({ clientWidth, clientHeight }) => ({ clientWidth, clientHeight }))
        // The queue covers 372 px on the left, the detail 392 px on the right.
        return marker ? Math.hypot(marker.x - (372 + clientWidth - 392) / 2, marker.y - clientHeight / 2) : Infinity
      })
      .toBeLessThan(3)
  }
}

/** The search as a person sees it. */
export class Palette {
  constructor(private readonly page: Page) {}

  get box(): Locator {
    return this.page.getByTestId('search')
  }

  get input(): Locator {
    return this.box.getByRole('combobox')
  }

  get results(): Locator {
    return this.box.getByRole('option')
  }

  get chosen(): Locator {
    return this.box.locator('[aria-selected=true]')
  }

  get button(): Locator {
    return this.page.getByRole('button', { name: /^(搜索|Search)$/ })
  }
}
