/** All limits of a tunnel, with safe defaults. The two ends may differ in all but `initialWindowBytes`. */
export interface TunnelLimits {
  /** Largest accepted frame payload. A larger one ends the carrier with FRAME_TOO_LARGE. */
  readonly maxFrameBytes: number
  /** Largest payload of OPEN and MESSAGE. */
  readonly maxMessageBytes: number
  /** Initial credit of a stream in each direction. Part of the protocol: both ends must agree. */
  readonly initialWindowBytes: number
  /** Maximum window of a stream, reached while its reader keeps up. */
  readonly maxWindowBytes: number
  /** Maximum sum of a tunnel's windows. */
  readonly maxTunnelWindowBytes: number
  /** Body bytes of one stream queued for sending before `write` returns false. */
  readonly maxQueuedBytes: number
  /** Largest body slice of one stream per turn, which bounds the delay of other streams. */
  readonly sliceBytes: number
  /** Unsent bytes at a carrier above which no more body bytes are sent. */
  readonly carrierHighWaterBytes: number
  /** Unacknowledged bytes above which no more body bytes are sent. */
  readonly maxReplayBytes: number
  /** Maximum open streams; a further OPEN is answered with RESET REFUSED. */
  readonly maxStreams: number
  /** Grace period in which streams wait for a new carrier. */
  readonly graceMs: number
  /** Interval between PINGs. */
  readonly pingIntervalMs: number
  /** Time for any data to arrive after a PING. */
  readonly pongTimeoutMs: number
  /** Unanswered PINGs after which the carrier is considered dead. */
  readonly maxMissedPongs: number
  /** Timeout for HELLO (at the relay) or WELCOME (at the bridge) on a fresh carrier. */
  readonly handshakeTimeoutMs: number
}

export const DEFAULT_LIMITS: TunnelLimits = {
  maxFrameBytes: 1024 * 1024,
  maxMessageBytes: 64 * 1024,
  initialWindowBytes: 256 * 1024,
  maxWindowBytes: 8 * 1024 * 1024,
  maxTunnelWindowBytes: 64 * 1024 * 1024,
  maxQueuedBytes: 256 * 1024,
  sliceBytes: 64 * 1024,
  carrierHighWaterBytes: 256 * 1024,
  maxReplayBytes: 8 * 1024 * 1024,
  maxStreams: 1024,
  graceMs: 120_000,
  pingIntervalMs: 30_000,
  pongTimeoutMs: 5_000,
  maxMissedPongs: 3,
  handshakeTimeoutMs: 10_000,
}

/** Largest accepted WebSocket message: one frame of maximum size and a batch of others. */
export function webSocketMessageBytesFor({ maxFrameBytes }: Pick<TunnelLimits, 'maxFrameBytes'>): number {
  return 2 * maxFrameBytes
}
