import { reactive } from 'vue'
import { TRAIL_FOR, type TrailPoint } from '@/map/trail'

/** The trail that is shown for the selected worker. It is fetched on request only, since every look at a track is recorded. */
export const trail = reactive({
  worker: 0,
  points: [] as readonly TrailPoint[],
  /** The time as of which it is drawn, ms, server's clock. */
  now: 0,
  accuracy: undefined as { lon: number; lat: number; metres: number } | undefined,
})

/** Shows a trail. */
export function showTrail(worker: number, points: readonly TrailPoint[], now: number): void {
  trail.worker = worker
  trail.points = points
  trail.now = now
}

/** Appends what the live stream brought since, and lets the oldest part go. */
export function extendTrail(point: TrailPoint, now: number): void {
  const last = trail.points.at(-1)
  const kept = trail.points.filter((p) => now - p.at <= TRAIL_FOR)
  const moved = !last || (point.at > last.at && (point.lon !== last.lon || point.lat !== last.lat))
  showTrail(trail.worker, moved ? [...kept, point] : kept, now)
}

/** Shows none. */
export function hideTrail(): void {
  showTrail(0, [], 0)
  trail.accuracy = undefined
}
