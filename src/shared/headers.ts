/** Header fields in order, with original names and values: `[name, value, name, value, …]`, like Node's rawHeaders. */
export type RawHeaders = readonly string[]

/** Hop-by-hop fields (RFC 9110, section 7.6.1), and all proxy fields. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** The value of the first field with this (lower-case) name. */
export function headerOf(headers: RawHeaders, name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) if (isNamed(headers[i], name)) return headers[i + 1]
  return undefined
}

/** The values of every field with this (lower-case) name, in their order. */
export function headersOf(headers: RawHeaders, name: string): string[] {
  const values: string[] = []
  for (let i = 0; i < headers.length; i += 2) if (isNamed(headers[i], name)) values.push(headers[i + 1] ?? '')
  return values
}

export function pairsOf(headers: RawHeaders): [name: string, value: string][] {
  return Array.from({ length: headers.length / 2 }, (_, at) => [
    headers[2 * at] ?? '',
    headers[2 * at + 1] ?? '',
  ])
}

/** The fields whose lower-case name passes `keep`. */
export function keepHeaders(headers: RawHeaders, isKept: (lowerName: string) => boolean): string[] {
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    if (isKept(name.toLowerCase())) kept.push(name, headers[i + 1] ?? '')
  }
  return kept
}

export function withoutHeader(headers: RawHeaders, lowerName: string): string[] {
  return keepHeaders(headers, (name) => name !== lowerName)
}

/** The end-to-end fields that pass `keep`. */
export function endToEndHeaders(
  headers: RawHeaders,
  isKept: (lowerName: string) => boolean = () => true,
): string[] {
  const named = connectionOptions(headers)
  return keepHeaders(
    headers,
    (name) => !HOP_BY_HOP.has(name) && !name.startsWith('proxy-') && !named.includes(name) && isKept(name),
  )
}

/** Whether a request has a body, by its framing. @param headers lower-case, as node's */
export function hasBody(headers: Readonly<Record<string, string | readonly string[] | undefined>>): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

const NO_OPTIONS: readonly string[] = []

/** Fields that `Connection` lists as hop-by-hop. Framing fields are never among them. */
function connectionOptions(headers: RawHeaders): readonly string[] {
  const values = headersOf(headers, 'connection')
  // The usual value names a hop-by-hop field.
  if (values.every((value) => value === 'keep-alive')) return NO_OPTIONS
  return values
    .flatMap((value) => value.split(','))
    .map((option) => option.trim().toLowerCase())
    .filter((option) => option !== 'content-length' && option !== 'host')
}

function isNamed(field: string | undefined, name: string): boolean {
  return field?.length === name.length && field.toLowerCase() === name
}
