/**
 * The paths that exist on an upstream, and what each may do there. Everything else is never forwarded: Ollama listens
 * through Go's default mux, so unknown paths could be anything (server/routes.go:2010).
 */
import type { Dialect } from './dialect.ts'

/** What a key may be allowed to do. `inference` and `read` are the default. */
export const SCOPES = ['inference', 'read', 'manage', 'account', 'cloud'] as const
export type Scope = (typeof SCOPES)[number]
export const DEFAULT_SCOPES: readonly Scope[] = ['inference', 'read']

/** How the request body is treated: parsed for a model name, streamed untouched, or absent. */
export type BodyKind = 'none' | 'json' | 'multipart' | 'blob'

export interface Route {
  readonly methods: readonly string[]
  /** Path segments; `:x` stands for one segment, `*x` for the rest of the path. */
  readonly path: string
  readonly scope: Exclude<Scope, 'cloud'>
  readonly body: BodyKind
  readonly dialect: Dialect
  /** The answer streams unless the body says otherwise: true for Ollama's own API, false for /v1. */
  readonly streamsByDefault?: boolean
  /** The body may say `stream`. */
  readonly mayStream?: boolean
}

const ollama = (
  methods: readonly string[],
  path: string,
  scope: Route['scope'],
  body: BodyKind,
  streams = false,
): Route => ({
  methods,
  path,
  scope,
  body,
  dialect: 'ollama',
  ...(streams && { mayStream: true, streamsByDefault: true }),
})

const v1 = (
  methods: readonly string[],
  path: string,
  scope: Route['scope'],
  body: BodyKind,
  mayStream = false,
): Route => ({
  methods,
  path,
  scope,
  body,
  dialect: path === '/v1/messages' ? 'anthropic' : 'openai',
  ...(mayStream && { mayStream: true }),
})

const GET = ['GET', 'HEAD'] as const
const POST = ['POST'] as const

/** Routes of ollama/ollama@fb307609 (server/routes.go:1876-1926) and of OpenAI-compatible servers. */
export const ROUTES: readonly Route[] = [
  ollama(GET, '/api/version', 'read', 'none'),
  ollama(GET, '/api/tags', 'read', 'none'),
  ollama(GET, '/api/ps', 'read', 'none'),
  ollama(GET, '/api/status', 'read', 'none'),
  ollama(POST, '/api/show', 'read', 'json'),
  ollama(POST, '/api/generate', 'inference', 'json', true),
  ollama(POST, '/api/chat', 'inference', 'json', true),
  ollama(POST, '/api/embed', 'inference', 'json'),
  ollama(POST, '/api/embeddings', 'inference', 'json'),
  ollama(POST, '/api/pull', 'manage', 'json', true),
  ollama(POST, '/api/create', 'manage', 'json', true),
  ollama(POST, '/api/copy', 'manage', 'json'),
  ollama(['DELETE'], '/api/delete', 'manage', 'json'),
  ollama(['HEAD', 'POST'], '/api/blobs/:digest', 'manage', 'blob'),
  ollama(POST, '/api/push', 'account', 'json', true),
  ollama(POST, '/api/me', 'account', 'json'),
  ollama(POST, '/api/signout', 'account', 'json'),
  ollama(['DELETE'], '/api/user/keys/:key', 'account', 'json'),
  ollama(POST, '/api/experimental/web_search', 'account', 'json'),
  ollama(POST, '/api/experimental/web_fetch', 'account', 'json'),
  v1(GET, '/v1/models', 'read', 'none'),
  v1(GET, '/v1/models/*model', 'read', 'none'),
  v1(POST, '/v1/chat/completions', 'inference', 'json', true),
  v1(POST, '/v1/completions', 'inference', 'json', true),
  v1(POST, '/v1/embeddings', 'inference', 'json'),
  v1(POST, '/v1/responses', 'inference', 'json', true),
  v1(POST, '/v1/audio/transcriptions', 'inference', 'multipart'),
  v1(POST, '/v1/messages', 'inference', 'json', true),
]

/** What a path leads to. */
export type RouteMatch =
  | { readonly kind: 'found'; readonly route: Route; readonly param: string | undefined }
  | { readonly kind: 'wrongMethod'; readonly allow: readonly string[] }
  | { readonly kind: 'unknown' }

/** Finds the route of a canonical path (no query, still percent-encoded). */
export function matchRoute(method: string, path: string): RouteMatch {
  const allow: string[] = []
  for (const route of ROUTES) {
    const param = paramOf(route.path, path)
    if (param === null) continue
    if (route.methods.includes(method)) return { kind: 'found', route, param }
    allow.push(...route.methods)
  }
  return allow.length > 0 ? { kind: 'wrongMethod', allow } : { kind: 'unknown' }
}

/** The parameter's raw text, `undefined` where the pattern has none, `null` where the path does not match. */
function paramOf(pattern: string, path: string): string | undefined | null {
  const at = pattern.search(/[:*]/)
  if (at < 0) return pattern === path ? undefined : null
  const rest = path.slice(at)
  if (!path.startsWith(pattern.slice(0, at)) || rest === '') return null
  return pattern[at] === ':' && rest.includes('/') ? null : rest
}
