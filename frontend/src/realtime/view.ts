import { SECTION_FOLLOWED } from './codec'
import { POSITIONS_FROM_ZOOM, type View } from './protocol'

/** Whether a view asks for positions (or for counts, or for nothing). */
export function wantsPositions(view: View): boolean {
  return view.detail === 'positions' || (view.detail === 'auto' && view.zoom >= POSITIONS_FROM_ZOOM)
}

/**
 * Which sections a view shows: all when it asks for positions, otherwise only the followed workers. The server tells everything anew
 * after each change of the view, so this only bridges the moment until then: no dots among the counts.
 */
export function sectionsOf(view: View): (section: number) => boolean {
  return wantsPositions(view) ? () => true : (section) => section === SECTION_FOLLOWED
}
