import type { Map as MapLibreMap } from 'maplibre-gl'
import type { Palette } from './palette'

/**
 * One layer of the map, in one file: it brings its own sources and style layers, paints them in a palette, and takes them away again.
 * Layers read what they are given and call nobody; gestures are the map view's.
 */
export interface MapLayer {
  /** Which of its style layers each switch of the panel shows and hides. */
  readonly switches?: Switches
  /** Adds sources and style layers. Called once the style is there, in drawing order. */
  add(map: MapLibreMap, palette: Palette): void
  /** Paints in another palette. */
  paint(map: MapLibreMap, palette: Palette): void
  /** Takes away what `add` brought. */
  remove(map: MapLibreMap): void
}

/** What can be shown and hidden, in the order of the panel. */
export const SWITCHES = ['workers', 'names', 'trails', 'incidents', 'counts', 'grids', 'communities', 'buildings', 'facilities', 'streets'] as const
export type Switch = (typeof SWITCHES)[number]
export type Switches = Partial<Record<Switch, readonly string[]>>

/** Removes style layers and sources by id, as far as they are there. */
export function removeFrom(map: MapLibreMap, layers: readonly string[], sources: readonly string[] = []): void {
  for (const id of layers) if (map.getLayer(id)) map.removeLayer(id)
  for (const id of sources) if (map.getSource(id)) map.removeSource(id)
}

/** The vector tiles of the district: one source for several layers. */
export const DISTRICT_SOURCE = 'district'
