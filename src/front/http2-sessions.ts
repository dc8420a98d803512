import { constants, type Http2Session, type SecureServerOptions, type ServerHttp2Session } from 'node:http2'
import type { Clock } from '../shared/clock.ts'

/** Per connection. The owner's limits apply as well. */
const MAX_STREAMS = 256
/** Checks for overdue headers per timeout period. */
const LOOKS = 4

/** Limits of one connection, explicit because Node's defaults change between versions. */
export function http2LimitsFor({ maxHeaderBytes }: { readonly maxHeaderBytes: number }): SecureServerOptions {
  return {
    settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: maxHeaderBytes },
    // A gateway that cancels a hundred requests a second for its clients stays connected, even in bursts. Rapid reset
    // attacks (CVE-2023-44487) do so thousands of times a second.
    streamResetRate: 200,
    streamResetBurst: 1_000,
    // Working clients rarely send frames that cause resets (CVE-2025-8671) or exceed the stream limit.
    maxSessionInvalidFrames: 100,
    maxSessionRejectedStreams: 100,
    // HTTP/1.1 accepts any number, since the total size is limited.
    maxHeaderListPairs: 512,
    maxSettings: 32,
    maxOutstandingPings: 10,
  }
}

interface Watched {
  /** The last stream whose headers are known to be complete. */
  knownId: number
  /** When a later one was first detected. */
  begunMs: number | undefined
  readonly openedMs: number
  isGreeted: boolean
}

export interface Http2SessionsOptions {
  readonly clock: Clock
  /** Timeout of the session's handshake, and of request headers. */
  readonly headersTimeoutMs: number
}

/**
 * HTTP/2 connections with a header timeout, which Node implements for HTTP/1.1 only: a connection with an incomplete
 * header block is closed.
 */
export class Http2Sessions {
  readonly #options: Http2SessionsOptions
  readonly #sessions = new Map<Http2Session, Watched>()
  #isLooking = false

  constructor(options: Http2SessionsOptions) {
    this.#options = options
  }

  add(session: ServerHttp2Session): void {
    const watched: Watched = {
      knownId: 0,
      begunMs: undefined,
      openedMs: this.#options.clock.monotonic(),
      isGreeted: false,
    }
    this.#sessions.set(session, watched)
    session.once('close', () => this.#sessions.delete(session))
    session.once('remoteSettings', () => {
      watched.isGreeted = true
    })
    session.on('stream', ({ id = 0 }) => {
      watched.knownId = Math.max(watched.knownId, id)
    })
    this.#lookLater()
  }

  /** Sends GOAWAY to all clients; running requests continue. */
  drain(): void {
    for (const session of this.#sessions.keys()) session.close()
  }

  /** One timer for all connections. */
  #lookLater(): void {
    if (this.#isLooking || this.#sessions.size === 0) return
    this.#isLooking = true
    this.#options.clock.after(this.#options.headersTimeoutMs / LOOKS, () => {
      this.#isLooking = false
      for (const [session, watched] of this.#sessions) this.#look(session, watched)
      this.#lookLater()
    })
  }

  #look(session: Http2Session, watched: Watched): void {
    const now = this.#options.clock.monotonic()
    const { headersTimeoutMs } = this.#options
    if (!watched.isGreeted && now - watched.openedMs >= headersTimeoutMs) return cut(session)
    const begunId = session.destroyed ? 0 : (session.state.lastProcStreamID ?? 0)
    if (begunId <= watched.knownId) {
      watched.begunMs = undefined
      return
    }
    watched.begunMs ??= now
    const waitedMs = now - watched.begunMs
    if (waitedMs >= headersTimeoutMs) return cut(session)
    if (waitedMs >= headersTimeoutMs / 2) askWhether(session, begunId, watched)
  }
}

/**
 * Detects header blocks without an event, since refused blocks emit none. During an incomplete block the client cannot
 * answer a PING, because no other frame may follow (RFC 9113, section 4.3).
 */
function askWhether(session: Http2Session, begunId: number, watched: Watched): void {
  session.ping((error) => {
    if (error === null) watched.knownId = Math.max(watched.knownId, begunId)
  })
}

function cut(session: Http2Session): void {
  session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM)
}
