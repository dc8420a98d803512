import { AppError } from '../shared/errors.ts'
import { routingIdOfKey } from '../shared/key-format.ts'
import { headersOf, type RawHeaders } from '../shared/headers.ts'

/** What a client shows of itself. Not yet judged. */
export type ClientCredential =
  | { readonly kind: 'key'; readonly key: string; readonly routingId: string }
  | { readonly kind: 'token'; readonly token: string }
  /** Something is there, but it cannot be a credential; `why` is fit for the client. */
  | { readonly kind: 'malformed'; readonly why: string }
  | { readonly kind: 'none' }

/** Whether a token could ever open this relay, by what it says of itself: its issuer and audience. */
export type CouldAccept = (token: string) => boolean

/**
 * What does not look like a credential is passed over as long as something else does: OpenAI clients cannot be made to
 * send no API key, so a key in the path comes with a placeholder such as "ollama" in the header. So is a token of somebody
 * else's, which a proxy that signs people in adds to every request.
 */
export function credentialIn(
  headers: RawHeaders,
  pathKey: string | undefined,
  couldAccept: CouldAccept,
): ClientCredential {
  const shown = shownIn(headers)
  if (pathKey !== undefined) shown.push(toCredential(pathKey))
  const usable = shown.filter(({ kind }) => kind !== 'malformed')
  const [first] = usable
  if (first === undefined) return shown[0] ?? { kind: 'none' }
  if (areSame(usable)) return first
  const ours = usable.filter((one) => one.kind !== 'token' || couldAccept(one.token))
  if (ours[0] !== undefined && areSame(ours)) return ours[0]
  return { kind: 'malformed', why: 'The request carries several different credentials. Send one.' }
}

function shownIn(headers: RawHeaders): ClientCredential[] {
  const authorizations = headersOf(headers, 'authorization').map((value) => value.trim())
  const keys = headersOf(headers, 'x-api-key').map((value) => value.trim())
  return [...authorizations.map((value) => bearerIn(value) ?? passwordIn(value) ?? ''), ...keys].map(
    toCredential,
  )
}

function bearerIn(value: string): string | undefined {
  return /^Bearer +(\S+)$/i.exec(value)?.[1]
}

/** Of a client that knows only user and password, or a URL with both: the password, or the user where there is none. */
function passwordIn(value: string): string | undefined {
  const encoded = /^Basic +([\w+/=-]+)$/i.exec(value)?.[1]
  if (encoded === undefined) return undefined
  const pair = Buffer.from(encoded, 'base64').toString()
  const at = pair.indexOf(':')
  return at < 0 ? undefined : pair.slice(at + 1) || pair.slice(0, at)
}

function toCredential(text: string): ClientCredential {
  const routingId = routingIdOfKey(text)
  if (routingId !== undefined) return { kind: 'key', key: text, routingId }
  // A JWT in compact form; ours and every OIDC provider's are signed.
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)) return { kind: 'token', token: text }
  return { kind: 'malformed', why: new AppError('UNAUTHORIZED').message }
}

function areSame([first, ...others]: readonly ClientCredential[]): boolean {
  return others.every((other) => first !== undefined && isSame(first, other))
}

function isSame(a: ClientCredential, b: ClientCredential): boolean {
  if (a.kind === 'key') return b.kind === 'key' && a.key === b.key
  return a.kind === 'token' && b.kind === 'token' && a.token === b.token
}
