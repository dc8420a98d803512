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
  /** The bridge responds itself, for any model server and without one. */
  readonly isLocal: boolean
}

/** A chat for simple pages, which the bridge translates for any upstream. */
export const CHAT_STREAM_PATH = '/api/chat/stream'

const GET = ['GET', 'HEAD'] as const
const POST = ['POST'] as const
const DELETE = ['DELETE'] as const
const LOCAL = /^\/(?:v1\/(?:streams?|files|batches|responses(?=\/))|api\/jobs)(?:[/?]|$)/

/** Whether the bridge serves this path itself, from what it keeps. @param path with or without a query */
export function isLocalPath(path: string): boolean {
  return LOCAL.test(path)
}

function route(
  methods: readonly string[],
  path: string,
  scope: Route['scope'],
  body: BodyKind,
  streams: Route['streams'] = 'never',
  whole: Route['whole'] = 'json',
): Route {
  return { methods, path, scope, body, streams, whole, dialect: dialectFor(path), isLocal: isLocalPath(path) }
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
  // Work that outlives its client. Each key has its own, and the bridge keeps it for any model server.
  route(POST, '/api/jobs', 'inference', 'json'),
  route(['GET'], '/api/jobs', 'inference', 'none'),
  route(['GET'], '/api/jobs/:id', 'inference', 'none'),
  route(DELETE, '/api/jobs/:id', 'inference', 'none'),
  route(['GET'], '/api/jobs/:id/result', 'inference', 'none', 'never', 'opaque'),
  route(['GET'], '/api/jobs/:id/events', 'inference', 'none', 'byDefault'),
  route(POST, '/api/jobs/:id/cancel', 'inference', 'none'),
  route(POST, '/api/jobs/:id/retry', 'inference', 'none'),
  route(POST, '/v1/files', 'inference', 'blob'),
  route(['GET'], '/v1/files', 'inference', 'none'),
  route(['GET'], '/v1/files/:id', 'inference', 'none'),
  route(DELETE, '/v1/files/:id', 'inference', 'none'),
  route(['GET'], '/v1/files/:id/content', 'inference', 'none', 'never', 'opaque'),
  route(POST, '/v1/batches', 'inference', 'json'),
  route(['GET'], '/v1/batches', 'inference', 'none'),
  route(['GET'], '/v1/batches/:id', 'inference', 'none'),
  route(POST, '/v1/batches/:id/cancel', 'inference', 'none'),
  route(['GET'], '/v1/responses/:id', 'inference', 'none', 'onRequest'),
  route(DELETE, '/v1/responses/:id', 'inference', 'none'),
  route(POST, '/v1/responses/:id/cancel', 'inference', 'none'),
  route(['GET'], '/v1/responses/:id/input_items', 'inference', 'none'),
]

/** The route of a path, with its parameters. */
export type RouteMatch =
  | { readonly kind: 'found'; readonly route: Route; readonly param: string | undefined }
  | { readonly kind: 'wrongMethod'; readonly allow: readonly string[] }
  | { readonly kind: 'unknown' }

const PARAMETER = /[:*][^/]*/
/** Patterns with a parameter. Routes without one are in `FIXED`. */
const WITH_PARAMETER = ROUTES.flatMap((each) => {
  const found = PARAMETER.exec(each.path)
  if (found === null) return []
  const { index: at, 0: name } = found
  const [prefix, suffix] = [each.path.slice(0, at), each.path.slice(at + name.length)]
  return [{ route: each, prefix, suffix, isRest: name.startsWith('*') }]
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
  for (const pattern of WITH_PARAMETER) {
    const param = paramOf(pattern, path)
    if (param === undefined) continue
    const { route } = pattern
    if (route.methods.includes(method)) return { kind: 'found', route, param }
    allow.push(...route.methods)
  }
  return allow.length > 0 ? { kind: 'wrongMethod', allow } : { kind: 'unknown' }
}

/** The parameter's raw text, `undefined` where the path does not match. */
function paramOf(
  { prefix, suffix, isRest }: (typeof WITH_PARAMETER)[number],
  path: string,
): string | undefined {
  if (!path.startsWith(prefix) || !path.endsWith(suffix)) return undefined
  const param = path.slice(prefix.length, path.length - suffix.length)
  return param === '' || (!isRest && param.includes('/')) ? undefined : param
}
