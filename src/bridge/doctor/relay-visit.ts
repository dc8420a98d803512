import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../../shared/clock.ts'
import { askHttp } from '../dial/http-request.ts'
import type { ProxyRoute } from '../dial/proxy.ts'

/** A response of the relay, or of whatever server is in its place. */
export interface Visit {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Local time when the head arrived, milliseconds since the epoch. */
  readonly answeredAt: number
  /** Time from the request to the head. */
  readonly rttMs: number
  /** Completion time of each body line, relative to the request. */
  readonly lineTimesMs: readonly number[]
}

export interface VisitOptions {
  readonly relayUrl: URL
  readonly route: ProxyRoute | null
  readonly clock: Clock
}

const LINE_FEED = 0x0a
/** A proxy may hold a streamed response back until it is complete. */
const TIMEOUT_MS = 20_000
const MAX_BODY_BYTES = 1024 * 1024

/**
 * Sends a small timed GET request to the relay.
 * @param path relative to the relay's URL
 * @throws as `askHttp`; `troubleFor` describes the errors
 */
export async function visitRelay(
  { relayUrl, route, clock }: VisitOptions,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Visit> {
  const startedAt = clock.monotonic()
  const sinceStartMs = (): number => clock.monotonic() - startedAt
  let head = { answeredAt: 0, rttMs: 0 }
  const lineTimesMs: number[] = []
  const answer = await askHttp(new URL(path, relayUrl), {
    headers,
    agent: route?.agent,
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BODY_BYTES,
    cutsBody: true,
    onHead: () => (head = { answeredAt: clock.now(), rttMs: sinceStartMs() }),
    onPiece: (piece) => {
      const lines = piece.filter((byte) => byte === LINE_FEED).length
      lineTimesMs.push(...Array.from({ length: lines }, sinceStartMs))
    },
  })
  return {
    status: answer.status,
    headers: answer.headers,
    body: answer.body.toString(),
    lineTimesMs,
    ...head,
  }
}
