import type { Map as MapLibreMap } from 'maplibre-gl'
import type { Incident } from '@/api/types'
import type { MapView } from '@/map/map-view'
import type { Identity } from '@/realtime/protocol'
import type { useLive } from '@/stores/live'
import type { Tracks } from '@/tracks/tracks'

/**
 * `window.wangge`: what the page knows, for tests and for whoever looks for a fault with the browser's tools. It reads the very state
 * that is drawn; nothing on the page depends on it.
 *
 *     wangge.worker('演示手机')       → { id, name, duty, area } once the server has named it, else undefined
 *     wangge.tracks.get(id)           → { lon, lat, fixTime, state, course, speed, drawnLon, drawnLat, … }, undefined when not on the map
 *     wangge.incidents()              → incidents of the live stream
 *     wangge.connection()             → { phase, closeCode, heardAt, lag, … }
 *     wangge.map                      → the MapLibre map
 *     wangge.view                     → what is around it: layers, drawing, history
 */
export interface Wangge {
  map: MapLibreMap
  view: MapView
  tracks: Pick<Tracks, 'get' | 'forEach' | 'count'>
  worker(name: string): Identity | undefined
  incidents(): Incident[]
  connection(): ReturnType<typeof useLive>['connection']
}

declare global {
  interface Window {
    wangge?: Wangge
  }
}

/** Puts the handle on the window; the returned function takes it away. */
export function exposeForTests(view: MapView, live: ReturnType<typeof useLive>): () => void {
  window.wangge = {
    map: view.map,
    view,
    tracks: live.positions,
    worker: (name) => [...live.client.identities.values()].find((worker) => worker.name === name),
    incidents: () => [...live.incidents.values()],
    connection: () => ({ ...live.connection }),
  }
  return () => delete window.wangge
}

