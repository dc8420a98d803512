import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import { headerOf, keepHeaders, type RawHeaders } from '../../shared/headers.ts'
import type { TunnelStream } from '../../tunnel/stream.ts'
import { inertTypeFor } from '../../front/answer-headers.ts'
import type { Tunnel } from '../tunnels/tunnel.ts'
import { answerOn, type DeviceAnswer } from './device-question.ts'
import { mergeLists } from './model-lists.ts'

/** A model list requested from several devices. */
export interface ListQuestion {
  readonly path: string
  readonly tunnels: readonly Tunnel[]
  /** Devices of the owner that may have models, including temporarily absent ones. */
  readonly total: number
  /** Opens a stream to one of them. */
  readonly open: (tunnel: Tunnel) => TunnelStream
  /** Requests the lists of other relays. */
  readonly elsewhere: (() => Promise<readonly DeviceAnswer[]>) | undefined
  /** Another relay waits for the response, with a device's timeout. */
  readonly isForRelay: boolean
  readonly clock: Clock
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal
}

const TIMEOUT_MS = 2_000
const TIMEOUT_FOR_RELAY_MS = 1_700
const MAX_LIST_BYTES = 2 * 1024 * 1024
/** Fields about the client's cached list, which matches no single device's. */
const CONDITIONAL = /^(?:if-.*|range|expect|content-length|transfer-encoding)$/

/** Request headers for the devices. */
export function listHeadersFor(headers: RawHeaders): RawHeaders {
  return keepHeaders(headers, (name) => !CONDITIONAL.test(name))
}

/**
 * Queries all devices in parallel and merges their lists. Devices that are late or return no list are left out; if all do,
 * the first refusal is the response.
 * @throws AppError ACK_TIMEOUT if no device responded
 */
export async function askEveryDevice(question: ListQuestion): Promise<DeviceAnswer> {
  const { path, tunnels, total, elsewhere } = question
  const here = Promise.all(tunnels.map((tunnel) => ask(tunnel, question)))
  const there = elsewhere?.() ?? []
  const answers = [...(await here), ...(await there)].filter((answer) => answer !== undefined)
  const merged = mergeLists(path, answers)
  if (merged !== undefined)
    return wholeAnswer(200, 'application/json', Buffer.from(merged.body), `${merged.count}/${total}`)
  const [first] = answers
  if (first === undefined) throw new AppError('ACK_TIMEOUT', 'None of the devices responded in time.')
  // A successful response that is not a list would be mistaken for one.
  if (first.status === 200) throw new AppError('UPSTREAM_FAILED')
  const type = inertTypeFor(headerOf(first.headers, 'content-type') ?? 'application/json')
  return wholeAnswer(first.status, type, first.body, `0/${total}`)
}

async function ask(
  tunnel: Tunnel,
  { open, isForRelay, clock, signal }: ListQuestion,
): Promise<DeviceAnswer | undefined> {
  const timeoutMs = isForRelay ? TIMEOUT_FOR_RELAY_MS : TIMEOUT_MS
  try {
    return await answerOn(open(tunnel), { clock, timeoutMs, maxBytes: MAX_LIST_BYTES, signal })
  } catch {
    // No room for another stream, or just disconnected: left out like one that does not respond.
    return undefined
  }
}

function wholeAnswer(status: number, type: string, body: Uint8Array, devices: string): DeviceAnswer {
  const headers = ['content-type', type, 'content-length', String(body.length), 'x-devices', devices]
  return { status, headers, body }
}
