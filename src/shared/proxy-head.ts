/**
 * Messages between relay and bridge inside a stream, besides the body: the request head when the stream opens, then the
 * bridge's acceptance and the response head. See docs/protocol.md, "HTTP in a stream".
 */
import type { KeyDigest, OwnerId } from './brands.ts'
import { BODY_SHAPES, type BodyShape } from './body-shape.ts'
import type { NamedDevice } from './device-name.ts'
import { AppError, type ErrorCode, isErrorCode } from './errors.ts'
import type { RawHeaders } from './headers.ts'
import { isJsonObject, type JsonObject } from './json-object.ts'
import { areHeadersWithinLimits, checkHeaders, checkLength } from './text-limits.ts'

/** The authenticated client. A key is authorized by the bridge: the relay knows only its digest. */
export type Principal =
  | { readonly kind: 'key'; readonly digest: KeyDigest }
  | { readonly kind: 'owner'; readonly subject: OwnerId }

export interface RequestHead {
  readonly method: string
  /** Path and query as the client sent them, without `/k/<key>` or `/api/tunnel/<userId>`, percent-encoding untouched. */
  readonly target: string
  readonly headers: RawHeaders
  readonly principal: Principal
  /** Correlates the logs of both ends. */
  readonly requestId: string
  /** Whether the request has a body (a length above zero, or chunked). */
  readonly hasBody: boolean
  /**
   * The names by which clients may address this device: `model@device` is stripped of them before it reaches the
   * upstream.
   */
  readonly device?: NamedDevice
  /** The relay counts tokens: `usage` is expected before the end of the response. */
  readonly usage?: boolean
}

/**
 * The bridge's messages on a stream, in this order: `accept`, `shape`, `head`, then the body and `usage`. A refusal is a
 * `head` without `accept`.
 */
export type ResponseMessage =
  | { readonly type: 'accept' }
  /**
   * The shape of the response, known once the request body was parsed. The relay can then send heartbeats before the
   * head.
   */
  | {
      readonly type: 'shape'
      readonly shape: BodyShape
      /** How long the bridge has known the shape, which starts the relay's heartbeat timer retroactively. */
      readonly waitedMs?: number
    }
  | {
      readonly type: 'head'
      readonly status: number
      readonly headers: RawHeaders
      /** The error code, if the bridge itself responds. */
      readonly error?: ErrorCode
    }
  /** Only if the relay asked for it, and the model server counts tokens. */
  | { readonly type: 'usage'; readonly tokens: number }

/** No model writes longer answers. Bounds the relay's totals. */
const MAX_TOKENS = 1e9

const decoder = new TextDecoder('utf-8', { fatal: true })

export function encodeMessage(message: RequestHead | ResponseMessage): Uint8Array {
  // Small buffers are slices of Node's pool.
  return Buffer.from(JSON.stringify(message))
}

/** @throws AppError PROTOCOL_ERROR if the bytes are not a request head, HEADERS_TOO_LARGE */
export function parseRequestHead(bytes: Uint8Array): RequestHead {
  const value = parseObject(bytes)
  const { method, target, headers, requestId, hasBody } = value
  const valid =
    typeof method === 'string' &&
    typeof target === 'string' &&
    typeof requestId === 'string' &&
    typeof hasBody === 'boolean' &&
    isRawHeaders(headers)
  if (!valid) throw new AppError('PROTOCOL_ERROR', 'a stream was opened with an invalid request head')
  checkLength('method', method)
  checkLength('requestId', requestId)
  checkHeaders(headers)
  const device = parseDevice(value['device'])
  const principal = parsePrincipal(value['principal'])
  const usage = value['usage'] === true
  const facts = { ...(device && { device }), ...(usage && { usage }) }
  return { method, target, headers, requestId, hasBody, principal, ...facts }
}

/** Absent from older relays. */
function parseDevice(value: unknown): NamedDevice | undefined {
  const { id, name } = isJsonObject(value) ? value : {}
  if (typeof id !== 'string' || typeof name !== 'string') return undefined
  checkLength('deviceId', id)
  checkLength('deviceName', name)
  return { id, name }
}

function parsePrincipal(value: unknown): Principal {
  if (isJsonObject(value)) {
    const { kind, digest, subject } = value
    if (kind === 'key' && typeof digest === 'string') {
      checkLength('keyDigest', digest)
      return { kind, digest: digest as KeyDigest }
    }
    if (kind === 'owner' && typeof subject === 'string') {
      checkLength('subject', subject)
      return { kind, subject: subject as OwnerId }
    }
  }
  throw new AppError('PROTOCOL_ERROR', 'a stream was opened without a principal')
}

/** @throws AppError PROTOCOL_ERROR if the bytes are not a response message */
export function parseResponseMessage(bytes: Uint8Array): ResponseMessage {
  const value = parseObject(bytes)
  switch (value['type']) {
    case 'accept':
      return { type: 'accept' }
    case 'shape':
      return { type: 'shape', shape: parseShape(value['shape']), ...waitIn(value) }
    case 'usage': {
      const { tokens } = value
      if (typeof tokens === 'number' && Number.isSafeInteger(tokens) && tokens >= 0 && tokens <= MAX_TOKENS)
        return { type: 'usage', tokens }
      break
    }
    case 'head': {
      const { status, headers } = value
      if (typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599)
        if (isRawHeaders(headers) && areHeadersWithinLimits(headers))
          return { type: 'head', status, headers, ...errorIn(value) }
    }
  }
  throw new AppError('PROTOCOL_ERROR', 'a stream contained an invalid message')
}

/** Codes unknown to this relay are ignored. */
function errorIn({ error }: JsonObject): { readonly error?: ErrorCode } {
  return isErrorCode(error) ? { error } : {}
}

function waitIn({ waitedMs }: JsonObject): { readonly waitedMs?: number } {
  return typeof waitedMs === 'number' && waitedMs >= 0 ? { waitedMs } : {}
}

function parseShape(value: unknown): BodyShape {
  const shape = BODY_SHAPES.find((known) => known === value)
  if (shape === undefined) throw new AppError('PROTOCOL_ERROR', 'a stream announced an unknown body shape')
  return shape
}

function parseObject(bytes: Uint8Array): JsonObject {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes))
    if (isJsonObject(value)) return value
  } catch (cause) {
    throw new AppError('PROTOCOL_ERROR', 'a stream message is not JSON', { cause })
  }
  throw new AppError('PROTOCOL_ERROR', 'a stream message is not an object')
}

function isRawHeaders(value: unknown): value is string[] {
  return Array.isArray(value) && value.length % 2 === 0 && value.every((item) => typeof item === 'string')
}
