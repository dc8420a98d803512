/** What a link to the app asks for. */
export type DeepLink =
  /** Fills the first-run form in. The user reads it and goes on, or not. */
  { readonly kind: 'pair'; readonly relayUrl: string; readonly code: string } | { readonly kind: 'show' }

const SCHEME = 'cloudtolocalllm:'
const MAX_CHARS = 1_000
/** As relays print it. */
const CODE = /^[A-Z0-9]{4}-[A-Z0-9]{4}$/

/**
 * Reads `cloudtolocalllm://pair?relay=https://…&code=XXXX-XXXX`.
 *
 * Any web page can open such a link. One that paired by itself would give this machine's models to whoever wrote the page,
 * so a link never does more than show the window with a form filled in. Only https relays are taken, and nothing that
 * hides where the form leads: no user name, query or fragment in the relay's URL, no parameter twice.
 * @returns what it asks for; `show` where it cannot be read; `null` where it is no link to this app
 */
export function parseDeepLink(text: string): DeepLink | null {
  const url = text.length > MAX_CHARS ? null : URL.parse(text)
  if (url?.protocol !== SCHEME) return text.toLowerCase().startsWith(SCHEME) ? { kind: 'show' } : null
  const relayUrl = parseRelay(onlyValueOf(url, 'relay'))
  const code = onlyValueOf(url, 'code')
  if (url.host !== 'pair' || relayUrl === null || code === null || !CODE.test(code)) return { kind: 'show' }
  return { kind: 'pair', relayUrl, code }
}

/** Systems pass a link on as an argument. Nothing else of a second launch's arguments is to be trusted. */
export function deepLinkIn(argv: readonly string[]): DeepLink | null {
  return argv.map(parseDeepLink).find((link) => link !== null) ?? null
}

function onlyValueOf({ searchParams }: URL, name: string): string | null {
  const [value = null, ...more] = searchParams.getAll(name)
  return more.length === 0 ? value : null
}

/** In the form in which it is shown: a host in foreign letters becomes `xn--…`. */
function parseRelay(text: string | null): string | null {
  const url = text === null ? null : URL.parse(text)
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') return null
  return url.search === '' && url.hash === '' ? url.href : null
}
