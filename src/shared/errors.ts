/**
 * Every error that a user, a client or an operator can meet, in one table. `docs/errors.md` lists the same codes, and a
 * test fails when one of the two is missing something.
 */

/** The broad kind of an error: determines the icon, the exit code and who can fix it. */
export type ErrorKind =
  | 'auth'
  | 'network'
  | 'protocol'
  | 'upstream'
  | 'policy'
  | 'limit'
  | 'config'
  | 'internal'

/** Whether the same attempt may succeed later: at once, after a pause, or only after somebody changed something. */
export type Retry = 'now' | 'backoff' | 'never'

/** One row of the table. */
export interface ErrorEntry {
  readonly kind: ErrorKind
  readonly retry: Retry
  /** HTTP status where the error answers a request. */
  readonly status?: number
  /** WebSocket close code where the error ends a carrier (4000-4999: ours, RFC 6455 section 7.4.2). */
  readonly closeCode?: number
  /** One sentence for people: what happened and what to do. */
  readonly text: string
}

export const ERRORS = {
  // Client -> relay
  UNAUTHORIZED: {
    kind: 'auth',
    retry: 'never',
    status: 401,
    text: 'No valid key. Send "Authorization: Bearer <key>" or "x-api-key", or put the key in the URL: /k/<key>/…',
  },
  KEY_UNKNOWN: {
    kind: 'auth',
    retry: 'never',
    status: 401,
    text: 'This key is not known, was revoked, or has expired. Create one on the desktop: npx cloudtolocalllm keys create',
  },
  FORBIDDEN: {
    kind: 'auth',
    retry: 'never',
    status: 403,
    text: 'These credentials belong to another owner.',
  },
  HOST_NOT_TRUSTED: {
    kind: 'policy',
    retry: 'never',
    status: 403,
    text: 'The request came by a host name that is not known to be this relay’s. Set PUBLIC_URL or TRUSTED_HOSTS at the relay.',
  },
  ORIGIN_NOT_TRUSTED: {
    kind: 'policy',
    retry: 'never',
    status: 403,
    text: 'Pages of this origin may not do that. List it in TRUSTED_ORIGINS at the relay if they should.',
  },
  OFFLINE: {
    kind: 'network',
    retry: 'backoff',
    status: 503,
    text: 'The desktop behind this URL is offline. Check that the bridge is running and connected, then try again.',
  },
  DRAINING: {
    kind: 'network',
    retry: 'backoff',
    status: 503,
    closeCode: 4503,
    text: 'The relay is stopping. Try again in a moment.',
  },
  NOT_FOUND: {
    kind: 'policy',
    retry: 'never',
    status: 404,
    text: 'There is nothing at this path. The relay serves /api/* (Ollama) and /v1/* (OpenAI, Anthropic).',
  },
  BAD_PATH: {
    kind: 'protocol',
    retry: 'never',
    status: 400,
    text: 'The request path is not acceptable: dot segments, empty segments, encoded slashes outside model names, control characters and absolute URLs are refused.',
  },
  URI_TOO_LONG: {
    kind: 'limit',
    retry: 'never',
    status: 414,
    text: 'The request path is longer than allowed.',
  },
  TEXT_TOO_LONG: {
    kind: 'limit',
    retry: 'never',
    status: 400,
    text: 'A name or value in the request is longer than allowed.',
  },
  BAD_REQUEST: {
    kind: 'protocol',
    retry: 'never',
    status: 400,
    text: 'The request is not valid HTTP.',
  },
  REQUEST_TIMEOUT: {
    kind: 'limit',
    retry: 'now',
    status: 408,
    text: 'The request headers did not arrive in time.',
  },
  UPGRADE_REQUIRED: {
    kind: 'protocol',
    retry: 'never',
    status: 426,
    text: 'This path opens tunnels and takes WebSockets only. Let the proxy in front of the relay pass upgrades on.',
  },
  METHOD_NOT_ALLOWED: {
    kind: 'policy',
    retry: 'never',
    status: 405,
    text: 'This path does not take this method.',
  },
  BODY_TOO_LARGE: {
    kind: 'limit',
    retry: 'never',
    status: 413,
    text: 'The request body is larger than allowed.',
  },
  TOO_MANY_REQUESTS: {
    kind: 'limit',
    retry: 'backoff',
    status: 429,
    text: 'Too many requests. Wait as long as Retry-After says.',
  },
  TOO_MANY_STREAMS: {
    kind: 'limit',
    retry: 'backoff',
    status: 429,
    text: 'Too many requests at once. Wait for one to finish.',
  },
  TOO_MANY_BYTES: {
    kind: 'limit',
    retry: 'backoff',
    status: 429,
    text: 'The requests under way hold as much data as is allowed at once. Wait for one to finish.',
  },
  MEMORY_FULL: {
    kind: 'limit',
    retry: 'backoff',
    status: 503,
    text: 'There is no memory left for another large request. Try again in a moment.',
  },
  HEADERS_TOO_LARGE: {
    kind: 'limit',
    retry: 'never',
    status: 431,
    text: 'The request headers are larger than allowed.',
  },
  TOO_MANY_CONNECTIONS: {
    kind: 'limit',
    retry: 'backoff',
    status: 503,
    closeCode: 4429,
    text: 'The relay has no room for another connection. Try again in a moment.',
  },
  CIRCUIT_OPEN: {
    kind: 'upstream',
    retry: 'backoff',
    status: 503,
    text: 'The model server on the desktop failed several times in a row. It is left alone for a moment.',
  },
  DEVICE_UNKNOWN: {
    kind: 'policy',
    retry: 'never',
    status: 404,
    text: 'No connected device has this name.',
  },
  DEVICE_AMBIGUOUS: {
    kind: 'policy',
    retry: 'never',
    status: 400,
    text: 'Several devices could be meant. Name one: model@device, or the header X-Device.',
  },
  ACK_TIMEOUT: {
    kind: 'network',
    retry: 'backoff',
    status: 504,
    text: 'The desktop did not acknowledge the request in time.',
  },
  IDLE_TIMEOUT: {
    kind: 'network',
    retry: 'backoff',
    status: 504,
    text: 'Nothing moved on this request for too long, so it was ended.',
  },
  TUNNEL_LOST: {
    kind: 'network',
    retry: 'backoff',
    status: 502,
    text: 'The tunnel to the desktop was lost before the answer was complete.',
  },
  EXPECTATION_FAILED: {
    kind: 'protocol',
    retry: 'never',
    status: 417,
    text: 'The only expectation supported is "100-continue".',
  },
  // Bridge: policy and upstream
  SCOPE_MISSING: {
    kind: 'policy',
    retry: 'never',
    status: 403,
    text: 'This key does not have the scope that the request needs.',
  },
  MODEL_NOT_ALLOWED: {
    kind: 'policy',
    retry: 'never',
    status: 403,
    text: 'This key may not use this model.',
  },
  KEPT_NAME_REUSED: {
    kind: 'policy',
    retry: 'never',
    status: 422,
    text: 'This Idempotency-Key was used for another request a moment ago. Use a new one for each request.',
  },
  KEPT_NOT_FOUND: {
    kind: 'policy',
    retry: 'never',
    status: 404,
    text: 'No answer is kept for this key under this name: there was none, it expired, was stopped, or became too large. Ask again.',
  },
  KEPT_POSITION_UNKNOWN: {
    kind: 'policy',
    retry: 'never',
    status: 416,
    text: 'The answer has not come as far as this byte. Count the model server’s bytes only, or read it from 0.',
  },
  KEPT_STOPPED: {
    kind: 'policy',
    retry: 'never',
    status: 410,
    text: 'This answer was stopped before its end. Ask again with a new Idempotency-Key.',
  },
  BODY_NOT_STRICT: {
    kind: 'policy',
    retry: 'never',
    status: 400,
    text: 'The JSON body is ambiguous or not valid: it must be one object, in UTF-8, with nothing behind it and no important key repeated or in another case.',
  },
  MEDIA_NOT_SUPPORTED: {
    kind: 'policy',
    retry: 'never',
    status: 415,
    text: 'The body comes in a media type or encoding that cannot be checked.',
  },
  KEEP_ALIVE_NOT_ALLOWED: {
    kind: 'policy',
    retry: 'never',
    status: 403,
    text: 'This key may not pin a model in memory or unload it: keep_alive of 0 or below needs the manage scope.',
  },
  UPSTREAM_UNREACHABLE: {
    kind: 'upstream',
    retry: 'backoff',
    status: 502,
    text: 'The model server on the desktop does not answer. Is it running?',
  },
  UPSTREAM_FAILED: {
    kind: 'upstream',
    retry: 'backoff',
    status: 502,
    text: 'The model server on the desktop broke off its answer.',
  },
  UPSTREAM_UNAUTHORIZED: {
    kind: 'upstream',
    retry: 'never',
    status: 502,
    text: 'The model server on the desktop wants an API key, or does not accept the one that is set. Its owner can set it on the desktop: npx cloudtolocalllm upstream set-key',
  },
  UPSTREAM_UNSUPPORTED: {
    kind: 'upstream',
    retry: 'never',
    status: 404,
    text: 'The model server on the desktop speaks only the OpenAI API (/v1).',
  },
  // Bridge <-> relay
  CREDENTIAL_INVALID: {
    kind: 'auth',
    retry: 'never',
    status: 401,
    closeCode: 4401,
    text: 'The relay does not accept this device’s credential. Sign in again, or pair again: npx cloudtolocalllm pair --relay <url> <code>',
  },
  CREDENTIAL_EXPIRED: {
    kind: 'auth',
    retry: 'never',
    status: 401,
    closeCode: 4402,
    text: 'This device’s credential has expired. Pair again: npx cloudtolocalllm pair --relay <url> <code>',
  },
  PROOF_INVALID: {
    kind: 'auth',
    retry: 'never',
    status: 401,
    closeCode: 4404,
    text: 'This device did not prove that it holds the key of its credential. Let proxies pass X-Ctl-Challenge and X-Ctl-Proof, or pair again: npx cloudtolocalllm pair --relay <url> <code>',
  },
  DEVICE_REVOKED: {
    kind: 'auth',
    retry: 'never',
    status: 401,
    closeCode: 4431,
    text: 'This device was revoked by its owner or by the relay’s operator. If that was a mistake, pair it again: npx cloudtolocalllm pair --relay <url> <code>',
  },
  TOKEN_EXPIRED: {
    kind: 'auth',
    retry: 'now',
    status: 401,
    closeCode: 4403,
    text: 'The access token has expired. Come back with a fresh one.',
  },
  ISSUER_UNREACHABLE: {
    kind: 'network',
    retry: 'backoff',
    status: 503,
    text: 'The identity provider does not answer, so nobody can tell whether this sign-in is good. Try again in a moment.',
  },
  SHARED_STATE_UNREACHABLE: {
    kind: 'network',
    retry: 'backoff',
    status: 503,
    text: 'The relay cannot reach what it shares with other relays. Try again in a moment.',
  },
  REPLACED: {
    kind: 'auth',
    retry: 'never',
    closeCode: 4409,
    text: 'Another bridge with this device’s identity has taken over. Stop one of the two; a copied data directory needs pairing of its own.',
  },
  TOO_MANY_DEVICES: {
    kind: 'limit',
    retry: 'never',
    closeCode: 4430,
    text: 'This relay is already connected to as many of your devices as it allows. Stop the bridge on one of them, then reconnect here.',
  },
  VERSION_UNSUPPORTED: {
    kind: 'protocol',
    retry: 'never',
    status: 426,
    closeCode: 4426,
    text: 'The relay and this bridge have no protocol version in common. Update the older of the two.',
  },
  PROTOCOL_ERROR: {
    kind: 'protocol',
    retry: 'backoff',
    status: 502,
    closeCode: 4400,
    text: 'The other end of the tunnel broke the protocol.',
  },
  FRAME_TOO_LARGE: {
    kind: 'protocol',
    retry: 'backoff',
    closeCode: 4413,
    text: 'A tunnel frame was larger than allowed.',
  },
  HELLO_TIMEOUT: {
    kind: 'protocol',
    retry: 'backoff',
    closeCode: 4408,
    text: 'The tunnel was not greeted in time.',
  },
  CARRIER_DEAD: {
    kind: 'network',
    retry: 'now',
    closeCode: 4410,
    text: 'The connection stopped answering and was dropped.',
  },
  SUPERSEDED: {
    kind: 'network',
    retry: 'now',
    closeCode: 4411,
    text: 'A newer connection of the same session took over.',
  },
  BRIDGE_STOPPED: {
    kind: 'network',
    retry: 'backoff',
    closeCode: 4412,
    text: 'The bridge on the desktop was stopped.',
  },
  RELAY_UNREACHABLE: {
    kind: 'network',
    retry: 'backoff',
    text: 'The relay cannot be reached. Check the URL, the network and the proxy settings.',
  },
  RELAY_REFUSED: {
    kind: 'network',
    retry: 'backoff',
    text: 'Something answered at the relay’s address, but not with a tunnel. Is it the relay’s URL, and does the proxy in front of it pass WebSocket upgrades?',
  },
  PAIRING_CODE_INVALID: {
    kind: 'auth',
    retry: 'never',
    status: 403,
    text: 'The pairing code is wrong, used or expired. The relay shows a fresh one.',
  },
  PAIRING_LOCKED: {
    kind: 'limit',
    retry: 'backoff',
    status: 429,
    text: 'Too many wrong pairing codes. Wait a minute and use the code that the relay shows now.',
  },
  NOT_PAIRED: {
    kind: 'auth',
    retry: 'never',
    text: 'This device is not paired with a relay. Run: npx cloudtolocalllm pair --relay <url> <code>',
  },
  SIGN_IN_FAILED: {
    kind: 'auth',
    retry: 'never',
    text: 'Signing in did not work. Try again.',
  },
  AUDIENCE_UNCONFIRMED: {
    kind: 'auth',
    retry: 'never',
    text: 'The access token does not name this relay as its audience, so it was not sent. Sign in again, and confirm the audience by name if you trust the relay with it: npx cloudtolocalllm bridge --relay <url> --sign-in --audience <name>',
  },
  SIGN_IN_EXPIRED: {
    kind: 'auth',
    retry: 'never',
    text: 'Your sign-in has ended. Sign in again: npx cloudtolocalllm bridge --relay <url> --sign-in',
  },
  // Desktop
  CONFIG_INVALID: {
    kind: 'config',
    retry: 'never',
    text: 'A setting has a value that cannot be used.',
  },
  ALREADY_RUNNING: {
    kind: 'config',
    retry: 'never',
    text: 'Another bridge already uses this data directory. Stop it, or choose another with --data-dir.',
  },
  PORT_IN_USE: {
    kind: 'config',
    retry: 'never',
    text: 'The port is taken. Choose another with --port (0 = any).',
  },
  KEY_NOT_FOUND: {
    kind: 'config',
    retry: 'never',
    text: 'There is no key with this id or name. List them: npx cloudtolocalllm keys list',
  },
  SECRETS_UNAVAILABLE: {
    kind: 'config',
    retry: 'never',
    text: 'The system keychain cannot be used right now. See that it runs and is unlocked, and try again; nothing that it holds was changed.',
  },
  INTERNAL: {
    kind: 'internal',
    retry: 'backoff',
    status: 500,
    closeCode: 4500,
    text: 'Something went wrong inside. The log has the details.',
  },
} as const satisfies Record<string, ErrorEntry>

