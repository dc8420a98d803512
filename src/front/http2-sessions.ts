import { constants, type Http2Session, type SecureServerOptions, type ServerHttp2Session } from 'node:http2'
import type { Clock } from '../shared/clock.ts'

/** Of one connection. An owner's limits apply to them as to all others. */
const MAX_STREAMS = 256
/** How often in the time that header fields may take it is looked at whether they are overdue. */
const LOOKS = 4

/** What one connection may do before it is ended. Named here, since Node's own numbers change with its versions. */
export function http2LimitsFor({ maxHeaderBytes }: { readonly maxHeaderBytes: number }): SecureServerOptions {
  return {
    settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: maxHeaderBytes },
    // A gateway that cancels a hundred requests a second for its own clients keeps its connection, also in bursts. Who opens streams
    // only to reset them (CVE-2023-44487) does so thousands of times a second.
    streamResetRate: 200,
    streamResetBurst: 1_000,
    // Frames that make us reset streams (CVE-2025-8671), and streams above the limit, are nothing that a working client sends often.
    maxSessionInvalidFrames: 100,
    maxSessionRejectedStreams: 100,
    // HTTP/1.1 takes any number: their size is limited anyway.
    maxHeaderListPairs: 512,
    maxSettings: 32,
    maxOutstandingPings: 10,
  }
}

interface Watched {
  /** The last stream whose header fields are known to be over. */
  knownId: number
  /** When a later one was first seen to have begun. */
  begunMs: number | undefined
  readonly openedMs: number
  isGreeted: boolean
}

export interface Http2SessionsOptions {
  readonly clock: Clock
  /** For a connection to be greeted, and for all header fields of a request, to arrive. */
  readonly headersTimeoutMs: number
}

/**
 * The connections of HTTP/2, and the deadline for header fields, which node's server has for HTTP/1.1 alone: a connection whose next
 * header block has begun and does not end is cut.
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

  /** Tells all clients to go elsewhere; what is under way goes on. */
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
 * A header block that was refused as a whole is never heard of. Within one that is not over the client cannot answer a ping: no frame of
 * another kind may stand there (RFC 9113, section 4.3).
 */
function askWhether(session: Http2Session, begunId: number, watched: Watched): void {
  session.ping((error) => {
    if (error === null) watched.knownId = Math.max(watched.knownId, begunId)
  })
}

function cut(session: Http2Session): void {
  session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM)
}
