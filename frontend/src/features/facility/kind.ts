/** What a kind of facility is called; an import's own kind is its own word. */
export function kindWord(kind: string, t: (key: string) => string, te: (key: string) => boolean): string {
  const key = `facility.kind.${kind}`
  return te(key) ? t(key) : kind
}
