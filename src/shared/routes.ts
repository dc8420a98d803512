/**
 * The upstream paths and their permissions. Nothing else is forwarded: Ollama uses Go's default mux, which may serve
 * unknown paths (server/routes.go:2010).
 */
import { dialectFor, type Dialect } from './dialect.ts'

/** Permissions of a key. `inference` and `read` are the default. */
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
  /** Whether the response streams: unless the body disables it, only if the body enables it, or never. */
  readonly streams: 'byDefault' | 'onRequest' | 'never'
  /** The shape of a response that does not stream. */
  readonly whole: 'json' | 'opaque'
}

/** A chat for simple pages, which the bridge translates for any upstream. */
export const CHAT_STREAM_PATH = '/api/chat/stream'

const GET = ['GET', 'HEAD'] as const
const POST = ['POST'] as const
const DELETE = ['DELETE'] as const

function route(
  methods: readonly string[],
  path: string,
  scope: Route['scope'],
  body: BodyKind,
  streams: Route['streams'] = 'never',
  whole: Route['whole'] = 'json',
): Route {
  return { methods, path, scope, body, streams, whole, dialect: dialectFor(path) }
}

/**
 * Routes of ollama/ollama@fb307609 (server/routes.go:1876-1926) and of OpenAI-compatible servers. No server has all of
 * them; a server without a path responds with its own error.
 */
export const ROUTES: readonly Route[] = [
  route(GET, '/api/version', 'read', 'none'),
  route(GET, '/api/tags', 'read', 'none'),
  route(GET, '/api/ps', 'read', 'none'),
  route(GET, '/api/status', 'read', 'none'),
  route(POST, '/api/show', 'read', 'json'),
  route(POST, '/api/generate', 'inference', 'json', 'byDefault'),
  route(POST, '/api/chat', 'inference', 'json', 'byDefault'),
  route(POST, CHAT_STREAM_PATH, 'inference', 'json', 'byDefault'),
  route(POST, '/api/embed', 'inference', 'json'),
  route(POST, '/api/embeddings', 'inference', 'json'),
  route(POST, '/api/pull', 'manage', 'json', 'byDefault'),
  route(POST, '/api/create', 'manage', 'json', 'byDefault'),
  route(POST, '/api/copy', 'manage', 'json'),
  route(DELETE, '/api/delete', 'manage', 'json'),
  route(['HEAD', 'POST'], '/api/blobs/:digest', 'manage', 'blob', 'never', 'opaque'),
  route(POST, '/api/push', 'account', 'json', 'byDefault'),
  route(POST, '/api/me', 'account', 'json'),
  route(POST, '/api/signout', 'account', 'json'),
  route(DELETE, '/api/user/keys/:key', 'account', 'json'),
  route(GET, '/api/experimental/model-recommendations', 'read', 'none'),
  route(POST, '/api/experimental/web_search', 'account', 'json'),
  route(POST, '/api/experimental/web_fetch', 'account', 'json'),
  route(GET, '/v1/models', 'read', 'none'),
  route(GET, '/v1/models/*model', 'read', 'none'),
  route(POST, '/v1/chat/completions', 'inference', 'json', 'onRequest'),
  route(POST, '/v1/completions', 'inference', 'json', 'onRequest'),
  route(POST, '/v1/embeddings', 'inference', 'json'),
  route(POST, '/v1/responses', 'inference', 'json', 'onRequest'),
  route(POST, '/v1/audio/transcriptions', 'inference', 'multipart', 'onRequest'),
  route(POST, '/v1/audio/translations', 'inference', 'multipart'),
  route(POST, '/v1/audio/speech', 'inference', 'json', 'never', 'opaque'),
  route(POST, '/v1/images/generations', 'inference', 'json', 'onRequest'),
  route(POST, '/v1/images/edits', 'inference', 'multipart', 'onRequest'),
  route(POST, '/v1/images/variations', 'inference', 'multipart'),
  route(POST, '/v1/rerank', 'inference', 'json'),
  route(POST, '/v1/reranking', 'inference', 'json'),
  route(POST, '/v1/messages', 'inference', 'json', 'onRequest'),
  route(POST, '/v1/messages/count_tokens', 'inference', 'json'),
  // llama-server's paths for kept answers. The bridge serves them itself, for any model server.
  route(['GET'], '/v1/stream', 'inference', 'none', 'byDefault'),
  route(['GET'], '/v1/stream/:id', 'inference', 'none', 'byDefault'),
  route(DELETE, '/v1/stream', 'inference', 'none'),
  route(DELETE, '/v1/stream/:id', 'inference', 'none'),
  route(POST, '/v1/streams/lookup', 'inference', 'json'),
  route(['GET'], '/v1/streams', 'inference', 'none'),
]

/** The route of a path, with its parameters. */
export type RouteMatch =
  | { readonly kind: 'found'; readonly route: Route; readonly param: string | undefined }
  | { readonly kind: 'wrongMethod'; readonly allow: readonly string[] }
  | { readonly kind: 'unknown' }

const PARAMETER = /[:*]/
/** With the parameter's offset in the path. Routes without a parameter are in `FIXED`. */
const WITH_PARAMETER = ROUTES.flatMap((each) => {
  const at = each.path.search(PARAMETER)
  return at < 0 ? [] : [{ route: each, at }]
})
const FIXED = Map.groupBy(
  ROUTES.filter(({ path }) => !PARAMETER.test(path)),
  ({ path }) => path,
)

/** Finds the route of a canonical path (no query, still percent-encoded). */
export function matchRoute(method: string, path: string): RouteMatch {
  const allow: string[] = []
  for (const route of FIXED.get(path) ?? []) {
    if (route.methods.includes(method)) return { kind: 'found', route, param: undefined }
    allow.push(...route.methods)
  }
  for (const { route, at } of WITH_PARAMETER) {
    const param = paramOf(route.path, at, path)
    if (param === null) continue
    if (route.methods.includes(method)) return { kind: 'found', route, param }
    allow.push(...route.methods)
  }
  return allow.length > 0 ? { kind: 'wrongMethod', allow } : { kind: 'unknown' }
}

/** The parameter's raw text, `null` where the path does not match. @param at the parameter's offset */
function paramOf(pattern: string, at: number, path: string): string | null {
  const rest = path.slice(at)
  if (rest === '' || !path.startsWith(pattern.slice(0, at))) return null
  return pattern[at] === ':' && rest.includes('/') ? null : rest
}
