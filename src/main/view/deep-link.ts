/** Action of a link to the app. */
export type DeepLink =
  /** Fills in the first-run form for the user to review. */
  { readonly kind: 'pair'; readonly relayUrl: string; readonly code: string } | { readonly kind: 'show' }

const SCHEME = 'cloudtolocalllm:'
const MAX_CHARS = 1_000
/** Format in which relays print codes. */
const CODE = /^[A-Z0-9]{4}-[A-Z0-9]{4}$/

/**
 * Parses `cloudtolocalllm://pair?relay=https://…&code=XXXX-XXXX`, as `pairLinkFor` writes it.
 * Any web page can open such a link. If it paired automatically, a page could take over this machine's
 * models, so a link only opens the window with the form filled in. Only https relays are accepted, without
 * anything that hides the target: no user name, query or fragment in the relay's URL, and no duplicate
 * parameters.
 * @returns the action; `show` if the link is invalid; `null` if it is not a link to this app
 */
export function parseDeepLink(text: string): DeepLink | null {
  const url = text.length > MAX_CHARS ? null : URL.parse(text)
  if (url?.protocol !== SCHEME) return text.toLowerCase().startsWith(SCHEME) ? { kind: 'show' } : null
  const relayUrl = parseRelay(onlyValueOf(url, 'relay'))
  const code = onlyValueOf(url, 'code')
  if (url.host !== 'pair' || relayUrl === null || code === null || !CODE.test(code)) return { kind: 'show' }
  return { kind: 'pair', relayUrl, code }
}

/** Systems pass a link as an argument. No other argument of a second launch is trusted. */
export function deepLinkIn(argv: readonly string[]): DeepLink | null {
  return argv.map(parseDeepLink).find((link) => link !== null) ?? null
}

function onlyValueOf({ searchParams }: URL, name: string): string | null {
  const [value = null, ...more] = searchParams.getAll(name)
  return more.length === 0 ? value : null
}

/** Normalizes the URL as displayed: an internationalized host becomes `xn--…`. */
function parseRelay(text: string | null): string | null {
  const url = text === null ? null : URL.parse(text)
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') return null
  return url.search === '' && url.hash === '' ? url.href : null
}
