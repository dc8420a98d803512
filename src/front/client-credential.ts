import { AppError } from '../shared/errors.ts'
import { routingIdOfKey } from '../shared/key-format.ts'
import { headersOf, type RawHeaders } from '../shared/headers.ts'

/** The credential in a client's request, not yet verified. */
export type ClientCredential =
  | { readonly kind: 'key'; readonly key: string; readonly routingId: string }
  | { readonly kind: 'token'; readonly token: string }
  /** The value cannot be a credential; `why` may be shown to the client. */
  | { readonly kind: 'malformed'; readonly why: string }
  | { readonly kind: 'none' }

/** Whether a token's issuer and audience could be accepted by this relay. */
export type CouldAccept = (token: string) => boolean

/**
 * Values that do not look like a credential are ignored if another one does: OpenAI clients always send an API key, so
 * a key in the path comes with a placeholder such as "ollama" in the header. The same applies to another issuer's
 * token, which a sign-in proxy adds to every request.
 */
export function credentialIn(
  headers: RawHeaders,
  pathKey: string | undefined,
  couldAccept: CouldAccept,
): ClientCredential {
  const shown = shownIn(headers)
  if (pathKey !== undefined) shown.push(toCredential(pathKey))
  if (shown.length <= 1) return shown[0] ?? { kind: 'none' }
  const usable = shown.filter(({ kind }) => kind !== 'malformed')
  const [first] = usable
  if (first === undefined) return shown[0] ?? { kind: 'none' }
  if (areSame(usable)) return first
  const ours = usable.filter((one) => one.kind !== 'token' || couldAccept(one.token))
  if (ours[0] !== undefined && areSame(ours)) return ours[0]
  return { kind: 'malformed', why: 'The request carries several different credentials. Send one.' }
}

function shownIn(headers: RawHeaders): ClientCredential[] {
  const shown: ClientCredential[] = []
  for (const value of headersOf(headers, 'authorization'))
    shown.push(toCredential(authorizationIn(value.trim())))
  for (const value of headersOf(headers, 'x-api-key')) shown.push(toCredential(value.trim()))
  return shown
}

function authorizationIn(value: string): string {
  return bearerIn(value) ?? passwordIn(value) ?? ''
}

/** @param value of an `Authorization` header */
export function bearerIn(value: string): string | undefined {
  return /^Bearer +(\S+)$/i.exec(value)?.[1]
}

/** For clients with only user and password: the password, or the user name if it is empty. */
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
  // A compact JWT; the relay and OIDC providers use signed ones.
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
