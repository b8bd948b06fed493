import { expect, type Locator, type Page } from '@playwright/test'
import '../src/features/console/debug'
import type { Place } from '../test/formats'
import { Complaints } from './browser'

/** Password of all demonstration accounts. */
export const PASSWORD = 'wangge-demo'

/** Where a marker is, read from the state that is drawn. */
export interface Marker {
  lon: number
  lat: number
  drawnLon: number
  drawnLat: number
  state: number
  /** Where it is drawn on the page, CSS pixels from the map's corner. */
  x: number
  y: number
}

/** What a person at the console does and sees. Selectors live here and nowhere else. */
export class Console {
  readonly complaints: Complaints

  constructor(
    readonly page: Page,
    readonly url: string,
  ) {
    this.complaints = new Complaints(page, url)
  }

  /** Opens a page; without a session it becomes the sign-in page. */
  async open(path = '/'): Promise<void> {
    await this.page.goto(this.url + path)
  }

  async signIn(name: string, password = PASSWORD): Promise<void> {
    await this.page.locator('#name').fill(name)
    await this.page.locator('#password').fill(password)
    await this.page.locator('button[type=submit]').click()
  }

  /** Opens the console signed in and waits until it is live and the map is drawn. */
  async enter(path = '/console', name = 'operator'): Promise<void> {
    await this.open(path)
    await this.signIn(name)
    await this.live()
    await this.page.waitForFunction(() => window.wangge?.map.isStyleLoaded() === true)
  }

  async live(): Promise<void> {
    await expect(this.connection).toHaveAttribute('data-state', 'live', { timeout: 30_000 })
  }

  get problem(): Locator {
    return this.page.locator('.problem')
  }

  get connection(): Locator {
    return this.page.getByTestId('connection')
  }

  get lostBar(): Locator {
    return this.page.getByTestId('lost')
  }

  get incidentDetail(): Locator {
    return this.page.getByTestId('incident-detail')
  }

  get workerDetail(): Locator {
    return this.page.getByTestId('worker-detail')
  }

  /** The row of an incident in the queue. */
  row(id: number): Locator {
    return this.page.locator(`[data-incident="${id}"]`)
  }

  /** Where a worker is, as the map draws it; undefined when not on the map. */
  async marker(name: string): Promise<Marker | undefined> {
    return this.page.evaluate((name) => {
      const { worker, tracks, map } = window.wangge!
      const id = worker(name)?.id
      const track = id === undefined ? undefined : tracks.get(id)
      if (!track) return undefined
      const { lon, lat, drawnLon, drawnLat, state } = track
      return { lon, lat, drawnLon, drawnLat, state, ...map.project([drawnLon, drawnLat]) }
    }, name)
  }

  /** Waits until a worker's marker is drawn at a place, to about 20 cm. */
  async expectDrawnAt(name: string, place: Place): Promise<void> {
    await expect
      .poll(async () => {
        const at = await this.marker(name)
        return at && Math.max(Math.abs(at.drawnLon - place.lon), Math.abs(at.drawnLat - place.lat)) < 2e-6 ? 'there' : JSON.stringify(at)
      })
      .toBe('there')
  }

  /** The colour of the map at a point of it, 0–255 each, as it is on the screen. */
  async colourAt(x: number, y: number): Promise<[number, number, number]> {
    const box = (await this.page.locator('.maplibregl-canvas').boundingBox())!
    const clip = { x: Math.round(box.x + x) - 1, y: Math.round(box.y + y) - 1, width: 3, height: 3 }
    const picture = (await this.page.screenshot({ clip })).toString('base64')
    return this.page.evaluate(async (picture) => {
      const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0))
      const image = await createImageBitmap(new Blob([bytes]))
      const pen = new OffscreenCanvas(3, 3).getContext('2d')!
      pen.drawImage(image, 0, 0)
      const [r, g, b] = pen.getImageData(1, 1, 1, 1).data
      return [r!, g!, b!]
    }, picture)
  }

  /** Clicks a point of the map. */
  async clickMap(x: number, y: number): Promise<void> {
    await this.page.locator('.maplibregl-canvas').click({ position: { x, y } })
  }

  /** Reports an incident on the map; gives its id. */
  async report(className: string, text: string, x: number, y: number): Promise<number> {
    await this.page.getByRole('button', { name: '上报', exact: true }).click()
    await this.clickMap(x, y)
    await this.page.locator('#report-class').selectOption({ label: className })
    await this.page.locator('#report-text').fill(text)
    await this.page.locator('form button[type=submit]').click()
    await expect(this.incidentDetail).toContainText(text)
    return Number(new URL(this.page.url()).searchParams.get('select')!.replace('incident-', ''))
  }

  /** Takes the next step with the selected incident. */
  async move(step: string, note: string): Promise<void> {
    await this.incidentDetail.getByRole('button', { name: step, exact: true }).click()
    await this.page.locator('#move-note').fill(note)
    await this.incidentDetail.getByRole('button', { name: `确认${step}` }).click()
  }

  async switchLanguage(): Promise<void> {
    await this.page.getByRole('button', { name: /切换语言|Switch language/ }).click()
  }

  async switchTheme(): Promise<void> {
    await this.page.getByRole('button', { name: /切换到|Switch to (light|dark)/ }).click()
  }
}
