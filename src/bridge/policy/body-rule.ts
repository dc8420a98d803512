import type { BodyShape } from '../../shared/body-shape.ts'
import type { Allowance } from '../../shared/byte-queue.ts'
import { AppError } from '../../shared/errors.ts'
import { headerOf, type RawHeaders } from '../../shared/headers.ts'
import type { Route } from '../../shared/routes.ts'
import { shapeFor } from './answer-shape.ts'
import { decodeBody } from './content-encoding.ts'
import type { Grant } from './grant.ts'
import { isHarmlessKeepAlive } from './keep-alive.ts'
import type { LocalName } from './local-name.ts'
import { checkModel, requireCloud } from './model-rule.ts'
import { checkMultipart, MAX_MULTIPART_BYTES } from './multipart-rule.ts'
import { parseStrictJson, type DecidingKey, type Replacements, type StrictJson } from './strict-json.ts'

/** A request body that passed the checks and may be forwarded. */
export interface CheckedBody {
  readonly bytes: Uint8Array
  /** The first model named in the body. */
  readonly model: string | null
  /** Expected shape of the response. */
  readonly shape: BodyShape
}

/**
 * Top-level keys that name a model: show, pull and delete use `name`, create uses `from`, copy uses the last
 * two.
 */
const MODEL_KEYS = ['model', 'name', 'from', 'source', 'destination'] as const

/** Maximum number of body bytes to buffer before the request is checked; `null` = stream without buffering. */
export function bytesToCheck(route: Route, maxJsonBodyBytes: number): number | null {
  if (route.body === 'json') return maxJsonBodyBytes
  return route.body === 'multipart' ? MAX_MULTIPART_BYTES : null
}

/**
 * Checks a complete body against the grant. The result is forwarded without `Content-Encoding` and with
 * upstream model names.
 * @throws AppError BODY_NOT_STRICT, TEXT_TOO_LONG, MODEL_NOT_ALLOWED, SCOPE_MISSING, KEEP_ALIVE_NOT_ALLOWED,
 * MEDIA_NOT_SUPPORTED, BODY_TOO_LARGE
 */
export async function checkBody(
  grant: Grant,
  route: Route,
  headers: RawHeaders,
  body: Uint8Array,
  localName: LocalName,
  allowance: Allowance,
): Promise<CheckedBody> {
  const bytes = await decodeBody(route, headerOf(headers, 'content-encoding'), body, allowance)
  if (route.body === 'json') return checkJson(grant, route, bytes, localName, allowance)
  const { model, chosen } = checkMultipart(grant, headerOf(headers, 'content-type'), bytes)
  return { bytes, model, shape: shapeFor(route, chosen) }
}

async function checkJson(
  grant: Grant,
  route: Route,
  bytes: Uint8Array,
  localName: LocalName,
  allowance: Allowance,
): Promise<CheckedBody> {
  if (bytes.length === 0) {
    checkModels(grant, route, {})
    return { bytes, model: null, shape: shapeFor(route, {}) }
  }
  const json = await parseStrictJson(bytes)
  const renamed = localNamesIn(json.value, localName)
  const model = checkModels(grant, route, { ...json.value, ...renamed })
  const replaced = { ...renamed, ...keepAliveFor(grant, route, json) }
  // Replacing values copies the body.
  if (Object.keys(replaced).length > 0) allowance.take(bytes.length)
  return {
    bytes: json.replace(replaced),
    model,
    shape: shapeFor(route, json.value),
  }
}

/**
 * Many clients send `keep_alive` with every request by default. Without the `manage` scope it is replaced by
 * null, which selects the server's default, if the request has a prompt to answer.
 * @throws AppError KEEP_ALIVE_NOT_ALLOWED if the request has no prompt
 */
function keepAliveFor(grant: Grant, route: Route, { value, hasWork }: StrictJson): Replacements {
  if (grant.scopes.includes('manage') || isHarmlessKeepAlive(value.keep_alive)) return {}
  if (route.scope === 'inference' && !hasWork) throw new AppError('KEEP_ALIVE_NOT_ALLOWED')
  return { keep_alive: null }
}

/** Model names that differ on the upstream. */
function localNamesIn(value: StrictJson['value'], localName: LocalName): Replacements {
  const renamed: Partial<Record<DecidingKey, string>> = {}
  for (const key of MODEL_KEYS) {
    const name = value[key]
    if (typeof name === 'string' && localName(name) !== name) renamed[key] = localName(name)
  }
  return renamed
}

/** Only Ollama reads the other keys as model names; other dialects may use them for unrelated objects. */
function mayName({ dialect }: Route, key: DecidingKey, value: unknown): boolean {
  return key === 'model' || dialect === 'ollama' || typeof value === 'string'
}

function checkModels(grant: Grant, route: Route, value: StrictJson['value']): string | null {
  const names = MODEL_KEYS.filter((key) => mayName(route, key, value[key]))
    .map((key) => value[key] ?? '')
    .filter((name) => name !== '')
  // Without a name, an upstream may use any loaded model. Account routes do not involve models.
  const needsName = grant.models !== null && route.scope !== 'account'
  if (needsName && names.length === 0)
    throw new AppError(
      'MODEL_NOT_ALLOWED',
      'This key is limited to certain models, so the request must name one.',
    )
  for (const name of names) {
    if (typeof name !== 'string') throw new AppError('BODY_NOT_STRICT', 'The model name must be a string.')
    checkModel(grant, name)
  }
  // A model created with `remote_host` looks local but uses the owner's account (Ollama server/create.go).
  if ((value.remote_host ?? '') !== '') requireCloud(grant)
  const [first] = names
  return typeof first === 'string' ? first : null
}
