import {
  Baby,
  Building2,
  Droplet,
  Flag,
  Flame,
  FlameKindling,
  HeartPulse,
  Hospital,
  House,
  Landmark,
  MapPin,
  Recycle,
  School,
  Shield,
  ShoppingBasket,
  Store,
  Toilet,
  Trees,
  Zap,
  type IconNode,
} from 'lucide'

/** Icons of facilities by kind; a kind that a district adds itself gets a pin. */
const icons: Record<string, IconNode> = {
  fire_station: Flame,
  gas_point: FlameKindling,
  health_station: HeartPulse,
  hospital: Hospital,
  kindergarten: Baby,
  market: ShoppingBasket,
  neighbourhood_centre: House,
  park: Trees,
  party_centre: Flag,
  police_post: Shield,
  power_point: Zap,
  public_toilet: Toilet,
  school: School,
  service_station: Store,
  venue: Landmark,
  waste_station: Recycle,
  water_point: Droplet,
  office: Building2,
}

/** Kinds that people look for first: shown two zooms before the others. */
export const MAJOR_KINDS = [
  'fire_station',
  'hospital',
  'health_station',
  'party_centre',
  'police_post',
  'neighbourhood_centre',
  'school',
  'service_station',
  'park',
  'venue',
]

/** The icon of a kind of facility. */
export function placeIcon(kind: string): IconNode {
  return icons[kind] ?? MapPin
}

/** All kinds that have an icon of their own. */
export const PLACE_KINDS = Object.keys(icons)
