import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import { headerOf, keepHeaders, type RawHeaders } from '../../shared/headers.ts'
import type { TunnelStream } from '../../tunnel/stream.ts'
import { inertTypeFor } from '../../front/answer-headers.ts'
import type { Tunnel } from '../tunnels/tunnel.ts'
import { answerOn, type DeviceAnswer } from './device-question.ts'
import { mergeLists } from './model-lists.ts'

/** A list of models that several devices were asked for. */
export interface ListQuestion {
  readonly path: string
  readonly tunnels: readonly Tunnel[]
  /** Devices of the owner that may have models, those that are away for a moment included. */
  readonly total: number
  /** Asks one of them. */
  readonly open: (tunnel: Tunnel) => TunnelStream
  /** Asks other relays for theirs. */
  readonly elsewhere: (() => Promise<readonly DeviceAnswer[]>) | undefined
  /** Another relay waits for the answer, and for no longer than a device may take. */
  readonly isForRelay: boolean
  readonly clock: Clock
  /** The client went away. */
  readonly signal: AbortSignal
}

const TIMEOUT_MS = 2_000
const TIMEOUT_FOR_RELAY_MS = 1_700
const MAX_LIST_BYTES = 2 * 1024 * 1024
/** About the list that the client has already, which is none of any one device's. */
const CONDITIONAL = /^(?:if-.*|range|expect|content-length|transfer-encoding)$/

/** The header fields with which devices are asked. */
export function listHeadersFor(headers: RawHeaders): RawHeaders {
  return keepHeaders(headers, (name) => !CONDITIONAL.test(name))
}

/**
 * Asks all at once and puts their lists together. Who does not answer in time, or not with a list, is left out; where nobody
 * does, the first refusal is the answer.
 * @throws AppError ACK_TIMEOUT where nobody answered at all
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
  if (first === undefined)
    throw new AppError('ACK_TIMEOUT', 'None of the devices answered in time.', { retryAfterS: 2 })
  // A success that is no list would be taken for one.
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
    // No room for another stream, or just gone: left out like one that does not answer.
    return undefined
  }
}

function wholeAnswer(status: number, type: string, body: Uint8Array, devices: string): DeviceAnswer {
  const headers = ['content-type', type, 'content-length', String(body.length), 'x-devices', devices]
  return { status, headers, body }
}
