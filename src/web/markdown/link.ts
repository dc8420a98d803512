const SCHEMES = new Set(['http:', 'https:', 'mailto:'])

/** An address that a reader may follow, or undefined: only absolute web and mail addresses. */
export function parseLink(href: string): string | undefined {
  if (href.length > 4_000) return undefined
  try {
    const url = new URL(href)
    return SCHEMES.has(url.protocol) ? url.href : undefined
  } catch {
    return undefined
  }
}
