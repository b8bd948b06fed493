import type { LayerSpecification, Map as MapLibreMap, SourceSpecification } from 'maplibre-gl'
import type { Basemap } from '@/api/types'
import { removeFrom, type MapLayer } from '../layer'
import type { Palette } from '../palette'
import { vectorLayers } from '../base-style'

const PREFIX = 'base-'

/**
 * What lies under the district: nothing by default, or a base map of the deployment's. The reader of PMTiles is loaded when the first
 * such base is chosen.
 */
export class BaseLayer implements MapLayer {
  private map: MapLibreMap | undefined
  private palette: Palette | undefined
  private base: Basemap | undefined
  private turn = 0
  private layers: string[] = []
  private sources: string[] = []

  /** `below` is the style layer under which the base lies. */
  constructor(private readonly below: string) {}

  add(map: MapLibreMap, palette: Palette): void {
    this.map = map
    this.palette = palette
  }

  paint(_map: MapLibreMap, palette: Palette): void {
    this.palette = palette
    void this.show(this.base)
  }

  remove(map: MapLibreMap): void {
    this.clear(map)
    this.map = undefined
  }

  /** Shows a base map; undefined for none. Throws when a PMTiles file cannot be read. */
  async show(base: Basemap | undefined): Promise<void> {
    this.base = base
    const turn = ++this.turn
    const source = base && base.kind !== 'none' ? await sourcesOf(base) : []
    if (turn !== this.turn || !this.map) return
    this.clear(this.map)
    source.forEach((one, i) => this.put(this.map!, `${PREFIX}${i}`, one))
  }

  private put(map: MapLibreMap, id: string, source: SourceSpecification): void {
    map.addSource(id, source)
    this.sources.push(id)
    const palette = this.palette!
    const dim = palette.dark
    const layers: LayerSpecification[] =
      source.type === 'raster'
        ? [{ id, type: 'raster', source: id, paint: dim ? { 'raster-brightness-max': 0.55, 'raster-saturation': -0.5 } : { 'raster-saturation': -0.2 } }]
        : vectorLayers(id, palette)
    for (const layer of layers) map.addLayer(layer, this.below)
    this.layers.push(...layers.map((layer) => layer.id))
  }

  private clear(map: MapLibreMap): void {
    removeFrom(map, this.layers, this.sources)
    this.layers = []
    this.sources = []
  }
}

async function sourcesOf({ kind, urls = [], max_zoom: maxzoom = 18, attribution }: Basemap): Promise<SourceSpecification[]> {
  if (kind === 'raster') return urls.map((url) => ({ type: 'raster', tiles: [url], tileSize: 256, maxzoom, attribution }))
  if (kind === 'vector') return [{ type: 'vector', tiles: [urls[0]!], maxzoom, attribution }]
  const { openArchive } = await import('../pmtiles')
  return [await openArchive(new URL(urls[0]!, location.origin).href, attribution)]
}
