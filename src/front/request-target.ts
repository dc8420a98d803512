import type { RawHeaders } from '../shared/headers.ts'
import { parseTarget, splitTarget } from '../shared/request-path.ts'
import type { AppError } from '../shared/errors.ts'
import { matchRoute, type RouteMatch } from '../shared/routes.ts'
import { checkHeaders, checkLength } from '../shared/text-limits.ts'
import { repairedPath, type WrongBase, withoutDoubledStart, wrongBaseOf } from './base-url.ts'
import { type ClientCredential, type CouldAccept, credentialIn } from './client-credential.ts'

/** Paths that the relay answers itself. */
export type OwnRoute =
  | 'root'
  | 'page'
  | 'health'
  | 'live'
  | 'ready'
  | 'metrics'
  | 'pair'
  | 'wellKnown'
  | 'security'
  | 'chunks'
  | 'tunnelHealth'
  | 'tunnelStatus'
  | 'tunnelUserHealth'
  | 'tunnelMetrics'
  | 'devices'
  | 'device'

export interface Addressed {
  /** Without the query and `/k/<key>`: safe to log. */
  readonly path: string
  readonly credential: ClientCredential
  /** The owner in the path, if there is one. */
  readonly userId: string | undefined
}

/** The parsed target of a request. */
export type ClientRequest =
  /** `target` is the upstream's path and query with unchanged percent-encoding. */
  | ({ readonly kind: 'upstream'; readonly target: string; readonly match: RouteMatch } & Addressed)
  | ({ readonly kind: 'own'; readonly name: OwnRoute } & Addressed)
  | ({ readonly kind: 'wrongMethod'; readonly allow: readonly string[] } & Addressed)
  /** `wrongBase`: the likely mistake in the client's base URL. */
  | ({ readonly kind: 'unknown'; readonly wrongBase?: WrongBase | undefined } & Addressed)
  /** A CORS preflight. */
  | ({ readonly kind: 'preflight' } & Addressed)
  /** The request is malformed. */
  | ({ readonly kind: 'refused'; readonly error: AppError } & Addressed)

/** The used parts of Node's IncomingMessage. */
export interface ClientRequestLine {
  readonly method: string
  readonly url: string
  readonly rawHeaders: RawHeaders
}

const GET = ['GET', 'HEAD']
const OWN: Readonly<Record<string, { readonly name: OwnRoute; readonly methods: readonly string[] }>> = {
  '/': { name: 'root', methods: GET },
  '/sw.js': { name: 'page', methods: GET },
  '/health': { name: 'health', methods: GET },
  '/health/live': { name: 'live', methods: GET },
  '/health/ready': { name: 'ready', methods: GET },
  '/metrics': { name: 'metrics', methods: GET },
  '/api/pair': { name: 'pair', methods: ['POST'] },
  '/.well-known/cloudtolocalllm': { name: 'wellKnown', methods: GET },
  '/.well-known/cloudtolocalllm/chunks': { name: 'chunks', methods: ['GET'] },
  '/.well-known/security.txt': { name: 'security', methods: GET },
  '/api/tunnel/health': { name: 'tunnelHealth', methods: GET },
  '/api/tunnel/status': { name: 'tunnelStatus', methods: GET },
  '/api/tunnel/metrics': { name: 'tunnelMetrics', methods: GET },
  '/api/metrics': { name: 'tunnelMetrics', methods: GET },
  '/api/tunnel/devices': { name: 'devices', methods: GET },
}

/** Paths protected from other sites' pages, and from access through other paths. */
const GUARDED: ReadonlySet<OwnRoute> = new Set<OwnRoute>(['metrics', 'pair'])

export function isGuarded(name: OwnRoute): boolean {
  return GUARDED.has(name)
}

const KEY_PREFIX = /^\/k\/([^/?]*)/
const USER_HEALTH = /^\/api\/tunnel\/health\/([^/]+)$/
/** Files of the chat page. */
const PAGE_FILE = /^\/chat\/[\w.-]+$/
const DEVICE = /^\/api\/tunnel\/devices\/[^/]+$/
const USER_PREFIX = /^\/api\/tunnel\/(?!(?:health|status|metrics|devices)(?:\/|$))([^/]+)/

/**
 * Parses a request's target and credential.
 * @param couldAccept distinguishes tokens of unrelated issuers
 * @throws AppError BAD_PATH, URI_TOO_LONG, TEXT_TOO_LONG, HEADERS_TOO_LARGE
 */
