import { z } from 'zod'
import { isErrorCode, type ErrorCode } from '../../shared/errors.ts'
import type { BridgeSnapshot } from '../bridge.ts'
import type { Handlers } from '../data-dir/control.ts'
import { request } from '../data-dir/owner-lock.ts'

export interface StatusSource {
  /** `undefined` if the directory is held but no bridge runs yet. */
  snapshot(): BridgeSnapshot | undefined
  defaultKey(): Promise<string>
}

/** Status commands that other processes of this user may send to a running bridge. */
export function statusHandlers(source: StatusSource): Handlers {
  return {
    status: async () => source.snapshot() ?? null,
    'keys.default': () => source.defaultKey(),
  }
}

/**
 * Status of the bridge that holds a data directory; `null` if none does.
 * @throws AppError thrown by the holding process; a short-lived command does not serve a status
 */
export async function askStatus(dataDir: string): Promise<BridgeSnapshot | null> {
  const answer = await request(dataDir, { op: 'status' })
  const status = Status.nullable().parse(answer?.result ?? null)
  return status && { ...status, url: status.url, rttMs: status.rttMs }
}

/**
 * The default key of the bridge that holds a data directory; `null` if none does. @throws AppError as
 * `askStatus`
 */
export async function askDefaultKey(dataDir: string): Promise<string | null> {
  const answer = await request(dataDir, { op: 'keys.default' })
  return answer && z.string().parse(answer.result)
}

const Cause = z.custom<ErrorCode>((value) => typeof value === 'string' && isErrorCode(value))

const Tunnel = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['off', 'signedOut']) }),
  z.object({ kind: z.enum(['connecting', 'online']), attempt: z.number(), since: z.number() }),
  z.object({ kind: z.literal('waiting'), attempt: z.number(), retryAt: z.number(), cause: Cause }),
  z.object({ kind: z.literal('paused'), cause: z.enum(['suspended', 'noNetwork']) }),
  z.object({ kind: z.literal('blocked'), cause: Cause }),
])

const Facts = z.object({
  baseUrl: z.string(),
  kind: z.enum(['ollama', 'openai', 'demo']),
  version: z.string().nullable(),
  models: z.array(z.string()),
  isKindGuessed: z.literal(true).exactOptional(),
  loaded: z.array(z.string()).exactOptional(),
  name: z.string(),
})

const RefusalSchema = z.object({
  baseUrl: z.string(),
  cause: z.enum(['needsKey', 'keyRefused', 'loading', 'failing']),
  status: z.number(),
  name: z.string().exactOptional(),
  isModelServer: z.boolean(),
})

const Upstream = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('unknown') }),
  z.object({ kind: z.literal('up'), facts: Facts }),
  z.object({
    kind: z.literal('refusing'),
    refusal: RefusalSchema,
    since: z.number(),
    reason: z.string(),
  }),
  z.object({
    kind: z.literal('down'),
    baseUrl: z.string().nullable(),
    since: z.number(),
    reason: z.string(),
  }),
])

/** A snapshot as received over the control socket: JSON omits undefined fields. */
const Status = z.object({
  tunnel: Tunnel,
  upstream: Upstream,
  rttMs: z.number().optional(),
  url: z.string().optional(),
  device: z.object({ id: z.string(), relayUrl: z.string() }).nullable(),
  activeRequests: z.number(),
})
