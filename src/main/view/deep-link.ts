/** The action of a link to the app. */
export type DeepLink =
  /** Prefills the setup form, which the user has to confirm. */
  { readonly kind: 'pair'; readonly relayUrl: string; readonly code: string } | { readonly kind: 'show' }

const SCHEME = 'cloudtolocalllm:'
const MAX_CHARS = 1_000
/** The format printed by relays. */
const CODE = /^[A-Z0-9]{4}-[A-Z0-9]{4}$/

/**
 * Parses `cloudtolocalllm://pair?relay=https://…&code=XXXX-XXXX`.
 * Any web page can open such a link, and automatic pairing would give this machine's models to its author. So a link
 * only opens the window with a prefilled form. It accepts only https relays and nothing that disguises the destination:
 * no user name, query or fragment in the relay's URL, no repeated parameter.
 * @returns the action; `show` if it is malformed; `null` if it is not a link to this app
 */
export function parseDeepLink(text: string): DeepLink | null {
  const url = text.length > MAX_CHARS ? null : URL.parse(text)
  if (url?.protocol !== SCHEME) return text.toLowerCase().startsWith(SCHEME) ? { kind: 'show' } : null
  const relayUrl = parseRelay(onlyValueOf(url, 'relay'))
  const code = onlyValueOf(url, 'code')
  if (url.host !== 'pair' || relayUrl === null || code === null || !CODE.test(code)) return { kind: 'show' }
  return { kind: 'pair', relayUrl, code }
}

/** Systems pass a link as an argument. All other arguments of a second launch are untrusted. */
export function deepLinkIn(argv: readonly string[]): DeepLink | null {
  return argv.map(parseDeepLink).find((link) => link !== null) ?? null
}

function onlyValueOf({ searchParams }: URL, name: string): string | null {
  const [value = null, ...more] = searchParams.getAll(name)
  return more.length === 0 ? value : null
}

/** In display form: an internationalised host becomes `xn--…`. */
function parseRelay(text: string | null): string | null {
  const url = text === null ? null : URL.parse(text)
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') return null
  return url.search === '' && url.hash === '' ? url.href : null
}