export function parseClientRequest(
  { method, url, rawHeaders }: ClientRequestLine,
  couldAccept: CouldAccept,
): ClientRequest {
  checkHeaders(rawHeaders)
  const started = withoutDoubledStart(url)
  const pathKey = KEY_PREFIX.exec(started)
  // The key's segment may look like dot segments to a reverse proxy.
  if (pathKey !== null) parseTarget(pathKey[0])
  const { path, query } = parseTarget(repaired(method, pathKey === null ? url : behind(pathKey[0], started)))
  const credential = credentialIn(rawHeaders, pathKey?.[1], couldAccept)
  const user = USER_PREFIX.exec(path)
  if (user === null) {
    const request = ownOr(method, path, query, credential)
    // A reverse proxy may block these paths, but only without a key prefix.
    const isHidden = pathKey !== null && isGuardedPath(path)
    return isHidden ? { kind: 'unknown', path, credential, userId: undefined } : request
  }
  const addressed = { path, credential, userId: decoded(user[1]) }
  return forUser(method, path.slice(user[0].length) + query, addressed)
}

/** The target with a corrected base URL. Never leads to a guarded path. */
function repaired(method: string, target: string): string {
  const { path, query } = splitTarget(target)
  if (matchRoute(method, path).kind === 'found' && !path.endsWith('/')) return target
  const started = withoutDoubledStart(path)
  const user = USER_PREFIX.exec(started)?.[0] ?? ''
  const mended = user + repairedPath(method, started.slice(user.length))
  return isGuardedPath(mended) ? target : mended + query
}

/** @param path without the query */
export function isGuardedPath(path: string): boolean {
  const own = OWN[path]
  return own !== undefined && isGuarded(own.name)
}

/** The path after key or user, even if invalid: determines the error's dialect. */
export function unprefixed(url: string): string {
  const behindKey = withoutDoubledStart(url).replace(KEY_PREFIX, '')
  return withoutDoubledStart(behindKey).replace(USER_PREFIX, '')
}

function behind(prefix: string, url: string): string {
  const rest = url.slice(prefix.length)
  return rest.startsWith('/') ? rest : `/${rest}`
}

function ownOr(method: string, path: string, query: string, credential: ClientCredential): ClientRequest {
  const health = USER_HEALTH.exec(path)
  const userId = health === null ? undefined : decoded(health[1])
  const addressed = { path, credential, userId }
  const own = health === null ? OWN[path] : ({ name: 'tunnelUserHealth', methods: GET } as const)
  if (own !== undefined) return ownFor(method, own, addressed)
  if (PAGE_FILE.test(path)) return ownFor(method, { name: 'page', methods: GET }, addressed)
  if (DEVICE.test(path)) return ownFor(method, { name: 'device', methods: ['DELETE'] }, addressed)
  return upstreamFor(method, path + query, addressed)
}

/** After a user only upstream paths and the root exist. */
function forUser(method: string, target: string, addressed: Addressed): ClientRequest {
  if (/^\/?(?:\?|$)/.test(target)) return ownFor(method, { name: 'root', methods: GET }, addressed)
  return upstreamFor(method, target, addressed)
}

function ownFor(
  method: string,
  { name, methods }: { readonly name: OwnRoute; readonly methods: readonly string[] },
  addressed: Addressed,
): ClientRequest {
  if (!methods.includes(method)) return { kind: 'wrongMethod', allow: methods, ...addressed }
  return { kind: 'own', name, ...addressed }
}

/** The bridge decides whether the path exists: it may know more routes than this relay. */
function upstreamFor(method: string, target: string, addressed: Addressed): ClientRequest {
  const { path } = splitTarget(target)
  const match = matchRoute(method, path)
  const wrongBase = match.kind === 'unknown' ? wrongBaseOf(method, path) : undefined
  const isUpstream = wrongBase === undefined && /^\/(?:api|v1)\/(?!tunnel(?:\/|$))/.test(path)
  return isUpstream
    ? { kind: 'upstream', target, match, ...addressed }
    : { kind: 'unknown', wrongBase, ...addressed }
}

/** @throws AppError TEXT_TOO_LONG */
function decoded(segment = ''): string {
  // Cannot be malformed: the whole path was decoded before.
  const userId = decodeURIComponent(segment)
  checkLength('userId', userId)
  return userId
}
