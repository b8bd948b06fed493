import { expect, type Locator } from '@playwright/test'
import { Console } from './console'

/** A figure with its place on the map's canvas, CSS pixels. */
export interface Box {
  text: string
  left: number
  right: number
  top: number
  bottom: number
}

/** What a person does with the map and its tools, and what the map then shows. Selectors live here. */
export class MapDriver {
  constructor(readonly console: Console) {}

  private get page() {
    return this.console.page
  }

  tool(id: string): Locator {
    return this.page.locator(`[data-tool="${id}"]`)
  }

  get layerPanel(): Locator {
    return this.page.getByRole('region', { name: /^(图层|Layers)$/ })
  }

  get survey(): Locator {
    return this.page.getByTestId('survey')
  }

  get measure(): Locator {
    return this.page.getByTestId('measure')
  }

  /** One figure of the survey, as it is written. */
  async surveyed(what: 'buildings' | 'households' | 'workers' | 'incidents'): Promise<number> {
    return Number((await this.page.getByTestId(`survey-${what}`).innerText()).replace(/\D/g, ''))
  }

  /** The switch of a layer in the panel. */
  switch(name: string): Locator {
    return this.layerPanel.locator(`input[name="${name}"]`)
  }

  /** Whether style layers are shown. */
  async shown(...ids: string[]): Promise<boolean[]> {
    return this.page.evaluate((ids) => ids.map((id) => window.wangge!.map.getLayoutProperty(id, 'visibility') !== 'none'), ids)
  }

  /** Where a place is on the canvas. */
  async project(lon: number, lat: number): Promise<{ x: number; y: number }> {
    return this.page.evaluate(([lon, lat]) => {
      const { x, y } = window.wangge!.map.project([lon!, lat!])
      return { x, y }
    }, [lon, lat]) // prettier-ignore
  }

  /** Which place a point of the canvas is. */
  async unproject(x: number, y: number): Promise<[number, number]> {
    return this.page.evaluate(([x, y]) => {
      const { lng, lat } = window.wangge!.map.unproject([x!, y!])
      return [lng, lat]
    }, [x, y]) // prettier-ignore
  }

  /** Clicks points one after another, the last of them twice. */
  async draw(points: readonly (readonly [number, number])[]): Promise<void> {
    const canvas = this.page.locator('.maplibregl-canvas')
    for (const [x, y] of points.slice(0, -1)) {
      await canvas.click({ position: { x, y } })
      await this.page.waitForTimeout(350) // two clicks that are not a double click
    }
    const [x, y] = points.at(-1)!
    await canvas.dblclick({ position: { x, y } })
  }

  /** Drags along points with the button held. */
  async drag(points: readonly (readonly [number, number])[]): Promise<void> {
    const box = (await this.page.locator('.maplibregl-canvas').boundingBox())!
    const [first, ...rest] = points.map(([x, y]) => [box.x + x, box.y + y] as const)
    await this.page.mouse.move(...first!)
    await this.page.mouse.down()
    for (const at of rest) await this.page.mouse.move(...at, { steps: 6 })
    await this.page.mouse.up()
  }

  async camera(): Promise<{ lon: number; lat: number; zoom: number }> {
    return this.page.evaluate(() => {
      const { map } = window.wangge!
      const { lng, lat } = map.getCenter()
      return { lon: lng, lat, zoom: map.getZoom() }
    })
  }

  /** Goes somewhere at once and waits until everything there is drawn. */
  async jump(lon: number, lat: number, zoom: number): Promise<void> {
    await this.page.evaluate(([lon, lat, zoom]) => {
      window.wangge!.map.jumpTo({ center: [lon!, lat!], zoom: zoom! })
    }, [lon, lat, zoom]) // prettier-ignore
    await this.page.waitForFunction(() => window.wangge!.map.areTilesLoaded())
  }

  /** Ids and numbers of what is drawn in layers right now. */
  async drawn(...layers: string[]): Promise<{ id: unknown; properties: Record<string, unknown> }[]> {
    return this.page.evaluate(
      (layers) => window.wangge!.map.queryRenderedFeatures({ layers }).map(({ id, properties }) => ({ id, properties: { ...properties } })),
      layers,
    )
  }

  /** Waits until the map rests with its middle somewhere else than before; gives the middle. */
  async restsAwayFrom(before: { lon: number; lat: number } | undefined): Promise<{ lon: number; lat: number }> {
    const resting = await this.page.waitForFunction((before) => {
      const { map, view } = window.wangge!
      const { lon, lat } = view.centre()
      return !map.isMoving() && (before?.lon !== lon || before.lat !== lat) ? { lon, lat } : null
    }, before) // prettier-ignore
    return (await resting.jsonValue())!
  }

  /** How many pieces of areas are outlined as selected. */
  async selectedAreas(): Promise<number> {
    return this.page.evaluate(() => {
      const { map } = window.wangge!
      return map.queryRenderedFeatures({ layers: ['place-area-line'] }).filter((f) => f.state.selected).length
    })
  }

  /** The first house whose middle lies on the open map, with its middle on the canvas. */
  async someBuilding(): Promise<{ id: number; code: string; x: number; y: number }> {
    const found = await this.page.evaluate(() => {
      const { map } = window.wangge!
      for (const f of map.queryRenderedFeatures({ layers: ['building-fill'] })) {
        const ring = (f.geometry as GeoJSON.Polygon).coordinates[0] as [number, number][]
        if (f.geometry.type !== 'Polygon' || ring.length < 4) continue
        const [a, b] = [map.project(ring[0]!), map.project(ring[2]!)]
        const at = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }
        if (at.x < 450 || at.x > 950 || at.y < 100 || at.y > 650) continue
        return { id: Number(f.id), code: String(f.properties.code), ...at }
      }
      return null
    })
    expect(found?.id).toBeGreaterThan(0)
    return found!
  }

  /** A point of the canvas with nothing but an area around it. */
  async someGround(): Promise<{ x: number; y: number }> {
    const found = await this.page.waitForFunction(() => {
      const { map, view } = window.wangge!
      const layers = ['building-fill', 'facility-major', 'facility-minor', 'incident-marker', 'incident-counted', 'incident-cluster']
      for (let y = 150; y < 650; y += 23)
        for (let x = 450; x < 950; x += 23) {
          const clear = map.queryRenderedFeatures([[x - 14, y - 14], [x + 14, y + 14]], { layers }).length === 0 // prettier-ignore
          if (clear && view.places.at([x, y])?.kind === 'area') return { x, y }
        }
      return null
    })
    return (await found.jsonValue())!
  }

  /** The names of workers that are drawn, as boxes a little smaller than their letters. */
  async names(): Promise<Box[]> {
    return this.page.evaluate(() => {
      const { map } = window.wangge!
      const size = 12
      return map.queryRenderedFeatures({ layers: ['worker-name'] }).map((f) => {
        const text = String(f.properties.name)
        const at = map.project((f.geometry as GeoJSON.Point).coordinates as [number, number])
        const half = (text.length * size * 0.9) / 2
        const top = at.y + size * 0.95
        return { text, left: at.x - half, right: at.x + half, top: top + 1, bottom: top + size - 1 }
      })
    })
  }
}
