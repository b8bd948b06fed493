/** The sections of the administration, each with the right that opens it. */
export const SECTIONS = [
  { key: 'accounts', right: 'account.manage' },
  { key: 'workers', right: 'worker.manage' },
  { key: 'devices', right: 'device.manage' },
  { key: 'shifts', right: 'shift.manage' },
  { key: 'audit', right: 'audit.read' },
] as const

export type SectionKey = (typeof SECTIONS)[number]['key']

/** The rights of which one is enough to come in. */
export const ADMIN_RIGHTS: readonly string[] = SECTIONS.map((section) => section.right)

/** The section that an address names, if the account may see it; otherwise the first that it may. */
export function sectionFor(named: unknown, may: (right: string) => boolean): SectionKey | undefined {
  const open = SECTIONS.filter((section) => may(section.right))
  return (open.find((section) => section.key === named) ?? open[0])?.key
}
