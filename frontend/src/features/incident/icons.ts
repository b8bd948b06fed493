import {
  CircleAlert,
  CloudFog,
  Construction,
  Flame,
  HandHeart,
  HeartHandshake,
  House,
  Megaphone,
  Package,
  Scale,
  ShieldAlert,
  Siren,
  Snowflake,
  Store,
  TrafficCone,
  Trash2,
  Trees,
  Volume2,
  Wrench,
  type IconNode,
} from 'lucide'

/**
 * Icons of incident classes by the beginning of their code; the longest that fits counts. A class that a district adds itself gets its
 * major class's icon.
 */
const icons: Record<string, IconNode> = {
  '01': Wrench,
  '02': TrafficCone,
  '03': Trash2,
  '04': Trees,
  '05': Package,
  '06': Trash2,
  '06001': House,
  '06017': Trees,
  '06028': Volume2,
  '06036': Package,
  '06045': Trees,
  '07': Megaphone,
  '08': Construction,
  '08004': CloudFog,
  '09': Store,
  '09009': TrafficCone,
  '09012': Flame,
  '10001': Snowflake,
  W01: Scale,
  W02: ShieldAlert,
  W03: ShieldAlert,
  W04: HandHeart,
  W05: Trash2,
  W06: House,
  W07: HeartHandshake,
  W08: Siren,
}

/** The part of a class's code that decides its icon; empty for the general one. */
export function iconKey(code: string): string {
  for (let length = code.length; length > 0; length--) {
    const key = code.slice(0, length)
    if (key in icons) return key
  }
  return ''
}

/** The icon of a class. */
export function iconOf(code: string): IconNode {
  return icons[iconKey(code)] ?? CircleAlert
}