/** A code of the table. */
export type ErrorCode = keyof typeof ERRORS

/** Whether what another process sent is a code of the table. */
export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === 'string' && Object.hasOwn(ERRORS, text)
}

/** Optional facts of an `AppError`. */
export interface AppErrorOptions {
  readonly cause?: unknown
  /** Seconds after which a retry makes sense: becomes `Retry-After`. */
  readonly retryAfterS?: number
  /** Where the request stood among those that wait, from one: becomes `x-queue-position` and `x-queue-length`. */
  readonly queue?: QueuePlace
}

export interface QueuePlace {
  readonly position: number
  readonly length: number
}

/** The one error class: a code of the table and, where it helps, one sentence about this very case. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly retryAfterS: number | undefined
  readonly queue: QueuePlace | undefined

  /** @param detail replaces the table's text in messages to people. Must never hold a secret or content. */
  constructor(code: ErrorCode, detail?: string, options: AppErrorOptions = {}) {
    super(detail ?? ERRORS[code].text, { cause: options.cause })
    this.code = code
    this.retryAfterS = options.retryAfterS
    this.queue = options.queue
  }

  get entry(): ErrorEntry {
    return ERRORS[this.code]
  }
}

/** Wraps whatever was thrown; an `AppError` comes back as it is. */
export function toAppError(cause: unknown, code: ErrorCode = 'INTERNAL'): AppError {
  if (cause instanceof AppError) return cause
  const detail = cause instanceof Error && cause.message !== '' ? cause.message : undefined
  return new AppError(code, detail, { cause })
}

/** For the `default` of a switch over a union: a compile error when a case is missing. */
export function assertNever(value: never): never {
  throw new AppError('INTERNAL', `unexpected value: ${JSON.stringify(value)}`)
}
