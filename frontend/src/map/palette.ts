/** The map's colours per theme. The tokens of the pages are in ui/tokens.css; these are the same hues, for the graphics card. */
export interface Palette {
  /** Whether the ground is dark: pictures under it are dimmed. */
  dark: boolean
  ground: string
  district: string
  areaLine: string
  areaLineStrong: string
  areaLabel: string
  areaLabelStrong: string
  halo: string
  streetMain: string
  streetSecondary: string
  streetLane: string
  streetLabel: string
  green: string
  water: string
  building: string
  buildingLine: string
  facility: string
  facilityLabel: string
  accent: string
  text: string
  countFill: string
  countLine: string
  /** State colours: live, stale, lost. */
  workers: [string, string, string]
  /** Outline of markers against the ground. */
  markerLine: string
  severity: Record<'normal' | 'attention' | 'urgent' | 'critical' | 'done', string>
  /** What is drawn on a severity's colour. */
  onSeverity: string
}

const dark: Palette = {
  dark: true,
  ground: '#0b1220',
  district: '#0f182a',
  areaLine: '#3a5175',
  areaLineStrong: '#4a6590',
  areaLabel: '#8fa3c0',
  areaLabelStrong: '#b9c8de',
  halo: '#0b1220',
  streetMain: '#2b3b56',
  streetSecondary: '#223049',
  streetLane: '#1a263b',
  streetLabel: '#7f92b0',
  green: '#12211f',
  water: '#0d2236',
  building: '#1b2942',
  buildingLine: '#2c3e5c',
  facility: '#7c93b8',
  facilityLabel: '#9fb0c8',
  accent: '#38bdf8',
  text: '#e6edf7',
  countFill: '#111a2c',
  countLine: '#34d399',
  workers: ['#34d399', '#34d399', '#94a3b8'],
  markerLine: '#0b1220',
  severity: { normal: '#34d399', attention: '#fbbf24', urgent: '#f97316', critical: '#ef4444', done: '#64748b' },
  onSeverity: '#0b1220',
}

const light: Palette = {
  dark: false,
  ground: '#e9edf3',
  district: '#f6f8fb',
  areaLine: '#aab8ca',
  areaLineStrong: '#94a3b8',
  areaLabel: '#56647a',
  areaLabelStrong: '#334155',
  halo: '#f6f8fb',
  streetMain: '#ffffff',
  streetSecondary: '#ffffff',
  streetLane: '#ffffff',
  streetLabel: '#64748b',
  green: '#e6f0e4',
  water: '#cfe0ef',
  building: '#e3e8f0',
  buildingLine: '#cfd8e4',
  facility: '#64748b',
  facilityLabel: '#475569',
  accent: '#0369a1',
  text: '#0f172a',
  countFill: '#ffffff',
  countLine: '#059669',
  workers: ['#059669', '#059669', '#64748b'],
  markerLine: '#ffffff',
  severity: { normal: '#059669', attention: '#b45309', urgent: '#c2410c', critical: '#dc2626', done: '#64748b' },
  onSeverity: '#ffffff',
}

export type Theme = 'dark' | 'light'

/** The colours of a theme. */
export const palettes: Record<Theme, Palette> = { dark, light }
