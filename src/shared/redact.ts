/** Removes secrets from anything that is logged, displayed or reported. */

const HIDDEN = '[redacted]'

/** Names of fields, headers and query parameters with secret values. */
const SECRET_NAMES = (
  'authorization proxy-authorization cookie set-cookie x-api-key api-key apikey token access_token refresh_token ' +
  'id_token ticket secret password credential key code'
).split(' ')
/** As field names these two usually mean an error code or a map key. */
const SECRET_FIELDS = new Set(SECRET_NAMES.filter((name) => name !== 'key' && name !== 'code'))

/** Each pattern runs in linear time, since paths and messages are untrusted. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // A key in a path, including mistyped ones.
  [/(\/k\/)[^/?#\s"'<>]+/g, `$1${HIDDEN}`],
  [new RegExp(`([?&](?:${SECRET_NAMES.join('|')})=)[^&#\\s"'<>]*`, 'gi'), `$1${HIDDEN}`],
  // User and password of a URL, up to the last @ before the path.
  [/(\b[a-z][a-z\d+.-]{0,20}:\/\/)[^/?#\s"'<>]*@/gi, `$1${HIDDEN}@`],
  // A header in running text or JSON text, up to the end of its value.
  [
    /\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(\\?["']?\s*[:=]\s*\\?["']?)[^\r\n"'\\]+/gi,
    `$1$2${HIDDEN}`,
  ],
  // Fields exchanged with identity providers, as JSON or form data.
  [
    /\b((?:access|refresh|id)_token|client_secret|device_code)(\\?["']?\s*[:=]\s*\\?["']?)[^\s"'\\&,;}]+/gi,
    `$1$2${HIDDEN}`,
  ],
  [/\b(Bearer|Basic)\s+[\w.~+/=:-]+/gi, `$1 ${HIDDEN}`],
  [/\beyJ[\w-]{10,}[\w.-]*/g, HIDDEN],
  [/\bctl_[\w-]+/g, `ctl_${HIDDEN}`],
]

export function redactText(text: string): string {
  return PATTERNS.reduce((redacted, [pattern, replacement]) => redacted.replace(pattern, replacement), text)
}

const MAX_DEPTH = 6
/** Limit per text in a log; error messages may be longer. */
const MAX_TEXT_CHARS = 256
const MAX_STORY_CHARS = 8 * 1024
const STORIES = new Set(['message', 'stack', 'reason'])
/** Limit per list or object. */
const MAX_ITEMS = 100

/** A copy of log fields that is safe to store: plain data without secrets. Errors become objects. */
export function redactFields(fields: object): Record<string, unknown> {
  return redactObject(fields, 0)
}

/** The text, or its beginning with a note of its full length. */
export function cutText(text: string, maxChars = MAX_TEXT_CHARS, length = text.length): string {
  if (Math.max(text.length, length) <= maxChars) return text
  return `${text.slice(0, maxChars).toWellFormed()}… [cut from ${length}]`
}

function redactValue(value: unknown, depth: number, maxChars = MAX_TEXT_CHARS): unknown {
  if (typeof value === 'string') {
    // Redact before truncating: a truncated secret might not be recognized.
    const redacted = redactText(value.slice(0, 2 * MAX_STORY_CHARS))
    return cutText(redacted, maxChars, value.length)
  }
  if (typeof value !== 'object' || value === null) return value
  if (depth >= MAX_DEPTH) return '[too deep]'
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (value instanceof URL) return redactText(value.href)
  return Array.isArray(value) ? redactList(value, depth + 1) : redactObject(value, depth + 1)
}

/** In lists of header names and values, a value follows its name. */
function redactList(list: readonly unknown[], depth: number): unknown[] {
  return list
    .slice(0, MAX_ITEMS)
    .map((item, i) => (isSecretName(list[i - 1]) ? HIDDEN : redactValue(item, depth)))
}

function redactObject(value: object, depth: number): Record<string, unknown> {
  const redacted: Record<string, unknown> = {}
  for (const [name, item] of entriesOf(value).slice(0, MAX_ITEMS))
    redacted[name] = isSecretName(name)
      ? HIDDEN
      : redactValue(item, depth, STORIES.has(name) ? MAX_STORY_CHARS : MAX_TEXT_CHARS)
  return redacted
}

/** An error's name, message and cause are not enumerable. */
function entriesOf(value: object): [string, unknown][] {
  const own = Object.entries(value)
  if (!(value instanceof Error)) return own
  const { name, message, stack, cause } = value
  const said: [string, unknown][] = Object.entries({
    name,
    message,
    stack,
    ...(cause !== undefined && { cause }),
  })
  return [...said, ...own.filter(([key]) => key !== 'name')]
}

function isSecretName(name: unknown): boolean {
  return typeof name === 'string' && SECRET_FIELDS.has(name.toLowerCase())
}
